internal import Basis
internal import EventLoop

/// A line that was logged (MG-126).
public struct LogEntry: Sendable {
    public let module: LogModule
    public let level: LogLevel
    /// As it was said: it may be a stranger's, and have control characters.
    public internal(set) var text: String
    public let file: String
    public let line: Int
    public let seconds: Int
    let microseconds: Int

    func isBefore(_ other: LogEntry) -> Bool {
        (seconds, microseconds) < (other.seconds, other.microseconds)
    }

    /// The line as it is written (MG-206). Nobody can make a line of their own by what they are
    /// called.
    func rendered(_ style: LogStyle) -> String {
        var line = style.includesTimestamp ? timestamp(style) + " " : ""
        line += "\(module.name) (\(level.name)) \(text.harmless)"
        if style.includesSource { line += " (\(file):\(self.line))" }
        return line
    }

    private func timestamp(_ style: LogStyle) -> String {
        let expand = { format in
            TimeText.format(format, seconds: seconds, isUTC: style.isUTC)
        }
        guard let format = style.timestampFormat else {
            return expand("%Y-%m-%d %H:%M:%S") + "." + padded(microseconds, to: 6) + expand(" %z")
        }
        return withMicroseconds(expand(format))
    }

    /// Replaces one `%06lu`-like escape by the microseconds (MG-207).
    private func withMicroseconds(_ text: String) -> String {
        guard let percent = text.firstIndex(of: "%") else { return text }
        let digits = text[text.index(after: percent)...].prefix { $0.isNumber }
        let rest = text[digits.endIndex...]
        guard let kind = ["lu", "u", "ld", "d"].first(where: { rest.hasPrefix($0) }) else {
            return text
        }
        let width = Int(digits) ?? 0
        return text[..<percent] + padded(microseconds, to: width) + rest.dropFirst(kind.count)
    }

    private func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension LogEntry {
    /// What the log has to say of itself.
    init(error text: String, file: String = #fileID, line: Int = #line) {
        let time = Clock.wall
        self.init(
            module: .main, level: .error, text: text, file: file, line: line,
            seconds: time.seconds, microseconds: time.microseconds)
    }
}

/// How lines of one module look.
struct LogStyle {
    var includesTimestamp = true
    var includesSource = false
    var isUTC = false
    var timestampFormat: String?
}
