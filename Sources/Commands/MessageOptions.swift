internal import AMQP
internal import Basis
internal import Options

extension Option {
    static let file = Option(
        "f", "file", argument: "FILE",
        help: "Send all that the file holds as one message; - is standard input; may be repeated")
    static let lines = Option(
        "l", "lines", argument: "FILE",
        help: "Send each line of the file as a message, as it comes; - is standard input")
    static let size = Option(
        "s", "size", argument: "BYTES", help: "Send messages with so many bytes of data")
    static let form = Option(
        nil, "form", argument: "text|json|data",
        help: "What bodies become: a string (so if not given), the value that the JSON is, or "
            + "bytes (so for --file)")
    static let property = Option(
        "p", "property", argument: "NAME=VALUE",
        help: "Add an application property, a string; NAME:=JSON takes any value; may be repeated")
    static let annotation = Option(
        nil, "annotation", argument: "NAME=VALUE",
        help: "Add a message annotation, in the same way")
    static let subject = Option(nil, "subject", argument: "TEXT", help: "Set the subject")
    static let to = Option(
        nil, "to", argument: "ADDRESS", help: "Set the address that the message is for")
    static let replyTo = Option(
        nil, "reply-to", argument: "ADDRESS", help: "Set the address for replies")
    static let correlation = Option(
        nil, "correlation-id", argument: "ID", help: "Set the correlation-id")
    static let messageID = Option(nil, "message-id", argument: "ID", help: "Set the message-id")
    static let contentType = Option(
        nil, "content-type", argument: "TYPE", help: "Set the content-type")
    static let group = Option(nil, "group-id", argument: "ID", help: "Set the group-id")
    static let userID = Option(nil, "user-id", argument: "USER", help: "Set the user-id")
    static let timeToLive = Option(
        nil, "ttl", argument: "MILLISECONDS", help: "Set how long the message lives")
    static let priority = Option(
        nil, "priority", argument: "0-9", help: "Set the priority; 4 if not given")
    static let durable = Option(nil, "durable", help: "Mark the message durable")
}

extension OptionGroup {
    static let bodies = OptionGroup(
        "Message bodies", [.file, .lines, .size, .form])
    static let properties = OptionGroup(
        "Message properties",
        [
            .property, .annotation, .subject, .to, .replyTo, .correlation, .messageID,
            .contentType, .group, .userID, .timeToLive, .priority, .durable,
        ])
}

/// All of a message but its body.
struct MessageTemplate {
    private let message: Message
    private let form: Form
    /// Bytes of a body that is made up.
    static let sizeMax = 1 << 30

    /// What the texts of bodies become.
    enum Form: String, CaseIterable { case text, json, data }

    init(_ arguments: Arguments) throws(UsageError) {
        form = try arguments.choice(.form, Form.self) ?? .text
        var message = Message(body: .absent)
        message.applicationProperties = try arguments.pairs(.property) { .string($0) }
        message.messageAnnotations = try arguments.pairs(.annotation) { .symbol($0) }
        message.properties = arguments.messageProperties
        message.header = try arguments.messageHeader()
        self.message = message
    }

    func with(_ body: Message.Body) -> Message {
        var message = message
        message.body = body
        return message
    }

    /// The body that a text becomes.
    func body(_ text: String) throws(Failure) -> Message.Body {
        switch form {
        case .text: .value(.string(text))
        case .json: .value(try JSONText.decode(text))
        case .data: .data([Array(text.utf8)])
        }
    }

    /// The body that a file becomes: bytes unless the form says otherwise.
    func body(file: [UInt8], isFormGiven: Bool) throws(Failure) -> Message.Body {
        guard isFormGiven, form != .data else { return .data([file]) }
        guard let text = String(validating: file, as: UTF8.self) else {
            throw Failure("UnicodeDecodeError", "the file is not UTF-8 text: leave out --form")
        }
        return try body(text)
    }
}

extension Arguments {
    /// One of a few words.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ option: Option, _ choices: Choice.Type
    ) throws(UsageError) -> Choice? {
        guard let text = self[option] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = choices.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("argument \(option.title): '\(text)' is none of \(words)")
        }
        return choice
    }

    /// `NAME=TEXT` and `NAME:=JSON` arguments as a map; nil if there are none.
    fileprivate func pairs(
        _ option: Option, key: (String) -> Value
    ) throws(UsageError) -> ValueMap? {
        let words = all(option)
        guard !words.isEmpty else { return nil }
        var map = ValueMap()
        for word in words {
            guard let mark = word.firstIndex(of: "="), mark > word.startIndex else {
                throw UsageError("argument \(option.title): '\(word)' is not NAME=VALUE")
            }
            let text = String(word[mark...].dropFirst())
            let name = word[..<mark]
            guard name.last == ":" else {
                map.append(key(String(name)), .string(text))
                continue
            }
            do throws(Failure) {
                map.append(key(String(name.dropLast())), try JSONText.decode(text).narrowed)
            } catch {
                throw UsageError("argument \(option.title): '\(text)' is not JSON")
            }
        }
        return map
    }

    fileprivate var messageProperties: Message.Properties? {
        var properties = Message.Properties(
            to: self[.to], subject: self[.subject], replyTo: self[.replyTo],
            correlationID: self[.correlation].map(Value.string))
        properties.messageID = self[.messageID].map(Value.string)
        properties.contentType = self[.contentType]
        properties.groupID = self[.group]
        properties.userID = self[.userID].map { Array($0.utf8) }
        return properties == Message.Properties() ? nil : properties
    }

    fileprivate func messageHeader() throws(UsageError) -> Message.Header? {
        var header = Message.Header()
        if has(.durable) { header.durable = true }
        if let priority = try count(.priority) {
            guard priority <= 9 else {
                throw UsageError("argument --priority: must be 0 to 9: '\(priority)'")
            }
            header.priority = UInt8(priority)
        }
        header.ttl = try count(.timeToLive).map { UInt32(clamping: $0) }
        return header == Message.Header() ? nil : header
    }
}

extension Value {
    /// Integers as short as they can be.
    fileprivate var narrowed: Value { integer.map { .integer($0) } ?? self }
}
