/// A terminal's screen that one text is shown on, and then another in its place.
///
/// Uses the terminal's second screen, so that what was there before comes back.
struct Screen {
    func enter() { Terminal.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l") }

    /// The end of a text is shown, not its beginning, if there is not room for all.
    let showsEnd: Bool

    /// Shows as many lines of the text as there is room for.
    func show(_ text: String) {
        Terminal.write(Self.frame(text, rows: Terminal.size.rows, showsEnd: showsEnd))
    }

    /// Gives the first screen back, with the text on it.
    func leave(showing text: String) {
        Terminal.write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l" + text)
    }

    /// From the top left corner, each line's rest and all below erased.
    static func frame(_ text: String, rows: Int, showsEnd: Bool = false) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        let room = max(1, rows)
        let shown = (showsEnd ? lines.suffix(room) : lines.prefix(room))
            .joined(separator: "\u{1B}[K\n")
        return "\u{1B}[H" + shown + "\u{1B}[K\u{1B}[J"
    }
}
