internal import Schema

/// Reads the sections of a file in JSON: `[["listener", {"port": 5672}], …]` (MG-23, MG-24).
enum JSONSections {
    static func read(_ text: String) -> ReadSections {
        var reader = ValueReader(cursor: Cursor(withoutComments(text)), isStrict: true)
        var read = ReadSections()
        do throws(Problem) {
            try readList(&reader, &read)
        } catch {
            read.problems.append(error)
        }
        return read
    }

    /// Lines that begin with `#` are none of JSON's; they are emptied, so that line numbers stay.
    private static func withoutComments(_ text: String) -> String {
        let lines = text.utf8.split(separator: Byte.newline, omittingEmptySubsequences: false)
        return lines.map { line in
            line.first { !Byte.isBlank($0) } == Byte.hash
                ? "" : String(decoding: line, as: UTF8.self)
        }.joined(separator: "\n")
    }

    private static let form = "the file is an array of pairs: [[\"NAME\", {ATTRIBUTES}], …]"

    private static func readList(
        _ reader: inout ValueReader, _ read: inout ReadSections
    ) throws(Problem) {
        try expect(Byte.openBracket, &reader)
        while true {
            if read.sections.isEmpty { reader.cursor.skipSpace() } else { try reader.separate() }
            if reader.cursor.byte == Byte.closeBracket { break }
            read.sections.append(try section(&reader))
        }
        reader.cursor.advance()
        reader.cursor.skipSpace()
        guard reader.cursor.isAtEnd else {
            throw Problem(line: reader.cursor.line, "Extra data", remedy: form)
        }
    }

    private static func section(_ reader: inout ValueReader) throws(Problem) -> Section {
        try expect(Byte.openBracket, &reader)
        let line = reader.cursor.line
        reader.cursor.skipSpace()
        guard reader.cursor.byte == Byte.quote else {
            throw Problem(line: reader.cursor.line, "Expecting a section's name", remedy: form)
        }
        var section = Section(name: try reader.quoted(), line: line)
        try expect(Byte.comma, &reader)
        reader.cursor.skipSpace()
        guard reader.cursor.byte == Byte.openBrace else {
            throw Problem(line: reader.cursor.line, "Expecting '{'", remedy: form)
        }
        reader.forgetLines()
        section.attributes = try reader.members().map { member in
            var attribute = Section.Attribute(
                key: member.key, line: member.line, value: member.value)
            for (path, line) in reader.lines where path.count > 1 && path[0] == member.key {
                attribute.innerLines[Array(path.dropFirst())] = line
            }
            return attribute
        }
        try expect(Byte.closeBracket, &reader)
        return section
    }

    private static func expect(_ byte: UInt8, _ reader: inout ValueReader) throws(Problem) {
        reader.cursor.skipSpace()
        guard reader.cursor.byte == byte else {
            throw Problem(
                line: reader.cursor.line,
                "Expecting '\(Character(UnicodeScalar(byte)))'", remedy: form)
        }
        reader.cursor.advance()
    }
}
