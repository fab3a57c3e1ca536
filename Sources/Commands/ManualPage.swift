internal import Basis
internal import Options

/// Manual pages in roff's `man` macros, made from the same tables as the help.
enum ManualPage {
    enum Program: String, CaseIterable { case martlet, martletd }

    static func text(_ program: Program) -> String {
        switch program {
        case .martlet: martlet
        case .martletd: martletd
        }
    }

    private static func head(_ name: String, section: Int, purpose: String) -> String {
        ".TH \(name.uppercased()) \(section) \"\" \"Martlet \(RouterVersion.martlet)\" Martlet\n"
            + ".SH NAME\n\(name) \\- \(escaped(purpose))\n"
    }

    // MARK: martlet

    private static var martlet: String {
        var page = head("martlet", section: 1, purpose: "see, change and try out AMQP routers")
        page += ".SH SYNOPSIS\n.B martlet\n.I COMMAND\n.RI [ OPTION ...]\n.RI [ ARGUMENT ...]\n"
        for command in Martlet.otherNames {
            page += ".br\n.B \(command.name)\n.RI [ OPTION ...]\n\(escaped(command.operands))\n"
        }
        page += section(
            "DESCRIPTION",
            "Connects to an AMQP 1.0 router, as a rule to martletd(8), and does what the command "
                + "says. Options and arguments may be mixed; after -- all words are arguments. "
                + "Long options may be shortened. Called by the name qdstat or qdmanage, it takes "
                + "the options of that program, and prints what that program prints.")
        for chapter in Martlet.chapters { page += text(chapter.title, chapter.commands) }
        page += ".SH OPTIONS OF ALL COMMANDS THAT CONNECT\n" + list(OptionGroup.connection.options)
        page += ".SH OPTIONS OF ALL COMMANDS\n" + list(OptionGroup.general.options)
        page += exitCodes + environment + examples
        return page + ".SH SEE ALSO\n.BR martletd (8)\n"
    }

    /// The options that all of the commands have come once, after them.
    private static func text(_ title: String, _ commands: [Command]) -> String {
        let general = Set(
            (OptionGroup.connection.options + OptionGroup.general.options).map(\.name))
        let own = commands.map { $0.options.filter { !general.contains($0.name) } }
        let shared = own.dropFirst().reduce(Set(own.first?.map(\.name) ?? [])) { names, options in
            names.intersection(options.map(\.name))
        }
        var page = ".SH \(escaped(title.uppercased()))\n"
        for (command, options) in zip(commands, own) {
            page += ".SS \(command.name) \(escaped(command.operands))\n"
            page += escaped(command.summary) + ".\n"
            for paragraph in command.details { page += ".PP\n\(escaped(paragraph))\n" }
            page += list(options.filter { !shared.contains($0.name) })
        }
        guard let first = own.first, !shared.isEmpty else { return page }
        return page + ".SS Options of each of these commands\n"
            + list(first.filter { shared.contains($0.name) })
    }

    private static let exitCodes =
        ".SH EXIT STATUS\n"
        + tagged(
            [
                ("0", "All that was asked for was done."),
                ("1", "It failed: no connection, a refusal, a file that cannot be read."),
                ("2", "The command line was wrong."),
                ("3", "Messages were sent, but not all were accepted."),
                ("4", "The time was over before all that was asked for was done."),
                ("5", "A router was asked how it is, and is not well."),
                ("130", "A signal ended it."),
            ])

    private static let environment =
        ".SH ENVIRONMENT\n"
        + tagged([("NO_COLOR", "If set, tables have no colour on a terminal either.")])

    private static let examples =
        ".SH EXAMPLES\n"
        + tagged([
            ("martlet links --watch", "Show the router's links, anew every two seconds."),
            (
                "martlet send news hello -p lang=en -p year:=2026",
                "Send a message with two application properties."
            ),
            (
                "tail -f log | martlet send logs --lines -",
                "Send each line as it comes."
            ),
            (
                "martlet receive news --count 10 --duration 60 --format json",
                "Print ten messages as lines of JSON; exit with 4 if they take over a minute."
            ),
            (
                "martlet bench --rate 1000 --duration 10",
                "Measure latency at 1,000 messages a second."
            ),
            (
                "martlet create --type listener --name extra port=10000",
                "Let the router listen on one more port."
            ),
            ("source <(martlet completion bash)", "Complete commands and options in bash."),
        ])

    // MARK: martletd

    private static var martletd: String {
        var page = head("martletd", section: 8, purpose: "AMQP 1.0 message router")
        page += ".SH SYNOPSIS\n.B martletd\n.RI [ OPTION ...]\n"
        page += section(
            "DESCRIPTION",
            "Routes AMQP messages between clients, brokers and other routers, without storing "
                + "them. Its configuration file is written as that of qdrouterd(8), whose place it "
                + "takes; routers of both kinds can form one network.")
        page += ".SH OPTIONS\n" + list(DaemonOptions.all)
        page += ".SH SIGNALS\n"
        page += tagged([
            ("SIGTERM, SIGINT, SIGQUIT", "End the router."),
            ("SIGHUP", "Read the configuration file again."),
        ])
        page += ".SH EXIT STATUS\n"
        page += tagged([
            ("0", "The router has ended as it was told to."),
            ("1", "A wrong option, or a wrong configuration: standard error tells why."),
        ])
        return page + ".SH SEE ALSO\n.BR martlet (1)\n"
    }

    // MARK: roff

    private static func section(_ title: String, _ text: String) -> String {
        ".SH \(title)\n\(escaped(text))\n"
    }

    private static func list(_ options: [Option]) -> String {
        tagged(options.map { (Help.head($0).trimmed, $0.help + ".") })
    }

    private static func tagged(_ entries: [(String, String)]) -> String {
        entries.map { ".TP\n.B \(escaped($0.0))\n\(escaped($0.1))\n" }.joined()
    }

    /// No character of it means anything to roff.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "\"": escaped += "\\(dq"
            default: escaped.append(character)
            }
        }
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
