internal import EventLoop

/// What a log knows under its lock: settings, open files, and the newest lines.
struct LogState {
    private var defaults = Log.Settings(levels: Log.infoAndAbove)
    private var settings: [LogModule: Log.Settings] = [:]
    private var files: [String: LogFile] = ["stderr": .standardError]
    private var newest: [LogEntry] = []
    private var newestStart = 0
    private var repetition = LogRepetition()
    var isUTC = false
    var timestampFormat: String?

    private static let remembered = 1_000

    /// Writes the line, unless there are too many like it.
    mutating func append(_ entry: LogEntry) {
        for written in repetition.note(entry) { emit(written) }
    }

    private mutating func emit(_ entry: LogEntry) {
        let style = style(of: entry.module)
        style.file.write(entry.rendered(style), entry.level)
        guard newest.count == Self.remembered else { return newest.append(entry) }
        newest[newestStart] = entry
        newestStart = (newestStart + 1) % Self.remembered
    }

    func entries(limit: Int) -> [LogEntry] {
        let ordered = newest[newestStart...] + newest[..<newestStart]
        return Array(limit > 0 ? ordered.suffix(limit) : ordered[...])
    }

    mutating func configure(_ module: LogModule?, _ new: Log.Settings) throws(Log.CannotOpen) {
        if let output = new.output, files[output] == nil {
            do throws(SystemError) {
                files[output] = try LogFile(output: output)
            } catch {
                throw Log.CannotOpen(output: output)
            }
        }
        if let module { settings[module] = new } else { defaults = new }
        if defaults.levels == nil { defaults.levels = Log.infoAndAbove }
    }

    mutating func reopen() {
        for (path, file) in files {
            do throws(SystemError) {
                try file.reopen(path)
            } catch {
                let time = Clock.wall
                append(
                    LogEntry(
                        module: .main, level: .error,
                        text: "Cannot open log file '\(path)' anew: \(error.reason)", file: #fileID,
                        line: #line, seconds: time.seconds, microseconds: time.microseconds))
            }
        }
    }

    func levels(of module: LogModule) -> UInt8 {
        settings[module]?.levels ?? defaults.levels ?? Log.infoAndAbove
    }

    private func style(of module: LogModule) -> LogStyle {
        let own = settings[module]
        let output = own?.output ?? defaults.output ?? "stderr"
        let file = files[output] ?? .standardError
        return LogStyle(
            includesTimestamp: file != .systemLog
                && own?.includesTimestamp ?? defaults.includesTimestamp ?? true,
            includesSource: own?.includesSource ?? defaults.includesSource ?? false,
            isUTC: isUTC, timestampFormat: timestampFormat,
            file: file)
    }
}
