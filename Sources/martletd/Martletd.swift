internal import Basis
internal import Configuration
internal import EventLoop
internal import Glibc
internal import Logging
internal import Router

/// The router's program: options, configuration file, exit code (MG-226 to MG-239).
@main
struct Martletd {
    static func main() {
        guard let options = try? Invocation(CommandLine.arguments) else {
            print(Invocation.usage(program), terminator: "")
            exit(1)
        }
        guard options.unexpected.isEmpty else {
            say("Unexpected arguments: \(options.unexpected.joined(separator: " "))\n")
            print(Invocation.usage(program), terminator: "")
            exit(1)
        }
        switch options.action {
        case .showVersion: print(RouterVersion.text)
        case .showHelp: print(Invocation.usage(program), terminator: "")
        case .check:
            _ = configuration(options)
            print("\(options.file ?? "The built-in configuration"): no problem found")
        case .run: run(options)
        }
    }

    private static var program: String {
        let path = CommandLine.arguments.first ?? "martletd"
        return String(path.split(separator: "/").last ?? "martletd")
    }

    private static func run(_ options: Invocation) {
        var options = options
        var launch: Daemon.Launch?
        if options.becomesDaemon {
            do throws(SystemError) {
                if let file = options.file { options.file = try FileText.absolutePath(file) }
                launch = try Daemon.enter(pidFile: options.pidFile, user: options.user)
            } catch {
                fail("Cannot run in the background: \(error)")
            }
        }
        let configuration = configuration(options, launch)
        Descriptor.raiseLimit()
        let signals = SignalSource()
        let log = Log()
        let control = Control(configuration, log: log, signals: signals)
        do {
            try control.start(configuration)
        } catch {
            fail("\(error)", launch)
        }
        launch?.succeed()
        control.run()
    }

    /// The configuration that the options name, or the end of the process with all that is wrong.
    private static func configuration(
        _ options: Invocation, _ launch: borrowing Daemon.Launch? = nil
    ) -> RouterConfiguration {
        guard let file = options.file else { return .default }
        do throws(SystemError) {
            return RouterConfiguration.load(text: try FileText.read(file))
        } catch {
            fail("\(file): \(error.reason): Configuration file could not be opened", launch)
        }
    }

    private static func say(_ text: String) { FileText.say(text) }

    private static func fail(_ text: String, _ launch: Daemon.Launch? = nil) -> Never {
        if let launch { launch.fail(text) } else { say(text) }
        exit(1)
    }
}
