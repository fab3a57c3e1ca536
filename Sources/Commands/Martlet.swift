internal import Basis
internal import Client
internal import EventLoop
internal import Options

/// The program: finds the command that a command line means, runs it, and says what went wrong.
package enum Martlet {
    static let commands: [Command] = chapters.flatMap(\.commands)

    /// The commands by what they are for.
    static let chapters: [(title: String, commands: [Command])] = [
        ("Commands that show a running router", ShowCommands.all + [HealthCommand.command]),
        (
            "Commands that send and receive messages",
            [
                SendCommand.command, ReceiveCommand.command, RequestCommands.request,
                RequestCommands.respond, BenchCommand.command,
            ]
        ),
        ("Commands that read files", [PolicyCommand.explain, AuditCommand.verify]),
        ("Commands that manage entities", ManageCommands.all + [callCommand]),
        ("Commands that end a router", LeaveCommands.all),
        ("Commands for the shell", ShellCommands.all),
    ]

    /// For operations that have no command of their own.
    private static let callCommand = Command(
        "call", operands: "OPERATION [PROPERTY=VALUE...]",
        summary: "Call any other operation of a router's",
        groups: [.manage, .connection]
    ) { invocation in
        guard let operation = invocation.operands.first else {
            throw UsageError("No operation specified")
        }
        return try ManageCommands.call(invocation.entering(operation))
    }

    /// What the program does when called by one of these names.
    static let otherNames: [Command] = [ManageCommands.qdmanage, ShowCommands.qdstat]

    static var everyCommand: [Command] { commands + otherNames }

    /// Runs a whole command line, the program's own path first; gives the exit code.
    package static func run(_ commandLine: [String]) -> Int32 {
        let program = String(commandLine.first?.split(separator: "/").last ?? "martlet")
        let words = Array(commandLine.dropFirst())
        if let command = otherNames.first(where: { $0.name == program }) {
            return run(command, words, program: program).rawValue
        }
        guard let place = commandPlace(in: words) else { return runAlone(words).rawValue }
        var name = words[place]
        var rest = words
        rest.remove(at: place)
        // `policy explain` is `policy-explain`.
        if place < rest.count, commands.contains(where: { $0.name == "\(name)-\(rest[place])" }) {
            name += "-\(rest.remove(at: place))"
        }
        if let command = everyCommand.first(where: { $0.name == name }) {
            return run(command, rest, program: "martlet \(name)").rawValue
        }
        return refuse(name).rawValue
    }

    private static func refuse(_ name: String) -> ExitCode {
        let guess = Misspelling.nearest(to: name, among: commands.map(\.name))
        Terminal.say(
            "martlet: there is no command '\(name)'"
                + (guess.map { ": did you mean '\($0)'?" } ?? "; martlet --help lists them all"))
        return .usage
    }

    private static func run(
        _ command: Command, _ words: [String], program: String
    ) -> ExitCode {
        do {
            let arguments = try Arguments(words, of: command, program: program)
            if arguments.has(.showHelp) {
                Terminal.write(Help.text(program, command))
                return .done
            }
            if arguments.has(.showVersion) {
                Terminal.write(Version.line(of: program))
                return .done
            }
            return try command.run(
                Invocation(command: command, program: program, arguments: arguments))
        } catch let error as UsageError {
            Terminal.hint(Help.usage(program, command))
            if let text = error.text { Terminal.say("\(program): error: \(text)") }
            return .usage
        } catch let error as Failure {
            if otherNames.contains(where: { $0.name == command.name }) {
                tellAsBefore(error)
            } else if error.exitCode == .interrupted {
                Terminal.say("\(program): interrupted")
            } else {
                Terminal.say("\(program): \(error.advice)")
            }
            return error.exitCode
        } catch {
            Terminal.say("\(program): \(error)")
            return .failed
        }
    }

    /// The old names say errors where scripts look for them: on standard output, unless a variable
    /// says that somebody wants to find out more.
    private static func tellAsBefore(_ failure: Failure) {
        if Environment.variable("_QPID_DISPATCH_TOOLS_DEBUG_") == nil {
            Terminal.write("\(failure)\n")
        } else {
            Terminal.say(failure.description + (failure.remedy.map { ": \($0)" } ?? ""))
        }
    }

    /// `martlet help COMMAND`
    static func help(on name: String?) -> ExitCode {
        guard let word = name else { return runAlone(["--help"]) }
        guard let command = everyCommand.first(where: { $0.name == word }) else {
            return refuse(word)
        }
        Terminal.write(Help.text("martlet \(command.name)", command))
        return .done
    }

    /// Where the command's name is: scripts made for `qdmanage` may have options before it.
    private static func commandPlace(in words: [String]) -> Int? {
        let options = OptionGroup.manage.options + OptionGroup.connection.options
        var place = 0
        while place < words.count {
            let word = words[place]
            guard word.hasPrefix("-") else { return place }
            let takesNext = options.contains { option in
                option.argument != nil && !option.isArgumentOptional
                    && (word == "--\(option.name)"
                        || option.letter.map { word == "-\($0)" } == true)
            }
            place += takesNext ? 2 : 1
        }
        return nil
    }

    /// No command: help, version, or a word about what to do.
    private static func runAlone(_ words: [String]) -> ExitCode {
        if words.contains("--version") {
            Terminal.write(Version.line(of: "martlet"))
            return .done
        }
        if words.contains("--help") || words.contains("-h") {
            Terminal.write(overview)
            return .done
        }
        Terminal.hint(overview)
        return .usage
    }

    private static var overview: String {
        var text = "Usage: martlet COMMAND [OPTION...] [ARGUMENT...]\n\n"
        text += "Sees, changes and tries out AMQP routers.\n"
        for chapter in chapters {
            text += "\n\(chapter.title):\n"
            for command in chapter.commands { text += Help.entry(command.name, command.summary) }
        }
        text +=
            "\nmartlet COMMAND --help tells more of each. Called by the name qdmanage or qdstat,\n"
        text += "the program behaves as that one.\n"
        return text
    }
}

extension Invocation {
    /// With the first operand as the operation.
    func entering(_ operation: String) -> Invocation {
        var invocation = self
        invocation.operation = operation
        invocation.arguments.operands.removeFirst()
        return invocation
    }
}
