internal import EventLoop

/// Where lines go.
enum LogFile: Hashable {
    case stream(Descriptor)
    case file(Descriptor)
    case systemLog

    static let standardError = LogFile.stream(.standardError)

    /// Opens `output`: `stderr`, `stdout`, `syslog`, or a path to append to (MG-203).
    init(output: String) throws(SystemError) {
        switch output {
        case "stderr": self = .standardError
        case "stdout": self = .stream(.standardOutput)
        case "syslog": self = .systemLog
        default: self = .file(try Descriptor.open(output, for: .appending))
        }
    }

    func write(_ line: String, _ level: LogLevel) throws(SystemError) {
        switch self {
        case .stream(let descriptor), .file(let descriptor): try descriptor.writeLine(line)
        case .systemLog: SystemLog.write(line, level.priority)
        }
    }

    /// Ends its use; the process's own streams stay.
    func close() {
        if case .file(let descriptor) = self { descriptor.close() }
    }

    /// Puts the file that has the path now in the place of the one that is open.
    func reopen(_ path: String) throws(SystemError) {
        guard case .file(let descriptor) = self else { return }
        descriptor.take(over: try Descriptor.open(path, for: .appending))
    }
}

extension LogLevel {
    fileprivate var priority: SystemLog.Priority {
        switch self {
        case .trace, .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
