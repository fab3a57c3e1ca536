internal import AMQP

/// A message that has come, for people and scripts to read.
enum MessageText {
    enum Format: String, CaseIterable { case body, full, json }

    static func bytes(
        _ message: Message, _ format: Format, address: String
    ) throws(Failure) -> [UInt8] {
        switch format {
        case .body: return try body(message.body) + [UInt8(ascii: "\n")]
        case .full: return Array(try full(message, address).utf8)
        case .json:
            let fields = Value.map(fields(message, address))
            return Array((try JSONText.encode(fields, indent: nil) + "\n").utf8)
        }
    }

    /// Text and data as they are, other values as JSON.
    static func body(_ body: Message.Body) throws(Failure) -> [UInt8] {
        switch body {
        case .absent, .value(.null): return []
        case .value(.string(let text)), .value(.symbol(let text)): return Array(text.utf8)
        case .value(.binary(let bytes)): return bytes
        case .value(let value): return Array(try JSONText.encode(value.plain, indent: nil).utf8)
        case .data(let parts): return Array(parts.joined())
        case .sequence(let parts):
            let list = Value.list(parts.flatMap { $0.map(\.plain) })
            return Array(try JSONText.encode(list, indent: nil).utf8)
        }
    }

    /// A line for each field, an empty one, the body.
    private static func full(_ message: Message, _ address: String) throws(Failure) -> String {
        var text = ""
        for pair in fields(message, address) where pair.key.text != "body" {
            var value = pair.value.text
            if value == nil { value = try JSONText.encode(pair.value, indent: nil) }
            text += "\(pair.key.text ?? ""): \(value ?? "")\n"
        }
        return text + "\n" + String(decoding: try body(message.body), as: UTF8.self) + "\n\n"
    }

    /// Every field that is there, in AMQP's words.
    private static func fields(_ message: Message, _ address: String) -> ValueMap {
        var fields: ValueMap = ["address": .string(address)]
        let header = message.header
        fields["durable"] = header?.durable.map(Value.bool)
        fields["priority"] = header?.priority.map(Value.ubyte)
        fields["ttl"] = header?.ttl.map(Value.uint)
        fields["delivery-count"] = header?.deliveryCount.map(Value.uint)
        let properties = message.properties
        fields["message-id"] = properties?.messageID?.plain
        fields["user-id"] = properties?.userID.map { Value.binary($0).plain }
        fields["to"] = properties?.to.map(Value.string)
        fields["subject"] = properties?.subject.map(Value.string)
        fields["reply-to"] = properties?.replyTo.map(Value.string)
        fields["correlation-id"] = properties?.correlationID?.plain
        fields["content-type"] = properties?.contentType.map(Value.string)
        fields["content-encoding"] = properties?.contentEncoding.map(Value.string)
        fields["absolute-expiry-time"] = properties?.absoluteExpiryTime.map(Value.timestamp)
        fields["creation-time"] = properties?.creationTime.map(Value.timestamp)
        fields["group-id"] = properties?.groupID.map(Value.string)
        fields["group-sequence"] = properties?.groupSequence.map(Value.uint)
        fields["reply-to-group-id"] = properties?.replyToGroupID.map(Value.string)
        fields["delivery-annotations"] = message.deliveryAnnotations.map { Value.map($0).plain }
        fields["message-annotations"] = message.messageAnnotations.map { Value.map($0).plain }
        fields["application-properties"] = message.applicationProperties.map {
            Value.map($0).plain
        }
        fields["footer"] = message.footer.map { Value.map($0).plain }
        fields["body"] = plain(message.body)
        return fields
    }

    private static func plain(_ body: Message.Body) -> Value {
        switch body {
        case .absent: .null
        case .value(let value): value.plain
        case .data(let parts): Value.binary(Array(parts.joined())).plain
        case .sequence(let parts): .list(parts.flatMap { $0.map(\.plain) })
        }
    }
}

extension Value {
    /// With types that JSON has: bytes that are no text become hexadecimal digits, a described
    /// value the value alone.
    var plain: Value {
        switch self {
        case .binary(let bytes):
            .string(String(validating: bytes, as: UTF8.self) ?? Self.hexadecimal(bytes))
        case .uuid(let bits): .string(Self.uuidText(bits))
        case .decimal128(let bits): .string(String(bits))
        case .described(_, let value): value.plain
        case .list(let values): .list(values.map(\.plain))
        case .array(let array): .list(array.elements.map(\.plain))
        case .map(let map): .map(ValueMap(map.map { ($0.key.plainKey, $0.value.plain) }))
        case .null, .bool, .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .float,
            .double, .decimal32, .decimal64, .char, .timestamp, .string, .symbol:
            self
        }
    }

    private var plainKey: Value {
        let key = plain
        return key.text != nil || !key.digits.isEmpty ? key : .string(key.inspected)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// `8-4-4-4-12` digits.
    private static func uuidText(_ bits: UInt128) -> String {
        let digits = String(bits, radix: 16)
        var rest = Substring(String(repeating: "0", count: 32 - digits.count) + digits)
        return [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }.joined(separator: "-")
    }
}
