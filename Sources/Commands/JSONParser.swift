internal import AMQP

/// JSON text as an AMQP value: objects become maps in their order, integers longs, other numbers
/// doubles (RFC 8259).
struct JSONParser {
    private let bytes: [UInt8]
    private var offset = 0

    /// Deeper nesting is refused.
    private static let depthMax = 64

    static func parse(_ text: String) throws(Failure) -> Value {
        var parser = JSONParser(bytes: Array(text.utf8))
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.offset == parser.bytes.count else { throw parser.failure("Extra data") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func failure(_ text: String) -> Failure {
        let before = bytes[..<min(offset, bytes.count)]
        let line = 1 + before.count { $0 == 0x0A }
        let column = 1 + before.reversed().prefix { $0 != 0x0A }.count
        return Failure(
            "JSONDecodeError", "\(text): line \(line) column \(column) (char \(offset))")
    }

    private mutating func skipBlanks() {
        while let next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { offset += 1 }
    }

    private mutating func value(depth: Int) throws(Failure) -> Value {
        guard depth < Self.depthMax else { throw failure("Too deep") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return .map(try object(depth: depth))
        case UInt8(ascii: "["): return .list(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("Expecting value")
        }
    }

    private mutating func literal(_ word: String, _ value: Value) throws(Failure) -> Value {
        guard bytes[offset...].starts(with: word.utf8) else { throw failure("Expecting value") }
        offset += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(Failure) -> ValueMap {
        var map = ValueMap()
        offset += 1
        skipBlanks()
        if take("}") { return map }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else {
                throw failure("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw failure("Expecting ':' delimiter") }
            map[key] = try value(depth: depth + 1)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw failure("Expecting ',' delimiter") }
        return map
    }

    private mutating func array(depth: Int) throws(Failure) -> [Value] {
        var values: [Value] = []
        offset += 1
        skipBlanks()
        if take("]") { return values }
        repeat {
            values.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw failure("Expecting ',' delimiter") }
        return values
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func number() throws(Failure) -> Value {
        let start = offset
        _ = take("-")
        let whole = digits()
        let leadsWithZero = whole > 1 && bytes[offset - whole] == UInt8(ascii: "0")
        guard whole > 0, !leadsWithZero else { throw failure("Expecting value") }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard digits() > 0 else { throw failure("Expecting digits") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw failure("Expecting digits") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger {
            if let number = Int64(text) { return .long(number) }
            if let number = UInt64(text) { return .ulong(number) }
        }
        return .double(Double(text) ?? .infinity)
    }

    private mutating func digits() -> Int {
        let start = offset
        while let next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= next { offset += 1 }
        return offset - start
    }

    private mutating func string() throws(Failure) -> String {
        var units: [UInt8] = []
        offset += 1
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("Invalid control character at") }
            offset += 1
            if byte == UInt8(ascii: "\\") {
                units += String(try escape()).utf8
            } else {
                units.append(byte)
            }
        }
        guard take("\"") else { throw failure("Unterminated string") }
        return String(decoding: units, as: UTF8.self)
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        defer { offset += 1 }
        switch next {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw failure("Invalid \\escape")
        }
    }

    /// Stands on the `u`; ends on the last digit. Two surrogates make one scalar.
    private mutating func codePoint() throws(Failure) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let after = bytes[(offset + 1)...].prefix(2)
        guard first < 0xDC00, after.elementsEqual("\\u".utf8) else { return "\u{FFFD}" }
        offset += 2
        let second = try fourDigits()
        guard 0xDC00...0xDFFF ~= second else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func fourDigits() throws(Failure) -> UInt32 {
        let digits = bytes[(offset + 1)...].prefix(4)
        guard digits.count == 4,
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure("Invalid \\uXXXX escape") }
        offset += 4
        return number
    }
}
