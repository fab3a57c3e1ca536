internal import Glibc

/// The system's log.
public enum SystemLog {
    /// How much a line matters to the system.
    public enum Priority: Sendable { case debug, info, notice, warning, error, critical }

    /// Writes a line of a daemon's. Wraps `vsyslog`.
    public static func write(_ line: String, _ priority: Priority) {
        let code =
            switch priority {
            case .debug: LOG_DEBUG
            case .info: LOG_INFO
            case .notice: LOG_NOTICE
            case .warning: LOG_WARNING
            case .error: LOG_ERR
            case .critical: LOG_CRIT
            }
        line.withCString { text in
            withVaList([text]) { vsyslog(LOG_DAEMON | code, "%s", $0) }
        }
    }
}
