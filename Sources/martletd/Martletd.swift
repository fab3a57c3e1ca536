internal import Basis
internal import Configuration
internal import EventLoop
internal import Logging
internal import Router

/// The router's program: options, configuration file, exit code (MG-226 to MG-239).
@main
struct Martletd {
    static func main() {
        guard let options = try? Invocation(Program.arguments) else {
            FileText.print(Invocation.usage(Invocation.program))
            Program.end(1)
        }
        guard options.unexpected.isEmpty else {
            FileText.say("Unexpected arguments: \(options.unexpected.joined(separator: " "))\n")
            FileText.print(Invocation.usage(Invocation.program))
            Program.end(1)
        }
        switch options.action {
        case .showVersion: FileText.print(RouterVersion.text + "\n")
        case .showHelp: FileText.print(Invocation.usage(Invocation.program))
        case .check: check(ConfigurationFile(path: options.file))
        case .run: run(options)
        }
    }

    /// Says all that is wrong, and ends with 1 if the router would not start.
    private static func check(_ file: ConfigurationFile) {
        do throws(BadConfiguration) {
            let configuration = try file.read()
            for warning in configuration.warnings { FileText.say(warning.text(path: file.name)) }
            FileText.print("\(file.name): no error found\n")
        } catch {
            for problem in error.problems { FileText.say(problem.text(path: file.name)) }
            Program.end(1)
        }
    }

    private static func run(_ options: Invocation) {
        var options = options
        var launch: Daemon.Launch?
        if options.becomesDaemon {
            do throws(SystemError) {
                if let file = options.file { options.file = try FileText.absolutePath(file) }
                launch = try Daemon.enter(pidFile: options.pidFile, user: options.user)
            } catch {
                end(with: "Cannot run in the background: \(error)")
            }
        }
        let start = Start(
            file: ConfigurationFile(path: options.file), launch: launch,
            hasTestHooks: options.hasTestHooks)
        start.run()
    }

    static func end(with text: String, _ launch: Daemon.Launch? = nil) -> Never {
        let line = "\(Invocation.program): \(text)"
        if let launch { launch.fail(line) } else { FileText.say(line) }
        Program.end(1)
    }
}

/// From the file to a running router, or to the end of the process.
private struct Start {
    let file: ConfigurationFile
    let launch: Daemon.Launch?
    let hasTestHooks: Bool
    let log = Log()

    func run() {
        let configuration: RouterConfiguration
        do throws(BadConfiguration) {
            configuration = try file.read()
        } catch {
            refuse(error)
        }
        Descriptor.raiseLimit()
        let file = file
        var reread: Control.Reread?
        if file.path != nil {
            reread = { () throws(BadConfiguration) in try file.read() }
        }
        let control = Control(
            configuration, log: log, signals: SignalSource(), reread: reread,
            supervisor: Supervisor())
        do throws(CannotStart) {
            try control.start(configuration, hasTestHooks: hasTestHooks)
        } catch {
            fail(error.description)
        }
        // Who started it may read there at once how it went.
        log.flush()
        launch?.succeed()
        control.run()
    }

    /// The words that scripts look for (MG-64).
    private func refuse(_ bad: BadConfiguration) -> Never {
        let path = file.name
        let errors = bad.problems.filter { $0.severity == .error }
        for error in errors { log.write(.error, .error, error.failure(path: path)) }
        var more = ""
        if errors.count > 1 {
            more = " (and \(errors.count - 1) more: martletd --check \(path) shows all)"
        }
        let words = errors.first?.failure(path: path) ?? ""
        let text = errors.first?.text(path: path) ?? ""
        fail(words + more, forPeople: text + more)
    }

    /// Scripts look for the words in the log; people read what is said at the end.
    private func fail(_ words: String, forPeople text: String? = nil) -> Never {
        log.write(.main, .critical, "Router start-up failed: \(words)")
        log.flush()
        Martletd.end(with: text ?? words, launch)
    }
}
