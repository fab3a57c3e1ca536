internal import AMQP

extension JSONText {
    /// The value that JSON text is: objects become maps in the text's order, integers longs, other
    /// numbers doubles. Of a key given twice the last value counts.
    static func decode(_ text: String) throws(Failure) -> Value {
        var reader = JSONReader(text)
        return try reader.document()
    }
}

/// Reads JSON, and says where it is broken in the words that scripts know from `qdmanage`.
private struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    /// How many levels there may be, one in the other.
    private static let depthMax = 200

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func document() throws(Failure) -> Value {
        let value = try value(depth: 0)
        skipBlanks()
        guard place == bytes.count else { throw broken("Extra data") }
        return value
    }

    private mutating func value(depth: Int) throws(Failure) -> Value {
        skipBlanks()
        guard depth < Self.depthMax else { throw broken("Too many levels") }
        switch next {
        case UInt8(ascii: "{"): return .map(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .list(try list(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> ValueMap {
        var map = ValueMap()
        place += 1
        skipBlanks()
        if take("}") { return map }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else {
                throw broken("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw broken("Expecting ':' delimiter") }
            map[key] = try value(depth: depth)
            skipBlanks()
            if take("}") { return map }
            guard take(",") else { throw broken("Expecting ',' delimiter") }
        }
    }

    private mutating func list(depth: Int) throws(Failure) -> [Value] {
        var values: [Value] = []
        place += 1
        skipBlanks()
        if take("]") { return values }
        while true {
            values.append(try value(depth: depth))
            skipBlanks()
            if take("]") { return values }
            guard take(",") else { throw broken("Expecting ',' delimiter") }
        }
    }

    // MARK: Words

    /// A number, `true`, `false` or `null`.
    private mutating func word() throws(Failure) -> Value {
        let start = place
        while let byte = next, Self.isWordPart(byte) { place += 1 }
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case "NaN": return .double(.nan)
        case "Infinity": return .double(.infinity)
        case "-Infinity": return .double(-.infinity)
        default:
            place = start
            guard let number = Self.number(word) else { throw broken("Expecting value") }
            place += word.utf8.count
            return number
        }
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// A JSON number begins with a digit or `-`, and has no zero before other digits.
    private static func number(_ word: String) -> Value? {
        let digits = word.utf8.drop { $0 == UInt8(ascii: "-") }
        guard word.utf8.count - digits.count <= 1, let first = digits.first,
            digits.last.map(isDigit) == true, isDigit(first)
        else { return nil }
        if first == UInt8(ascii: "0"), let second = digits.dropFirst().first, isDigit(second) {
            return nil
        }
        if let number = Int64(word) { return .long(number) }
        if let number = UInt64(word) { return .ulong(number) }
        guard digits.allSatisfy({ isDigit($0) || ".eE+-".utf8.contains($0) }) else { return nil }
        return Double(word).map(Value.double)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    // MARK: Strings

    private mutating func string() throws(Failure) -> String {
        let start = place
        place += 1
        var units: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units += try escape()
            case 0..<0x20: throw broken("Invalid control character")
            default:
                units.append(byte)
                place += 1
            }
        }
        place = start
        throw broken("Unterminated string")
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        let start = place
        place += 2
        switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"): return Array(String(try unicode(from: start)).utf8)
        case let byte where "\"\\/".utf8.contains(byte): return [byte]
        default:
            place = start
            throw broken("Invalid escape")
        }
    }

    /// `\u00e9`, or two such that are one character in UTF-16; half of one becomes U+FFFD.
    private mutating func unicode(from start: Int) throws(Failure) -> Character {
        guard let first = takeDigits() else {
            place = start
            throw broken("Invalid \\uXXXX escape")
        }
        var units = [first]
        let after = place
        if UTF16.isLeadSurrogate(first), take("\\"), take("u"), let second = takeDigits(),
            UTF16.isTrailSurrogate(second)
        {
            units.append(second)
        } else {
            place = after
        }
        return String(decoding: units, as: UTF16.self).first ?? "\u{FFFD}"
    }

    /// Four hexadecimal digits.
    private mutating func takeDigits() -> UInt16? {
        let digits = bytes[min(place, bytes.count)..<min(place + 4, bytes.count)]
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        else { return nil }
        place += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    // MARK: Bytes

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = next, " \t\n\r".utf8.contains(byte) { place += 1 }
    }

    private func broken(_ what: String) -> Failure {
        let before = String(decoding: bytes[..<min(place, bytes.count)], as: UTF8.self)
            .unicodeScalars
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        return Failure(
            "JSONDecodeError",
            "\(what): line \(lines.count) column \((lines.last?.count ?? 0) + 1) "
                + "(char \(before.count))")
    }
}
