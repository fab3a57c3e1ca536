/// One option of a command: what parsing, help, completion and the manual page know of it.
package struct Option: Sendable {
    /// The letter after a single dash.
    let letter: Character?
    /// The word after two dashes.
    let name: String
    /// What the help calls its argument; nil for an option that takes none.
    let argument: String?
    /// What a shell offers for the argument.
    let completion: Completion
    let help: String

    enum Completion: Sendable {
        case none
        case file
        case words([String])
    }

    init(
        _ name: String, _ letter: Character? = nil, argument: String? = nil,
        completion: Completion = .none, _ help: String
    ) {
        self.letter = letter
        self.name = name
        self.argument = argument
        self.completion = completion
        self.help = help
    }

    /// As an error names it: `-r/--router`.
    var title: String { (letter.map { "-\($0)/" } ?? "") + "--\(name)" }
}

/// Options that the help shows under one heading.
package struct OptionGroup: Sendable {
    let title: String
    /// At most one of the group may be given.
    let isExclusive: Bool
    let options: [Option]

    init(_ title: String, isExclusive: Bool = false, _ options: [Option]) {
        self.title = title
        self.isExclusive = isExclusive
        self.options = options
    }
}

/// One word after `martlet`, or one of the programs whose names the CLI answers to.
package struct Command: Sendable {
    let name: String
    /// The words after the options, as the help writes them: `[ATTRIBUTE...]`.
    let operands: String
    /// One line, without a full stop.
    let summary: String
    /// Paragraphs.
    let details: [String]
    let groups: [OptionGroup]
    /// An option that the table does not have is taken as an operand.
    let passesUnknownOptions: Bool
    let run: @Sendable (Invocation) throws -> ExitCode

    init(
        _ name: String, operands: String = "", summary: String, details: [String] = [],
        groups: [OptionGroup], passesUnknownOptions: Bool = false,
        run: @escaping @Sendable (Invocation) throws -> ExitCode
    ) {
        self.name = name
        self.operands = operands
        self.summary = summary
        self.details = details
        self.groups = groups + [.general]
        self.passesUnknownOptions = passesUnknownOptions
        self.run = run
    }

    var options: [Option] { groups.flatMap(\.options) }
}

extension Option {
    static let help = Option("help", "h", "Show this help")
    static let version = Option("version", "Show the version")
}

extension OptionGroup {
    static let general = OptionGroup("General options", [.help, .version])
}
