internal import Glibc

/// A line that was logged (MG-126).
public struct LogEntry: Sendable {
    public let module: LogModule
    public let level: LogLevel
    public internal(set) var text: String
    public let file: String
    public let line: Int
    public let seconds: Int
    let microseconds: Int

    func isBefore(_ other: LogEntry) -> Bool {
        (seconds, microseconds) < (other.seconds, other.microseconds)
    }

    /// The line as it is written (MG-206).
    func rendered(_ style: LogStyle) -> String {
        var line = style.includesTimestamp ? timestamp(style) + " " : ""
        line += "\(module.name) (\(level.name)) \(text)"
        if style.includesSource { line += " (\(file):\(self.line))" }
        return line
    }

    private func timestamp(_ style: LogStyle) -> String {
        var time = time_t(seconds)
        var parts = tm()
        if style.isUTC { gmtime_r(&time, &parts) } else { localtime_r(&time, &parts) }
        guard let format = style.timestampFormat else {
            return Self.expand("%Y-%m-%d %H:%M:%S", &parts) + "." + padded(microseconds, to: 6)
                + Self.expand(" %z", &parts)
        }
        return withMicroseconds(Self.expand(format, &parts))
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

    private static func expand(_ format: String, _ parts: inout tm) -> String {
        var room = [CChar](repeating: 0, count: 100)
        let count = strftime(&room, room.count, format, &parts)
        return String(decoding: room.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// How lines of one module look and where they go.
struct LogStyle {
    var includesTimestamp = true
    var includesSource = false
    var isUTC = false
    var timestampFormat: String?
    var file = LogFile.standardError
}
