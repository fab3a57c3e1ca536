internal import Basis
internal import Configuration
internal import EventLoop
internal import Options
internal import Policy

extension Option {
    static let configuration = Option(
        "c", "config", argument: "PATH",
        help: "The router's configuration file; /etc/qpid-dispatch/qdrouterd.conf if not given")
    static let visitor = Option(
        "u", "user", argument: "NAME",
        help: "The user, as the router knows it; anonymous if not given")
    static let visitorHost = Option(
        nil, "host", argument: "ADDRESS",
        help: "Where the user connects from; 127.0.0.1 if not given")
    static let vhost = Option(
        nil, "vhost", argument: "NAME", help: "The host name that the user's open asks for")
    static let sending = Option(nil, "send", help: "Ask only whether the user may send")
    static let receiving = Option(nil, "receive", help: "Ask only whether the user may receive")
}

/// Says what a configuration's policies let somebody do, and by which line of which file.
enum PolicyCommand {
    static let explain = Command(
        "policy-explain", operands: "[ADDRESS...]",
        summary: "Explain what a policy lets somebody do, and by which line",
        details: [
            "Reads the router's file, not a running router: see first, then start or reload. Exits "
                + "with 1 if the open, or a link to one of the addresses, is denied. How many "
                + "connections there are is not known here: their limits are not looked at."
        ],
        groups: [
            OptionGroup("Who", [.configuration, .visitor, .visitorHost, .vhost]),
            OptionGroup("What", isExclusive: true, [.sending, .receiving]),
        ]
    ) { invocation in
        let arguments = invocation.arguments
        let path = arguments[.configuration] ?? "/etc/qpid-dispatch/qdrouterd.conf"
        let policy = try policy(of: path)
        let visitor = Visitor(
            user: arguments[.visitor] ?? "anonymous", host: arguments[.visitorHost] ?? "127.0.0.1",
            vhost: arguments[.vhost])
        let roles: [LinkWish.Role] =
            arguments.has(.sending)
            ? [.sender] : arguments.has(.receiving) ? [.receiver] : [.sender, .receiver]
        let wishes = invocation.operands.flatMap { address in
            roles.map { LinkWish($0, address: address) }
        }
        let explanation = policy.explanation(of: visitor, links: wishes)
        for line in explanation.lines {
            let place = line.place.map { "\($0.text(main: path)): " } ?? ""
            Terminal.write(
                "\(line.isAllowed ? "allowed" : "denied ")  \(line.what.harmless)  "
                    + "\(place)\(line.rule.harmless)\n")
        }
        return explanation.isAllowed ? .done : .failed
    }

    private static func policy(of path: String) throws -> Policy {
        let text: String
        do throws(SystemError) {
            text = try FileText.read(path)
        } catch {
            throw Failure("FileNotFoundError", "\(path): \(error.reason)")
        }
        let configuration: RouterConfiguration
        do throws(BadConfiguration) {
            configuration = try RouterConfiguration(text: text, path: path, surroundings: .files)
        } catch {
            let first = error.problems.first { $0.severity == .error }
            throw Failure(
                "ValueError", first?.text(path: path) ?? "\(path) cannot be used",
                remedy: "martletd --check \(path) tells all")
        }
        var policy = Policy(configuration.policy, vhosts: configuration.vhosts)
        for name in policy.namedHosts {
            let texts = (try? Socket.addresses(of: name)) ?? []
            policy.hostAddresses[name] = texts.compactMap { HostAddress($0) }
        }
        return policy
    }
}

extension Surroundings {
    /// The machine's files; passwords and certificates are no matter here.
    fileprivate static let files = Surroundings(
        variable: Environment.variable,
        file: { path in
            Result { () throws(SystemError) in try FileText.read(path) }
                .mapError { Unreadable(reason: $0.reason) }
        },
        directory: { path in
            Result { () throws(SystemError) in try FileText.names(in: path) }
                .mapError { Unreadable(reason: $0.reason) }
        })
}
