/// Where a value ends that shares its line with others.
enum InlineEnd {
    /// The comma or semicolon at the cursor ends the value: the next attribute follows, or a brace,
    /// or nothing.
    static func separatorEndsValue(_ cursor: Cursor) -> Bool {
        var ahead = cursor
        ahead.advance()
        ahead.skipBlanks()
        switch ahead.byte {
        case nil, Byte.newline, Byte.hash, Byte.closeBrace, Byte.closeBracket, Byte.quote:
            return true
        case _: return isKey(ahead)
        }
    }

    /// An attribute begins at the cursor. `amqp://host` and `fe80::1` are none.
    static func isKey(_ cursor: Cursor) -> Bool {
        var ahead = cursor
        let name = ahead.take { Byte.isName($0) || $0 == Byte.dollar }
        ahead.skipBlanks()
        guard !name.isEmpty, ahead.byte == Byte.colon else { return false }
        ahead.advance()
        return ahead.byte != Byte.slash && ahead.byte != Byte.colon
    }
}
