internal import AMQP
internal import EventLoop
internal import Logging

/// A message for the log: `Message{message-id="m", app-properties={"a"=1}}` (MG-220).
enum LoggedMessage {
    /// `bytes` are a message, or the first part of one: what is not there yet is left out.
    static func text(of bytes: UnsafeRawBufferPointer, _ components: MessageComponents) -> String {
        let message = Message(headOf: bytes)
        var texts: [String] = []
        for (name, value) in zip(MessageComponents.names, values(of: message)) {
            guard let value, let component = MessageComponents(name: name),
                components.contains(component)
            else { continue }
            texts.append("\(name)=\(value)")
        }
        return "Message{\(texts.joined(separator: ", "))}"
    }

    /// As many as there are components, in their order; nil for what the message lacks.
    private static func values(of message: Message) -> [String?] {
        let properties = message.properties
        return [
            properties?.messageID?.inspected,
            properties?.userID.map { Value.binary($0).inspected },
            properties?.to.map { Value.string($0).inspected },
            properties?.subject.map { Value.string($0).inspected },
            properties?.replyTo.map { Value.string($0).inspected },
            properties?.correlationID?.inspected,
            properties?.contentType.map { ":" + Value.string($0).inspected },
            properties?.contentEncoding.map { ":" + Value.string($0).inspected },
            properties?.absoluteExpiryTime.map(time),
            properties?.creationTime.map(time),
            properties?.groupID.map { Value.string($0).inspected },
            properties?.groupSequence.map(String.init),
            properties?.replyToGroupID.map { Value.string($0).inspected },
            message.applicationProperties?.inspected,
        ]
    }

    /// Milliseconds since 1970.
    private static func time(_ milliseconds: Int64) -> String {
        let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000)
        guard milliseconds > 0, seconds <= latest else { return String(milliseconds) }
        let fraction = String(rest)
        let zeros = String(repeating: "0", count: 3 - fraction.count)
        return TimeText.format(
            "\"%Y-%m-%d %H:%M:%S.\(zeros)\(fraction) %z\"", seconds: Int(seconds))
    }

    /// The end of the year 9999: later ones have no date that anyone reads.
    private static let latest: Int64 = 253_402_300_799
}
