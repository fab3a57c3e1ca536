import Testing

@testable import AMQP

@Suite struct `Messages` {
    @Test func `come back from their bytes as they were`() throws {
        var message = Message(
            header: Message.Header(durable: true, priority: 9, ttl: 500),
            messageAnnotations: [.symbol("x-opt-qd.trace"): ["0/A"]],
            properties: Message.Properties(
                to: "a", subject: "s", replyTo: "r", correlationID: .uuid(5)),
            applicationProperties: ["one": 1, "two": .ulong(2)], body: .value("hello"))
        message.header?.firstAcquirer = true
        message.header?.deliveryCount = 3
        message.deliveryAnnotations = [.symbol("d"): nil]
        message.footer = [.symbol("f"): 1]
        message.properties?.messageID = .binary([1])
        message.properties?.userID = [9]
        message.properties?.contentType = "text/plain"
        message.properties?.contentEncoding = "gzip"
        message.properties?.absoluteExpiryTime = 1
        message.properties?.creationTime = 2
        message.properties?.groupID = "g"
        message.properties?.groupSequence = 4
        message.properties?.replyToGroupID = "rg"
        #expect(try Message(decoding: message.encoded()) == message)
    }

    @Test(
        arguments: [
            .absent, .value(nil), .value(["a": .list([1])]), .data([[]]), .data([[1], [2, 3]]),
            .sequence([[]]), .sequence([[1, "a"], [nil]]),
        ] as [Message.Body])
    func `keep the kind of their body`(body: Message.Body) throws {
        #expect(try Message(decoding: Message(body: body).encoded()).body == body)
    }

    @Test func `have the wire shape of control messages (IR-11.3)`() {
        let message = Message(
            header: Message.Header(durable: false),
            messageAnnotations: [.symbol("i"): "0/A"],
            properties: Message.Properties(to: "q"),
            applicationProperties: ["opcode": "RA"],
            body: .value(["pv": 1]))
        let header: [UInt8] = [0x00, 0x53, 0x70, 0xD0, 0, 0, 0, 5, 0, 0, 0, 1, 0x42]
        let annotations: [UInt8] =
            [0x00, 0x53, 0x72, 0xD1, 0, 0, 0, 12, 0, 0, 0, 2, 0xA3, 1, 105, 0xA1, 3] + "0/A".utf8
        let properties: [UInt8] = [
            0x00, 0x53, 0x73, 0xD0, 0, 0, 0, 9, 0, 0, 0, 3, 0x40, 0x40, 0xA1, 1, 113,
        ]
        let application: [UInt8] =
            [0x00, 0x53, 0x74, 0xD1, 0, 0, 0, 16, 0, 0, 0, 2, 0xA1, 6] + "opcode".utf8
            + [0xA1, 2, 82, 65]
        let body: [UInt8] = [
            0x00, 0x53, 0x77, 0xD1, 0, 0, 0, 10, 0, 0, 0, 2, 0xA1, 2, 112, 118, 0x54, 1,
        ]
        #expect(message.encoded() == header + annotations + properties + application + body)
    }

    @Test func `can be read up to their body`() throws {
        let message = Message(
            properties: Message.Properties(replyTo: "r"),
            applicationProperties: ["operation": "READ"],
            body: .data([[UInt8](repeating: 7, count: 1_000)]))
        var head = message
        head.body = .absent
        let bytes = message.encoded()
        #expect(bytes.withUnsafeBytes { Message(headOf: $0) } == head)
        let part = bytes.prefix(bytes.count - 500)
        #expect(part.withUnsafeBytes { Message(headOf: $0) } == head)
        let less = head.encoded().dropLast()
        #expect(
            less.withUnsafeBytes { Message(headOf: $0) }
                == Message(properties: message.properties, body: .absent))
        let named = Value.described(
            .symbol("amqp:application-properties:map"), .map(["operation": "READ"]))
        #expect(
            named.encoded().withUnsafeBytes { Message(headOf: $0) }
                == Message(applicationProperties: ["operation": "READ"], body: .absent))
    }

    @Test func `may name their sections by symbol`() throws {
        let named = Value.described(.symbol("amqp:amqp-value:*"), "x").encoded()
        #expect(try Message(decoding: named).body == .value("x"))
    }

    @Test func `may have a stray value after the body, if asked to overlook it`() throws {
        let bytes = Message(body: .value("x")).encoded() + Value.map([:]).encoded()
        #expect(try Message(decoding: bytes, ignoringRest: true).body == .value("x"))
        #expect(throws: Malformed.self) { try Message(decoding: bytes) }
        #expect(throws: Malformed.self) { try Message(decoding: [0x40], ignoringRest: true) }
    }

    @Test(
        arguments: [
            ([0x40], .notSection), ([0x00, 0x53, 0x10, 0x45], .notSection),
            ([0x00, 0x53, 0x70, 0x40], .wrongType), ([0x00, 0x53, 0x74, 0x45], .wrongType),
            ([0x00, 0x53, 0x70, 0xC0, 3, 1, 0x52, 1], .wrongType), ([0x00, 0x53], .truncated),
        ] as [([UInt8], Malformed.Reason)])
    func `that are malformed are refused`(bytes: [UInt8], reason: Malformed.Reason) {
        let error = #expect(throws: Malformed.self) { try Message(decoding: bytes) }
        #expect(error?.reason == reason)
    }
}
