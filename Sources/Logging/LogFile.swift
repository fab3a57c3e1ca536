internal import Glibc

/// Where lines go.
enum LogFile: Hashable {
    case standardError, standardOutput, systemLog
    case file(descriptor: Int32)

    /// Opens `output`: `stderr`, `stdout`, `syslog`, or a path to append to (MG-203). Nil if the
    /// file cannot be opened.
    init?(output: String) {
        switch output {
        case "stderr": self = .standardError
        case "stdout": self = .standardOutput
        case "syslog": self = .systemLog
        default:
            let descriptor = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { return nil }
            self = .file(descriptor: descriptor)
        }
    }

    func write(_ line: String, _ level: LogLevel) {
        switch self {
        case .standardError: Self.write(line, to: 2)
        case .standardOutput: Self.write(line, to: 1)
        case .systemLog:
            line.withCString { text in
                withVaList([text]) { vsyslog(LOG_DAEMON | Self.priority(of: level), "%s", $0) }
            }
        case .file(let descriptor): Self.write(line, to: descriptor)
        }
    }

    /// Puts the file that has the path now in the place of the one that is open.
    func reopen(_ path: String) {
        guard case .file(let descriptor) = self,
            case .file(let new)? = LogFile(output: path)
        else { return }
        dup2(new, descriptor)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        close(new)
    }

    private static func priority(of level: LogLevel) -> Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }

    private static func write(_ line: String, to descriptor: Int32) {
        var text = line + "\n"
        text.withUTF8 { bytes in
            _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
    }
}
