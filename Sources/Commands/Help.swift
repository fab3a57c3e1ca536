internal import Options

/// A command's usage and help, from its table.
enum Help {
    static func usage(_ program: String, _ command: Command) -> String {
        let operands = command.operands.isEmpty ? "" : " \(command.operands)"
        return "Usage: \(program) [OPTION...]\(operands)\n"
    }

    static func text(_ program: String, _ command: Command) -> String {
        var text = usage(program, command) + "\n\(command.summary).\n"
        for paragraph in command.details { text += "\n" + wrapped(paragraph, indent: 0) }
        for group in command.groups {
            text += "\n\(group.title)\(group.isExclusive ? ", at most one" : ""):\n"
            for option in group.options { text += entry(head(option), option.help) }
        }
        return text
    }

    /// `-r, --router ROUTER-ID`
    static func head(_ option: Option) -> String {
        let letter = option.letter.map { "-\($0), " } ?? "    "
        let argument =
            option.argument.map { option.isArgumentOptional ? "[=\($0)]" : " \($0)" } ?? ""
        return "\(letter)--\(option.name)\(argument)"
    }

    private static let helpColumn = 30
    private static let width = 80

    /// A head, and beside it or below it what it means.
    static func entry(_ head: String, _ help: String) -> String {
        let lines = wrapped(help, indent: helpColumn)
        let start = "  " + head
        guard start.count + 2 <= helpColumn else { return start + "\n" + lines }
        return start.padded(to: helpColumn) + lines.dropFirst(helpColumn)
    }

    /// Broken between words, each line indented.
    static func wrapped(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines = ""
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines += margin + line + "\n"
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return lines + margin + line + "\n"
    }
}

extension String {
    /// With blanks at the end, to that many characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
