internal import AMQP

/// AMQP values as JSON text, laid out the way that scripts know from `qdmanage` (MG-249).
struct JSONText {
    /// Blanks per level; nil for all in one line.
    let indent: Int?
    private(set) var text = ""

    /// The text of `value`. Throws for what JSON has no form for.
    static func encode(_ value: Value, indent: Int? = 2) throws(Failure) -> String {
        var writer = JSONText(indent: indent)
        try writer.write(value, level: 0)
        return writer.text
    }

    private init(indent: Int?) { self.indent = indent }

    private mutating func write(_ value: Value, level: Int) throws(Failure) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .float(let number): text += Self.number(Double(number))
        case .double(let number): text += Self.number(number)
        case .ulong(let number): text += String(number)
        case .timestamp(let instant): text += String(instant)
        case .decimal32(let bits): text += String(bits)
        case .decimal64(let bits): text += String(bits)
        case .ubyte, .ushort, .uint, .byte, .short, .int, .long: text += value.digits
        case .string(let string), .symbol(let string): quote(string)
        case .char(let unit): quote(String(Unicode.Scalar(unit) ?? "\u{FFFD}"))
        case .list(let values): try write(values, level: level)
        case .array(let array): try write(array.elements, level: level)
        case .map(let map): try write(map.uniqued, level: level)
        case .decimal128, .uuid, .binary, .described:
            throw Failure("TypeError", "Object of type \(value.kind) is not JSON serializable")
        }
    }

    private mutating func write(_ values: [Value], level: Int) throws(Failure) {
        guard !values.isEmpty else {
            text += "[]"
            return
        }
        text += "["
        for (place, value) in values.enumerated() {
            separate(place, level: level + 1)
            try write(value, level: level + 1)
        }
        breakLine(level)
        text += "]"
    }

    private mutating func write(_ map: ValueMap, level: Int) throws(Failure) {
        guard !map.isEmpty else {
            text += "{}"
            return
        }
        text += "{"
        for (place, pair) in map.enumerated() {
            separate(place, level: level + 1)
            quote(try pair.key.jsonKey())
            text += ": "
            try write(pair.value, level: level + 1)
        }
        breakLine(level)
        text += "}"
    }

    private mutating func separate(_ place: Int, level: Int) {
        if place > 0 { text += indent == nil ? ", " : "," }
        breakLine(level)
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: max(0, indent) * level)
    }

    /// In ASCII only; what is beyond is escaped in UTF-16.
    private mutating func quote(_ string: String) {
        text += "\""
        for unit in string.utf16 {
            switch unit {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x08: text += "\\b"
            case 0x0C: text += "\\f"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        text += "\""
    }

    private static func number(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.description
    }
}

extension ValueMap {
    /// Each key once: at its first place, with its last value.
    var uniqued: ValueMap {
        var places: [Value: Int] = [:]
        var unique = ValueMap()
        for pair in self {
            if let place = places[pair.key] {
                unique.pairs[place].value = pair.value
            } else {
                places[pair.key] = unique.count
                unique.pairs.append(pair)
            }
        }
        return unique
    }
}

extension Value {
    /// The decimal digits of an integer; empty for others.
    var digits: String {
        if case .ulong(let number) = self { return String(number) }
        return integer.map { String($0) } ?? ""
    }

    /// What a person calls the type.
    var kind: String {
        switch self {
        case .decimal128: "decimal128"
        case .uuid: "UUID"
        case .binary: "binary"
        case .described: "described"
        case .null, .bool, .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .float,
            .double, .decimal32, .decimal64, .char, .timestamp, .string, .symbol, .list, .map,
            .array:
            "value"
        }
    }

    fileprivate func jsonKey() throws(Failure) -> String {
        switch self {
        case .string(let text), .symbol(let text): return text
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long: return digits
        case .float, .double, .decimal32, .decimal64, .decimal128, .char, .timestamp, .uuid,
            .binary, .list, .map, .array, .described:
            throw Failure("TypeError", "a map's key is neither text nor a number")
        }
    }
}
