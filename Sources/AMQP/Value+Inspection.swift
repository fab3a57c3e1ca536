extension Value {
    /// The value for a line of log, in the notation that scripts know from Proton:
    /// `{:product="router", :"qd.conn-id"=4}`.
    public var inspected: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .ubyte(let number): "\(number)"
        case .ushort(let number): "\(number)"
        case .uint(let number): "\(number)"
        case .ulong(let number): "\(number)"
        case .byte(let number): "\(number)"
        case .short(let number): "\(number)"
        case .int(let number): "\(number)"
        case .long(let number): "\(number)"
        case .float(let number): "\(number)"
        case .double(let number): "\(number)"
        case .decimal32(let bits): "D32(\(bits))"
        case .decimal64(let bits): "D64(\(bits))"
        case .decimal128(let bits): "D128(\(bits))"
        case .char(let unit): Unicode.Scalar(unit).map { "\(Character($0))" } ?? "\(unit)"
        case .timestamp(let time): "\(time)"
        case .uuid(let bits): "UUID(\(String(bits, radix: 16)))"
        case .binary(let bytes): "b" + Self.quoted(String(decoding: bytes, as: UTF8.self))
        case .string(let text): Self.quoted(text)
        case .symbol(let text): Self.isName(text) ? ":\(text)" : ":" + Self.quoted(text)
        case .list(let values): "[\(values.map(\.inspected).joined(separator: ", "))]"
        case .map(let map): map.inspected
        case .array(let array):
            "@[\(array.elements.map(\.inspected).joined(separator: ", "))]"
        case .described(let descriptor, let value): "@\(descriptor.inspected) \(value.inspected)"
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(character.value < 32 ? "." : character)
            }
        }
        return quoted + "\""
    }
}

extension ValueMap {
    /// As `Value.inspected`.
    public var inspected: String {
        let pairs = pairs.map { "\($0.key.inspected)=\($0.value.inspected)" }
        return "{\(pairs.joined(separator: ", "))}"
    }
}
