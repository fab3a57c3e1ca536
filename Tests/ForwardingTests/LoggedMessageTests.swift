import AMQP
import Logging
import Seeded
import Testing

@testable import Forwarding

@Suite struct `A message in the log` {
    private static let full: Message = {
        var message = Message(
            properties: Message.Properties(to: "a", subject: "sub", correlationID: .long(5)),
            applicationProperties: ["a": 1, "b": "two"], body: .data([[1, 2, 3]]))
        message.properties?.messageID = "mid"
        message.properties?.userID = [117]
        message.properties?.contentType = "text/plain"
        message.properties?.groupSequence = 9
        return message
    }()

    private func text(_ bytes: [UInt8], _ components: MessageComponents) -> String {
        bytes.withUnsafeBytes { LoggedMessage.text(of: $0, components) }
    }

    @Test func `shows all that is there (MG-220)`() {
        #expect(
            text(Self.full.encoded(), .all)
                == #"Message{message-id="mid", user-id=b"u", to="a", subject="sub", correlation-id=5, "#
                + #"content-type=:"text/plain", group-sequence=9, app-properties={"a"=1, "b"="two"}}"#
        )
        #expect(text(Message(body: .value(1)).encoded(), .all) == "Message{}")
    }

    @Test(arguments: [
        ("none", "Message{}"), ("subject", #"Message{subject="sub"}"#),
        (
            "app-properties,message-id",
            #"Message{message-id="mid", app-properties={"a"=1, "b"="two"}}"#
        ),
        ("reply-to", "Message{}"),
    ])
    func `shows only what is chosen (MG-220)`(components: String, wanted: String) {
        let chosen = MessageComponents.read(components).components
        #expect(text(Self.full.encoded(), chosen) == wanted)
    }

    @Test func `shows instants as dates`() {
        var message = Message(properties: Message.Properties(), body: .absent)
        message.properties?.creationTime = 1_700_000_000_007
        let line = text(message.encoded(), .all)
        #expect(line.contains(#"creation-time="2023-11-1"#))
        #expect(line.contains(":20.007 +") || line.contains(":20.007 -"))
        for extreme in [0, -1, Int64.min, .max] {
            message.properties?.creationTime = extreme
            #expect(text(message.encoded(), .all) == "Message{creation-time=\(extreme)}")
        }
    }

    /// Of every length, and with any byte changed.
    @Test func `shows what can be read of a part, whatever it is`() {
        var seed = Seed()
        let whole = Self.full.encoded()
        for end in 0..<whole.count {
            #expect(text(Array(whole[..<end]), .all).hasPrefix("Message{"))
        }
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0...seed.below(3) { bytes[seed.below(bytes.count)] = UInt8(seed.below(256)) }
            #expect(text(bytes, .all).hasPrefix("Message{"))
        }
    }
}

@Suite struct `Parts of messages` {
    @Test(
        arguments: [
            ("all", MessageComponents.all, []), ("none", [], []), ("", [], []),
            ("message-id", MessageComponents(rawValue: 1), []),
            ("to,app-properties", MessageComponents(rawValue: 4 | 1 << 13), []),
            ("to,zork,Subject", MessageComponents(rawValue: 4), ["zork", "Subject"]),
        ] as [(String, MessageComponents, [String])])
    func `are read from a text`(text: String, wanted: MessageComponents, unknown: [String]) {
        let read = MessageComponents.read(text)
        #expect(read.components == wanted)
        #expect(read.unknown == unknown)
    }
}
