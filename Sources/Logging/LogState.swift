internal import EventLoop

/// What a log knows under its lock: settings, open files, and the newest lines.
struct LogState {
    private var defaults = Log.Settings(levels: Log.infoAndAbove)
    private var settings: [LogModule: Log.Settings] = [:]
    private var files: [String: LogFile] = ["stderr": .standardError]
    private var newest: [LogEntry] = []
    private var newestStart = 0
    private var repetition = LogRepetition()
    private var losses: [LogFile: Loss] = [:]
    var isUTC = false
    var timestampFormat: String?

    private static let remembered = 1_000

    /// Lines that a destination has not taken since it took one, and why.
    private struct Loss {
        var count = 0
        let reason: String
    }

    /// Writes the line, unless there are too many like it.
    mutating func append(_ entry: LogEntry) {
        for written in repetition.note(entry) { emit(written) }
    }

    private mutating func emit(_ entry: LogEntry) {
        remember(entry)
        let style = style(of: entry.module)
        do throws(SystemError) {
            if let loss = losses[style.file] {
                let text = "\(loss.count) lines could not be written here: \(loss.reason)"
                try style.file.write(LogEntry(error: text).rendered(style), .error)
                losses[style.file] = nil
            }
            try style.file.write(entry.rendered(style), entry.level)
        } catch {
            noteLoss(style, error)
        }
    }

    /// A full disk ends nobody. The first line that is lost is told where it can be.
    private mutating func noteLoss(_ style: LogStyle, _ error: SystemError) {
        if losses[style.file] == nil {
            losses[style.file] = Loss(reason: error.reason)
            let path = files.first { $0.value == style.file }?.key ?? ""
            let notice = LogEntry(error: "Cannot write to log file '\(path)': \(error.reason)")
            remember(notice)
            try? LogFile.standardError.write(notice.rendered(style), .error)
        }
        losses[style.file]?.count += 1
    }

    private mutating func remember(_ entry: LogEntry) {
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
                append(
                    LogEntry(error: "Cannot open log file '\(path)' anew: \(error.reason)"))
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
