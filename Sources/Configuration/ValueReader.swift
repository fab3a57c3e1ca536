internal import Schema

/// Reads values with an inner structure: JSON, or the looser form of nested groups (MG-15 to MG-18).
///
/// Written here, and not taken from a library, because an error must tell the line, and because
/// both forms may be mixed: names and texts may go without quotes, lines may end in a comment, and
/// commas may be missing at the end of a line or stand before a brace.
struct ValueReader {
    /// What is nested deeper than this is refused.
    private static let depthLimit = 64

    var cursor: Cursor
    /// Only JSON will do.
    let isStrict: Bool
    /// Where members of maps stand, by the keys that lead to them.
    private(set) var lines: [[String]: Int] = [:]
    private var path: [String] = []
    /// Keys further inside have no lines of their own.
    private static let longestPath = 3

    init(cursor: Cursor, isStrict: Bool) {
        self.cursor = cursor
        self.isStrict = isStrict
    }

    /// A member of a map, with its line.
    struct Member {
        let key: String
        let line: Int
        let value: SchemaValue
    }

    /// Another section begins.
    mutating func forgetLines() { lines = [:] }

    /// The value at the cursor.
    mutating func value(depth: Int = 0, inList: Bool = false) throws(Problem) -> SchemaValue {
        guard depth < Self.depthLimit else {
            throw Problem(line: cursor.line, "Nested more than \(Self.depthLimit) levels deep")
        }
        cursor.skipSpace()
        switch cursor.byte {
        case Byte.openBrace:
            return .map(
                try members(depth: depth).map { SchemaValue.Member(key: $0.key, value: $0.value) })
        case Byte.openBracket: return .list(try elements(depth: depth))
        case Byte.quote: return .string(try quoted())
        default: return try bare(inList: inList)
        }
    }

    /// The members of the map at the cursor, which is on its brace. A key given twice counts once,
    /// with the last value.
    mutating func members(depth: Int = 0) throws(Problem) -> [Member] {
        let start = cursor.line
        cursor.advance()
        var members: [Member] = []
        while true {
            if !isStrict || members.isEmpty { skipSeparators() } else { try separate() }
            guard let byte = cursor.byte else {
                throw Problem(line: start, "'{' is not closed", remedy: "add a '}'")
            }
            if byte == Byte.closeBrace {
                cursor.advance()
                return members
            }
            let line = cursor.line
            let key = try key()
            path.append(key)
            defer { path.removeLast() }
            if path.count <= Self.longestPath { lines[path] = line }
            let value = try value(depth: depth + 1)
            members.removeAll { $0.key == key }
            members.append(Member(key: key, line: line, value: value))
            cursor.skipSpace()
        }
    }

    mutating func elements(depth: Int) throws(Problem) -> [SchemaValue] {
        let start = cursor.line
        cursor.advance()
        var values: [SchemaValue] = []
        while true {
            if !isStrict || values.isEmpty { skipSeparators() } else { try separate() }
            guard let byte = cursor.byte else {
                throw Problem(line: start, "'[' is not closed", remedy: "add a ']'")
            }
            if byte == Byte.closeBracket {
                cursor.advance()
                return values
            }
            guard byte != Byte.closeBrace else {
                throw Problem(line: cursor.line, "'}' does not close '['", remedy: "write ']'")
            }
            values.append(try value(depth: depth + 1, inList: true))
            cursor.skipSpace()
        }
    }

    private mutating func skipSeparators() {
        cursor.skipSpace()
        while !isStrict, cursor.byte == Byte.comma || cursor.byte == Byte.semicolon {
            cursor.advance()
            cursor.skipSpace()
        }
    }

    /// The comma that JSON wants between members, or the end.
    mutating func separate() throws(Problem) {
        cursor.skipSpace()
        switch cursor.byte {
        case Byte.comma:
            cursor.advance()
            cursor.skipSpace()
            guard cursor.byte == Byte.closeBrace || cursor.byte == Byte.closeBracket else { return }
            throw Problem(
                line: cursor.line, "Expecting a value after ','", remedy: "take the comma out")
        case Byte.closeBrace, Byte.closeBracket, nil: return
        case _: throw Problem(line: cursor.line, "Expecting ',' delimiter")
        }
    }

    private mutating func key() throws(Problem) -> String {
        let line = cursor.line
        let key: String
        if cursor.byte == Byte.quote {
            key = try quoted()
        } else {
            key = cursor.take { Byte.isName($0) || $0 == Byte.dollar || $0 == UInt8(ascii: ".") }
            guard !key.isEmpty, !isStrict else {
                throw Problem(
                    line: line,
                    isStrict
                        ? "Expecting property name enclosed in double quotes" : "Expecting a name",
                    remedy: "write \(isStrict ? "\"NAME\"" : "NAME"): VALUE")
            }
        }
        cursor.skipSpace()
        if cursor.byte == Byte.colon {
            cursor.advance()
        } else if isStrict || cursor.byte != Byte.openBrace {
            throw Problem(
                line: line, "Expecting ':' delimiter after '\(key)'",
                remedy: "write \(key): VALUE")
        }
        return key
    }

    // MARK: Texts

    /// The text in quotes at the cursor, escapes decoded.
    mutating func quoted() throws(Problem) -> String {
        let line = cursor.line
        cursor.advance()
        let start = cursor.index
        while !cursor.isAtLineEnd, cursor.byte != Byte.quote {
            cursor.advance(cursor.byte == Byte.backslash ? 2 : 1)
        }
        guard cursor.byte == Byte.quote, cursor.line == line else {
            throw Problem(line: line, "A text in quotes is not closed", remedy: "add a '\"'")
        }
        let text = cursor.text(from: start)
        cursor.advance()
        return try Escapes.decoded(text, line: line)
    }

    /// A number, a word of JSON, or (in the looser form) text without quotes.
    private mutating func bare(inList: Bool) throws(Problem) -> SchemaValue {
        let line = cursor.line
        let text = isStrict ? word() : unquoted(inList: inList)
        guard !text.isEmpty else {
            throw Problem(line: line, "Expecting value", remedy: "write the value on this line")
        }
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        default: break
        }
        if let number = Int(text) { return .integer(number) }
        if text.contains(where: \.isNumber), let number = Double(text) { return .real(number) }
        guard isStrict else { return .string(text) }
        throw Problem(
            line: line, "Expecting value, not '\(text)'", remedy: "put texts in double quotes")
    }

    private mutating func word() -> String {
        cursor.take {
            Byte.isName($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+")
        }
    }

    /// Text to the end of the line, to the brace that closes the map, or to the next member; in a
    /// list, to any comma.
    private mutating func unquoted(inList: Bool) -> String {
        let start = cursor.index
        var depth = 0
        scan: while !cursor.isAtLineEnd, let byte = cursor.byte {
            switch byte {
            case Byte.openBrace: depth += 1
            case Byte.closeBrace, Byte.closeBracket:
                if depth == 0 { break scan }
                depth -= 1
            case Byte.comma where depth == 0 && (inList || InlineEnd.separatorEndsValue(cursor)):
                break scan
            case Byte.hash where cursor.previous.map(Byte.isBlank) ?? true: break scan
            default: break
            }
            cursor.advance()
        }
        return Trimmed.blanks(cursor.text(from: start))
    }
}
