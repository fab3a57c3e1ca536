import Testing

@testable import Web

@Suite struct `A request for a WebSocket` {
    private let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private func head(_ changes: [String: String?] = [:], method: String = "GET") -> RequestHead {
        var fields: [String: String?] = [
            "host": "h:80", "upgrade": "websocket", "connection": "keep-alive, Upgrade",
            "sec-websocket-key": key, "sec-websocket-version": "13",
            "sec-websocket-protocol": "mqtt, amqp",
        ]
        fields.merge(changes) { $1 }
        return RequestHead(
            method: method, target: "/",
            fields: HeadFields(
                fields.compactMap { name, value in
                    value.map { HeadFields.Field(name: name, value: $0) }
                }))
    }

    @Test func `is answered as the standard's example`() throws {
        let upgrade = try Upgrade(head(), Site())
        #expect(upgrade.subprotocol == "amqp")
        #expect(Upgrade.accept(key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let text = String(decoding: upgrade.response.encoded(.init()), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(text.contains("sec-websocket-protocol: amqp\r\n"))
        #expect(!text.contains("content-length"))
    }

    @Test func `is told by two lists`() {
        #expect(Upgrade.isWanted(head()))
        #expect(Upgrade.isWanted(head(["upgrade": "h2c, WebSocket"])))
        #expect(!Upgrade.isWanted(head(["upgrade": "h2c"])))
        #expect(!Upgrade.isWanted(head(["connection": "keep-alive"])))
        #expect(!Upgrade.isWanted(head(["connection": nil])))
    }

    @Test(
        arguments: [
            ("sec-websocket-version", "12", .upgradeRequired),
            ("sec-websocket-version", nil, .upgradeRequired),
            ("sec-websocket-key", nil, .badRequest), ("sec-websocket-key", "abc=", .badRequest),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=!", .badRequest),
            ("sec-websocket-protocol", nil, .badRequest),
            ("sec-websocket-protocol", "mqtt, AMQP", .badRequest),
            ("origin", "http://other", .forbidden), ("origin", "null", .forbidden),
            ("origin", "", .forbidden),
        ] as [(String, String?, Status)])
    func `is refused where something is missing`(name: String, value: String?, status: Status) {
        do throws(Refusal) {
            _ = try Upgrade(head([name: value]), Site())
            Issue.record("it is taken")
        } catch {
            #expect(error.status == status)
        }
    }

    @Test(arguments: [
        ("http://h", "", true), ("https://H", "", true), ("http://h:81", "", false),
        ("http://h:81", "*", true), ("http://a:1", "https://b, http://a:1/", true),
        ("http://a:1", "http://a", false), ("null", "null", true),
    ])
    func `comes from pages of the same host, or of those that are named`(
        origin: String, allowed: String, isAdmitted: Bool
    ) {
        #expect(Origins(allowed).admits(head(["origin": origin])) == isAdmitted)
        #expect(Origins(allowed).admits(head()))
    }

    @Test func `has base64 as the standard has it`() {
        for (text, code) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.encode(Array(text.utf8)) == code)
        }
    }
}
