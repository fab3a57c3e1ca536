/// The commands that print what goes with the program.
enum ShellCommands {
    static let all = [
        Command(
            "help", operands: "[COMMAND]", summary: "Show the options of a command", groups: []
        ) { invocation in
            try invocation.arguments.check(operands: 1)
            return Martlet.help(on: invocation.operands.first)
        },
        Command(
            "completion", operands: "bash|zsh",
            summary: "Print a script that completes commands and options in a shell", groups: []
        ) { invocation in
            let shell = try word(invocation, Completion.Shell.self, "which shell?")
            Terminal.write(Completion.script(shell))
            return .done
        },
        Command(
            "manual", operands: "martlet|martletd", summary: "Print a manual page's source",
            groups: []
        ) { invocation in
            let program = try word(invocation, ManualPage.Program.self, "of which program?")
            Terminal.write(ManualPage.text(program))
            return .done
        },
    ]

    /// The only operand, one of a few.
    private static func word<Word: CaseIterable & RawRepresentable<String>>(
        _ invocation: Invocation, _ words: Word.Type, _ question: String
    ) throws(UsageError) -> Word {
        try invocation.arguments.check(operands: 1)
        guard let word = invocation.operands.first.flatMap(Word.init(rawValue:)) else {
            let known = words.allCases.map(\.rawValue).joined(separator: " or ")
            throw UsageError("\(question) Give \(known)")
        }
        return word
    }
}
