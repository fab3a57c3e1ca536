internal import EventLoop
internal import Options

/// What the command line asks for (MG-226 to MG-229).
struct Invocation {
    enum Action { case run, check, showVersion, showHelp }

    var action = Action.run
    /// The configuration file; nil for a router that works without one.
    ///
    /// Called by the old router's name, the program reads the file that the old one reads (MG-1);
    /// by its own, it leaves that to the old router, and needs none.
    var file: String? = program == "qdrouterd" ? "/etc/qpid-dispatch/qdrouterd.conf" : nil
    var becomesDaemon = false
    var pidFile: String?
    var user: String?
    var hasTestHooks = false
    /// Words that mean nothing.
    private(set) var unexpected: [String]

    static let options = DaemonOptions.all

    init(_ arguments: [String]) throws(ParsedOptions.Misuse) {
        let parsed = try ParsedOptions(arguments, Self.options)
        unexpected = parsed.words
        for (name, argument) in parsed.given {
            switch name {
            case "config": file = argument
            case "check": action = .check
            case "daemon": becomesDaemon = true
            case "pidfile": pidFile = argument
            case "user": user = argument
            case "test-hooks": hasTestHooks = true
            case "version": action = .showVersion
            case "help": action = .showHelp
            default: break
            }
        }
        if action == .check, unexpected.count == 1 { file = unexpected.removeFirst() }
    }

    /// The name that the program was called by.
    static var program: String {
        let path = Program.arguments.first ?? "martletd"
        return String(path.split(separator: "/").last ?? "martletd")
    }

    static func usage(_ program: String) -> String {
        var text = "Usage: \(program) [OPTIONS]\n\n"
        for option in options {
            let short = option.letter.map { "-\($0), " } ?? "    "
            let argument = option.argument.map { "=\($0)" } ?? ""
            let head = "  \(short)--\(option.name)\(argument)"
            text += head + String(repeating: " ", count: max(2, 29 - head.count))
            text += option.help + "\n"
        }
        return text
    }
}
