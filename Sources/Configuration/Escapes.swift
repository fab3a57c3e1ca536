/// Escapes of JSON in texts (MG-9).
enum Escapes {
    private static let letters: [Character: Character] = [
        "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r",
        "t": "\t",
    ]

    /// The text that `text` stands for.
    static func decoded(_ text: String, line: Int) throws(Problem) -> String {
        guard text.utf8.contains(Byte.backslash) else { return text }
        var units: [UInt16] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                units.append(contentsOf: Character(scalar).utf16)
                continue
            }
            let escape = rest.popFirst()
            if let escape, let letter = letters[Character(escape)] {
                units.append(contentsOf: letter.utf16)
            } else if escape == "u", let unit = UInt16(String(rest.prefix(4)), radix: 16) {
                units.append(unit)
                rest = rest.dropFirst(4)
            } else {
                throw Problem(
                    line: line, "Invalid \\escape: '\\\(escape.map { String($0) } ?? "")'",
                    remedy: "write a backslash as \\\\")
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}

enum Trimmed {
    /// Without blanks at both ends.
    static func blanks(_ text: String) -> String {
        let bytes = text.utf8.drop(while: Byte.isBlank)
        let end = bytes.lastIndex { !Byte.isBlank($0) }.map { bytes.index(after: $0) }
        return String(decoding: bytes[..<(end ?? bytes.startIndex)], as: UTF8.self)
    }
}
