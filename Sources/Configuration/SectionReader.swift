internal import Schema

/// Reads the sections of a file (MG-6 to MG-20).
///
/// Everything that qdrouterd's reader takes means here what it means there. Besides, a section may
/// stand on one line, with its attributes parted by commas, semicolons or blanks; its brace may
/// begin the next line; a value may stand in double quotes; and nested values may be written
/// loosely (`ValueReader`). After a problem it goes on, so that all are found at once.
struct SectionReader {
    /// Keys whose value is one word, in which `#` begins no comment (MG-12).
    private static let wordKeys: Set = ["pattern", "bindingKey", "hostname"]

    private var cursor: Cursor
    private var read = ReadSections()
    /// A line whose value ends in a brace that was probably meant to close the section.
    private var suspiciousBrace: Int?
    /// Where members of the attribute's value stand.
    private var innerLines: [[String]: Int] = [:]

    private init(_ text: String) { cursor = Cursor(text) }

    static func read(_ text: String) -> ReadSections {
        var reader = SectionReader(text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text)
        while let section = reader.nextSection() { reader.read.sections.append(section) }
        return reader.read
    }

    private mutating func wrong(_ line: Int, _ reason: String, _ remedy: String? = nil) {
        read.problems.append(Problem(line: line, reason, remedy: remedy))
    }

    private mutating func warn(_ line: Int, _ reason: String, _ remedy: String? = nil) {
        read.problems.append(Problem(.warning, line: line, reason, remedy: remedy))
    }

    // MARK: Sections

    private mutating func nextSection() -> Section? {
        while true {
            cursor.skipSpace()
            guard !cursor.isAtEnd else { return nil }
            let line = cursor.line
            let name = cursor.take(while: Byte.isName)
            cursor.skipBlanks()
            guard !name.isEmpty, opensBrace() else {
                refuseOutside(name, line)
                continue
            }
            return section(name, line)
        }
    }

    /// Goes behind the brace, on this line or, with nothing between, on a later one.
    private mutating func opensBrace() -> Bool {
        var ahead = cursor
        if ahead.isAtLineEnd || ahead.byte == Byte.hash { ahead.skipSpace() }
        guard ahead.byte == Byte.openBrace else { return false }
        ahead.advance()
        cursor = ahead
        return true
    }

    private mutating func refuseOutside(_ name: String, _ line: Int) {
        let byte = cursor.byte
        let rest = cursor.skipLine()
        if name.isEmpty, byte == Byte.closeBrace {
            wrong(line, "'}' closes nothing", "take it out, or look for a section closed too early")
        } else if byte == Byte.colon {
            wrong(
                line, "Attribute '\(name)' stands outside of any section",
                "put it between the braces of a section: NAME { … }")
        } else {
            wrong(
                line, "Expecting a section, not '\(Trimmed.blanks(name + rest).prefix(40))'",
                "write NAME {, then attributes as KEY: VALUE, then }")
        }
    }

    private mutating func section(_ name: String, _ line: Int) -> Section {
        var section = Section(name: name, line: line)
        suspiciousBrace = nil
        while true {
            let isInline = skipToAttribute()
            guard let byte = cursor.byte else {
                refuseOpen(section, before: nil)
                return section
            }
            if byte == Byte.closeBrace {
                cursor.advance()
                return section
            }
            let start = cursor
            let key = cursor.take { Byte.isName($0) || $0 == Byte.dollar }
            cursor.skipBlanks()
            if !key.isEmpty, cursor.byte == Byte.openBrace, !isInline {
                refuseOpen(section, before: start.line)
                cursor = start
                return section
            }
            innerLines = [:]
            guard let value = attribute(key, start.line, isInline: isInline) else { continue }
            if section.attributes.contains(where: { $0.key == key }) {
                warn(start.line, "'\(key)' is given twice in '\(name)'", "the last value is taken")
            }
            section.attributes.append(
                Section.Attribute(
                    key: key, line: start.line, value: value, innerLines: innerLines))
        }
    }

    /// Goes on to the next attribute or brace; true if something stands before it on its line.
    private mutating func skipToAttribute() -> Bool {
        let line = cursor.line
        while let byte = cursor.byte,
            Byte.isBlank(byte) || byte == Byte.newline || byte == Byte.hash
                || byte == Byte.comma || byte == Byte.semicolon
        {
            if byte == Byte.hash { cursor.skipLine() } else { cursor.advance() }
        }
        return cursor.line == line
    }

    private mutating func refuseOpen(_ section: Section, before next: Int?) {
        var remedy = next.map { "close it with a '}' before line \($0)" } ?? "add a '}'"
        if let suspiciousBrace {
            remedy =
                "the '}' that ends line \(suspiciousBrace) belongs to the value: "
                + "put it on a line of its own"
        }
        wrong(section.line, "Section '\(section.name)' is not closed", remedy)
    }

    // MARK: Attributes

    /// The value of an attribute whose key has been read; nil after a problem.
    private mutating func attribute(
        _ key: String, _ line: Int, isInline: Bool
    ) -> SchemaValue? {
        guard !key.isEmpty, cursor.byte == Byte.colon else {
            refuseAttribute(key, line)
            return nil
        }
        cursor.advance()
        cursor.skipBlanks()
        do throws(Problem) {
            if cursor.byte == Byte.openBrace { return try nested() }
            if cursor.byte == Byte.quote { return try .string(quoted()) }
            let text = literal(key, isInline: isInline)
            guard !text.isEmpty else {
                throw Problem(
                    line: line, "Attribute '\(key)' has no value",
                    remedy: "write \(key): VALUE, or take the line out")
            }
            return .string(try checked(text, key, line))
        } catch {
            read.problems.append(error)
            return nil
        }
    }

    private mutating func refuseAttribute(_ key: String, _ line: Int) {
        var rest = cursor.take { $0 != Byte.newline && $0 != Byte.closeBrace }
        if rest.isEmpty, key.isEmpty { cursor.advance() }
        rest = Trimmed.blanks(rest)
        guard !key.isEmpty else {
            return wrong(
                line, "Expecting an attribute, not '\(rest.prefix(40))'", "write KEY: VALUE")
        }
        let value = Trimmed.blanks(String(rest.drop { $0 == "=" }))
        wrong(
            line, "Expecting ':' after '\(key)'",
            value.isEmpty ? "write \(key): VALUE" : "write \(key): \(value.prefix(40))")
    }

    private mutating func nested() throws(Problem) -> SchemaValue {
        let start = cursor
        var values = ValueReader(cursor: cursor, isStrict: false)
        do throws(Problem) {
            let value = try values.value()
            cursor = values.cursor
            innerLines = values.lines
            return value
        } catch {
            cursor = start
            skipBraces()
            throw error
        }
    }

    /// Goes behind the brace that closes the one at the cursor.
    private mutating func skipBraces() {
        var depth = 0
        var isQuoted = false
        while let byte = cursor.byte {
            if byte == Byte.newline { isQuoted = false }
            if byte == Byte.quote { isQuoted.toggle() }
            cursor.advance()
            guard !isQuoted else { continue }
            if byte == Byte.openBrace { depth += 1 }
            if byte == Byte.closeBrace { depth -= 1 }
            if depth == 0 { return }
        }
    }

    private mutating func quoted() throws(Problem) -> String {
        let start = cursor
        var values = ValueReader(cursor: cursor, isStrict: false)
        do throws(Problem) {
            let text = try values.quoted()
            cursor = values.cursor
            cursor.skipBlanks()
            let ends = [Byte.hash, Byte.closeBrace, Byte.comma, Byte.semicolon]
            guard cursor.isAtLineEnd || cursor.byte.map(ends.contains) ?? true else {
                throw Problem(
                    line: cursor.line, "Text follows a value in quotes",
                    remedy: "put all of the value in quotes, or none of it")
            }
            return text
        } catch {
            cursor = start
            cursor.skipLine()
            throw error
        }
    }

    /// The value as it stands: to the end of its line or, on a shared line, to the next attribute.
    private mutating func literal(_ key: String, isInline: Bool) -> String {
        let start = cursor.index
        if Self.wordKeys.contains(CamelCase.name(key)) { return word(isInline: isInline) }
        scan: while !cursor.isAtLineEnd, let byte = cursor.byte, byte != Byte.hash {
            if isInline {
                switch byte {
                case Byte.closeBrace: break scan
                case Byte.comma, Byte.semicolon:
                    if InlineEnd.separatorEndsValue(cursor) { break scan }
                case _ where Byte.isBlank(byte):
                    var ahead = cursor
                    ahead.skipBlanks()
                    if InlineEnd.isKey(ahead) { break scan }
                case _: break
                }
            }
            cursor.advance()
        }
        let text = Trimmed.blanks(cursor.text(from: start))
        if !isInline {
            noteBrace(text)
            noteComment(key)
            cursor.skipLine()
        }
        return isInline ? text : withoutCommasBeforeBraces(text)
    }

    private mutating func word(isInline: Bool) -> String {
        let start = cursor.index
        while !cursor.isAtLineEnd, let byte = cursor.byte, !Byte.isBlank(byte) {
            if isInline {
                if byte == Byte.closeBrace { break }
                let parts = byte == Byte.comma || byte == Byte.semicolon
                if parts, InlineEnd.separatorEndsValue(cursor) { break }
            }
            cursor.advance()
        }
        let text = cursor.text(from: start)
        if !isInline { cursor.skipLine() }
        return text
    }

    private mutating func noteBrace(_ text: String) {
        guard text.hasSuffix("}"), !text.contains("{") else { return }
        suspiciousBrace = suspiciousBrace ?? cursor.line
    }

    /// A `#` within a word cuts the value (MG-11), which surprises.
    private mutating func noteComment(_ key: String) {
        guard cursor.byte == Byte.hash, let previous = cursor.previous, !Byte.isBlank(previous)
        else { return }
        warn(
            cursor.line, "The value of '\(key)' ends at '#', which begins a comment",
            "put the value in double quotes if the '#' belongs to it")
    }

    /// MG-10.
    private func withoutCommasBeforeBraces(_ text: String) -> String {
        guard text.contains(",") else { return text }
        var kept: [UInt8] = []
        for byte in text.utf8 {
            if byte == Byte.closeBrace || byte == Byte.closeBracket,
                let last = kept.lastIndex(where: { !Byte.isBlank($0) }), kept[last] == Byte.comma
            {
                kept.removeSubrange(last...)
            }
            kept.append(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }

    private func checked(_ text: String, _ key: String, _ line: Int) throws(Problem) -> String {
        var isEscaped = false
        for byte in text.utf8 {
            guard byte != Byte.quote || isEscaped else {
                throw Problem(
                    line: line, "A '\"' within the value of '\(key)'",
                    remedy: "write the value without quotes, or put all of it in quotes")
            }
            isEscaped = byte == Byte.backslash && !isEscaped
        }
        return try Escapes.decoded(text, line: line)
    }
}
