/// Something in a configuration that is wrong, or that its author should know.
package struct Problem: Error, Hashable, Sendable {
    package enum Severity: String, Sendable {
        /// The configuration cannot be used.
        case error
        /// It can, but not all of it takes effect as it reads.
        case warning
    }

    /// Who speaks: the module of a warning's line in the log, and the kind that an error's line
    /// begins with (MG-64).
    package enum Origin: Sendable {
        case file, creation, identity, setUp, router, routes, connections, policy
        /// A directory or a file that the configuration names.
        case directory

        /// The name of a log module.
        package var module: String {
            switch self {
            case .file, .creation, .identity, .setUp, .directory: "AGENT"
            case .router: "ROUTER"
            case .routes: "ROUTER_CORE"
            case .connections: "CONN_MGR"
            case .policy: "POLICY"
            }
        }

        /// What stands before the reason of an error found in the file at `path`.
        func kind(path: String) -> String {
            switch self {
            case .file, .router, .routes, .connections:
                "Exception: Cannot load configuration file \(path)"
            case .creation: "ValidationError"
            case .identity: "AttributeError"
            case .setUp: "CError"
            case .policy: "PolicyError"
            case .directory: "FileNotFoundError"
            }
        }
    }

    package let severity: Severity
    package let origin: Origin
    /// Where it is, if not in the configuration file itself.
    package var file: String?
    /// Counted from 1; nil if it is about the file as a whole.
    package let line: Int?
    /// What is wrong, in the words that scripts look for (MG-25 to MG-57).
    package let reason: String
    /// What is allowed, or what to do.
    package let remedy: String?

    package init(
        _ severity: Severity = .error, from origin: Origin = .file, line: Int?, _ reason: String,
        remedy: String? = nil
    ) {
        self.origin = origin
        self.severity = severity
        self.line = line
        self.reason = reason
        self.remedy = remedy
    }

    /// The same problem, in a file that the configuration refers to.
    func found(in file: String?) -> Problem {
        var found = self
        found.file = file
        return found
    }

    /// For the log: the reason, where it is, and the remedy.
    package var explanation: String {
        let place = line.map { " (line \($0)\(file.map { " of " + $0 } ?? ""))" } ?? ""
        return reason + place + (remedy.map { ": " + $0 } ?? "")
    }

    /// For the log, if it stops the start of the router (MG-64).
    package func failure(path: String) -> String {
        "Python: \(origin.kind(path: path)): \(explanation)"
    }

    /// One line as compilers write them: `PATH:LINE: error: REASON: REMEDY`.
    package func text(path: String) -> String {
        let path = file ?? path
        let place = line.map { "\(path):\($0)" } ?? path
        return "\(place): \(severity.rawValue): \(reason)" + (remedy.map { ": " + $0 } ?? "")
    }
}
