internal import Options

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

/// One word after `martlet`, or one of the other names that the program answers to.
///
/// Its table is the single source for parsing, help, completion and the manual page.
package struct Command: Sendable {
    let name: String
    /// The words after the options, as the help writes them: `[ATTRIBUTE...]`.
    let operands: String
    /// One line, without a full stop.
    let summary: String
    /// Paragraphs.
    let details: [String]
    let groups: [OptionGroup]
    let run: @Sendable (Invocation) throws -> ExitCode

    init(
        _ name: String, operands: String = "", summary: String, details: [String] = [],
        groups: [OptionGroup], run: @escaping @Sendable (Invocation) throws -> ExitCode
    ) {
        self.name = name
        self.operands = operands
        self.summary = summary
        self.details = details
        self.groups = groups + [.general]
        self.run = run
    }

    var options: [Option] { groups.flatMap(\.options) }

    /// The words that an operand must be one of: `bash|zsh`; empty if it may be any.
    var offeredOperands: [String] {
        if name == "qdmanage" { return ManageCommands.all.map(\.name) }
        if name == "help" { return Martlet.everyCommand.map(\.name) }
        let words = operands.split { "[|]".contains($0) }.map(String.init)
        return words.count > 1 ? words : []
    }
}

/// A command as it was called.
package struct Invocation: Sendable {
    let command: Command
    /// What errors and usage begin with: `martlet query`, `qdstat`.
    let program: String
    var arguments: Arguments
    /// The management operation meant, as it was spelt.
    var operation: String

    init(command: Command, program: String, arguments: Arguments) {
        self.command = command
        self.program = program
        self.arguments = arguments
        operation = command.name
    }

    var operands: [String] { arguments.operands }
}

extension Option {
    static let showHelp = Option("h", "help", help: "Show this help")
    static let showVersion = Option(nil, "version", help: "Show the version")
}

extension OptionGroup {
    static let general = OptionGroup("General options", [.showHelp, .showVersion])
}
