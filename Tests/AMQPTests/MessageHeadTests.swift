import Seeded
import Testing

@testable import AMQP

@Suite struct `A message's head` {
    static var looks: [(depth: MessageHead.Depth, trusted: Bool)] {
        [(.annotations, true), (.annotations, false), (.properties, true), (.properties, false)]
    }

    @Test func `says what decoding the message would say`() {
        var messages = RandomMessage(Seed())
        for _ in 0..<500 {
            let bytes = messages.next()
            for look in Self.looks {
                let twin = HeadTwin.find(in: bytes, depth: look.depth, trusted: look.trusted)
                #expect(Self.scan(bytes, look) == twin.finding, "\(bytes)")
            }
        }
    }

    @Test func `is known as soon as the bytes that tell it have come, and not before`() {
        var messages = RandomMessage(Seed())
        for _ in 0..<60 {
            let bytes = messages.next()
            for look in Self.looks {
                let twin = HeadTwin.find(in: bytes, depth: look.depth, trusted: look.trusted)
                for count in 0...bytes.count {
                    let isKnown = twin.known.map { count >= $0 } ?? false
                    let part = Self.scan(Array(bytes[..<count]), look, isWhole: false)
                    #expect(part == (isKnown ? twin.finding : nil), "\(count) of \(bytes)")
                }
            }
        }
    }

    @Test func `is that of a shorter message, or invalid, where the end is cut off`() {
        var messages = RandomMessage(Seed())
        for _ in 0..<60 {
            let bytes = messages.next()
            for look in Self.looks {
                for count in 0..<bytes.count {
                    let cut = Array(bytes[..<count])
                    let twin = HeadTwin.find(in: cut, depth: look.depth, trusted: look.trusted)
                    #expect(Self.scan(cut, look) == twin.finding, "\(cut)")
                }
            }
        }
    }

    /// What the decoder refuses the scan may step over, for it looks no further than it must.
    @Test func `never reaches beyond damaged bytes, nor differs where they can be decoded`() {
        var messages = RandomMessage(Seed())
        var decoded = 0
        for _ in 0..<4_000 {
            let bytes = messages.damaged(messages.next())
            for look in Self.looks {
                let scan = Self.scan(bytes, look)
                let twin = HeadTwin.find(in: bytes, depth: look.depth, trusted: look.trusted)
                guard case .found = twin.finding else { continue }
                decoded += 1
                #expect(scan == twin.finding, "\(bytes)")
            }
        }
        #expect(decoded > 1_000)
    }

    @Test(
        arguments: [
            ("x-opt-qd.to", [0x40], "to-override not a valid string type"),
            ("x-opt-qd.to", [0xA3, 1, 97], "to-override not a valid string type"),
            ("x-opt-qd.ingress", [0x54, 1], "ingress router not a string type"),
            ("x-opt-qd.trace", [0xA1, 1, 97], "trace annotation is not a list"),
            ("x-opt-qd.trace", [0xE0, 4, 1, 0xA1, 1, 97], "trace annotation is not a list"),
            ("x-opt-qd.trace", [0xC0, 2, 1, 0x41], "trace list contains non-string entries"),
        ] as [(String, [UInt8], String)])
    func `is invalid where a router's key has a wrong type`(
        key: String, value: [UInt8], text: String
    ) {
        let entry: [UInt8] = [0xA3, UInt8(key.utf8.count)] + key.utf8 + value
        let bytes = [0, 0x53, 0x72, 0xC1, UInt8(entry.count + 1), 2] + entry
        #expect(Self.scan(bytes, (.annotations, true)) == .invalid(text))
        guard case .found = Self.scan(bytes, (.annotations, false)) else {
            Issue.record("a client's own keys are nobody's business")
            return
        }
    }

    @Test func `is invalid where the annotations have a key without a value`() {
        let bytes: [UInt8] = [0, 0x53, 0x72, 0xC1, 4, 1, 0xA3, 1, 97]
        #expect(
            Self.scan(bytes, (.annotations, true)) == .invalid("Odd Number of Elements in a Map"))
    }

    /// Nil if too little has come. User's entries are the twin's: the head only says whether there
    /// are any.
    static func scan(
        _ bytes: [UInt8], _ look: (depth: MessageHead.Depth, trusted: Bool), isWhole: Bool = true
    ) -> HeadTwin.Finding? {
        bytes.withUnsafeBytes { bytes in
            switch MessageHead.scan(
                bytes, isWhole: isWhole, depth: look.depth, trusted: look.trusted)
            {
            case .incomplete: return nil
            case .invalid(let error): return .invalid(error.text)
            case .found(let head):
                let twin = HeadTwin.find(
                    in: Array(bytes), depth: look.depth, trusted: look.trusted)
                var entries: [[UInt8]] = []
                if case .found(let twin) = twin.finding { entries = twin.userEntries }
                if head.hasUserKeys == entries.isEmpty { entries = [[0xFF]] }
                return .found(HeadTwin(head, in: bytes, userEntries: entries))
            }
        }
    }
}
