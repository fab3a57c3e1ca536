/// A place in a text: the bytes before it have been read.
struct Cursor {
    private let bytes: [UInt8]
    private(set) var index = 0
    /// Of the byte at the place, counted from 1.
    private(set) var line = 1

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The byte at the place; nil at the end.
    var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// The byte `count` places on.
    func byte(after count: Int) -> UInt8? {
        index + count < bytes.count ? bytes[index + count] : nil
    }

    /// The byte before the place.
    var previous: UInt8? { index > 0 ? bytes[index - 1] : nil }

    var isAtEnd: Bool { index >= bytes.count }

    var isAtLineEnd: Bool { isAtEnd || bytes[index] == Byte.newline }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] == Byte.newline { line += 1 }
            index += 1
        }
    }

    /// Goes on over what `isWanted` accepts, and gives it as text.
    @discardableResult
    mutating func take(while isWanted: (UInt8) -> Bool) -> String {
        let start = index
        while let byte, isWanted(byte) { advance() }
        return text(from: start)
    }

    /// What has been read since `start`.
    func text(from start: Int) -> String {
        String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Goes on over blanks of the line.
    mutating func skipBlanks() { take(while: Byte.isBlank) }

    /// Goes on to the end of the line, and gives what is skipped.
    @discardableResult
    mutating func skipLine() -> String { take { $0 != Byte.newline } }

    /// Goes on over blanks, ends of lines and comments.
    mutating func skipSpace() {
        while let byte {
            if byte == Byte.hash { skipLine() }
            guard Byte.isBlank(byte) || byte == Byte.newline || byte == Byte.hash else { return }
            advance()
        }
    }
}

/// The bytes that the grammar knows.
enum Byte {
    static let newline = UInt8(ascii: "\n")
    static let hash = UInt8(ascii: "#")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let semicolon = UInt8(ascii: ";")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let slash = UInt8(ascii: "/")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let dollar = UInt8(ascii: "$")

    /// Blanks within a line, the first half of CRLF included (MG-6).
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    /// Letters, digits, `_` and `-`, of which names are made (MG-7).
    static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
