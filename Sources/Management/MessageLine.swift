package import AMQP

/// A request or a response for the log, as scripts know it: `Message(address=None, properties=
/// {'operation': 'QUERY'}, body={}, reply_to='a', correlation_id=1, content_type=None)` (MG-222).
///
/// Ends soon after what a line of log can hold.
package struct MessageLine {
    private var text = "Message("
    /// No line of log is longer (MG-208).
    private static let most = 2_048

    package static func text(of message: Message) -> String {
        var line = MessageLine()
        line.write(message)
        return line.text
    }

    private mutating func write(_ message: Message) {
        let properties = message.properties
        let body: Value =
            switch message.body {
            case .absent: .null
            case .value(let value): value
            case .data(let parts): parts.first.map(Value.binary) ?? .null
            case .sequence(let parts): parts.first.map(Value.list) ?? .null
            }
        field("address", .text(properties?.to))
        field("properties", message.applicationProperties.map(Value.map) ?? .null)
        field("body", body)
        field("reply_to", .text(properties?.replyTo))
        field("correlation_id", properties?.correlationID ?? .null)
        field("content_type", .text(properties?.contentType), isLast: true)
        text += ")"
    }

    private mutating func field(_ name: String, _ value: Value, isLast: Bool = false) {
        text += name + "="
        write(value)
        if !isLast { text += ", " }
    }

    private mutating func write(_ value: Value) {
        guard text.utf8.count < Self.most else { return }
        if let string = value.text { return quote(string) }
        if let number = value.integer { return text += String(number) }
        switch value {
        case .null: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .binary(let bytes): write(bytes)
        case .list(let values): list(values)
        case .array(let array): list(array.elements)
        case .map(let map):
            text += "{"
            for (place, pair) in map.enumerated() where text.utf8.count < Self.most {
                if place > 0 { text += ", " }
                write(pair.key)
                text += ": "
                write(pair.value)
            }
            text += "}"
        default: text += value.inspected
        }
    }

    private mutating func list(_ values: [Value]) {
        text += "["
        for (place, value) in values.enumerated() where text.utf8.count < Self.most {
            if place > 0 { text += ", " }
            write(value)
        }
        text += "]"
    }

    private mutating func write(_ bytes: [UInt8]) {
        text += "b'"
        for byte in bytes.prefix(Self.most) {
            write(Unicode.Scalar(byte), quote: "'", isByte: true)
        }
        text += "'"
    }

    /// In the quotes that need no escaping, where one of both kinds does not.
    private mutating func quote(_ string: String) {
        let quote: Unicode.Scalar = string.contains("'") && !string.contains("\"") ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars.prefix(Self.most) { write(scalar, quote: quote) }
        text.unicodeScalars.append(quote)
    }

    private mutating func write(
        _ scalar: Unicode.Scalar, quote: Unicode.Scalar, isByte: Bool = false
    ) {
        switch scalar {
        case "\\", quote: text += "\\\(scalar)"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _
        where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || isByte && scalar.value >= 0x80:
            text += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        default: text.unicodeScalars.append(scalar)
        }
    }
}
