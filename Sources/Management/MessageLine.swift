package import AMQP
internal import Schema

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
        field("body", body.withoutSecrets)
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

extension Value {
    /// Passwords as stars, under their names and in the rows of a QUERY's answer: no secret is ever in
    /// the log.
    fileprivate var withoutSecrets: Value {
        guard case .map(let map) = self else { return self }
        var hidden: Set<Int> = []
        if case .list(let names) = map["attributeNames"] {
            hidden = Set(names.indices.filter { Self.isSecret(names[$0]) })
        }
        return .map(
            ValueMap(
                map.map { pair in
                    let (key, value) = (pair.key, pair.value)
                    if Self.isSecret(key), !value.isNull { return (key, .string("*")) }
                    guard !hidden.isEmpty, key.text == "results", case .list(let rows) = value
                    else {
                        return (key, value)
                    }
                    return (key, .list(rows.map { $0.hiding(hidden) }))
                }))
    }

    private func hiding(_ columns: Set<Int>) -> Value {
        guard case .list(let values) = self else { return self }
        return .list(
            values.indices.map { place in
                columns.contains(place) && !values[place].isNull ? .string("*") : values[place]
            })
    }

    private static func isSecret(_ name: Value) -> Bool {
        name.text.map(Schema.secrets.contains) ?? false
    }
}
