internal import Glibc
internal import Synchronization

/// The router's log: modules, levels, destinations, and the newest lines in memory.
///
/// Any thread may write. A line that is switched off costs one load and a compare.
///
/// `@unchecked Sendable`: everything but the atomics is touched only under `lock`.
public final class Log: @unchecked Sendable {
    /// What one module, or the default for all, may be set to; nil leaves it to the default.
    public struct Settings: Sendable {
        /// A bit for each level that is written.
        public var levels: UInt8?
        public var includesTimestamp: Bool?
        public var includesSource: Bool?
        /// `stderr`, `stdout`, `syslog` or a path.
        public var output: String?

        public init(
            levels: UInt8? = nil, includesTimestamp: Bool? = nil, includesSource: Bool? = nil,
            output: String? = nil
        ) {
            self.levels = levels
            self.includesTimestamp = includesTimestamp
            self.includesSource = includesSource
            self.output = output
        }
    }

    /// A destination that could not be opened.
    public struct CannotOpen: Error, Sendable { public let output: String }

    /// Info and everything above.
    public static let infoAndAbove: UInt8 = 0b111_1100

    private static let remembered = 1_000
    private static let textLimit = 2_048

    private let masks = MaskTable()
    private let counts = CountTable()
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var defaults = Settings(levels: Log.infoAndAbove)
    private var settings: [LogModule: Settings] = [:]
    private var files: [String: LogFile] = ["stderr": .standardError]
    private var newest: [LogEntry] = []
    private var newestStart = 0
    private var isUTC = false
    private var timestampFormat: String?
    private var repetition = LogRepetition()

    public init() {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        refreshMasks()
    }

    /// The module's lines of this level are written.
    public func isOn(_ module: LogModule, _ level: LogLevel) -> Bool {
        masks[module] & level.bit != 0
    }

    /// Writes a line if its module and level are on. `text` is only then built.
    public func write(
        _ module: LogModule, _ level: LogLevel, _ text: @autoclosure () -> String,
        file: String = #fileID, line: Int = #line
    ) {
        counts.raise(module, level)
        guard isOn(module, level) else { return }
        append(module, level, text(), file: file, line: line)
    }

    /// Writes a line although its level may be off: somebody has asked for just this one.
    public func force(
        _ module: LogModule, _ level: LogLevel, _ text: String, file: String = #fileID,
        line: Int = #line
    ) {
        counts.raise(module, level)
        append(module, level, text, file: file, line: line)
    }

    private func append(
        _ module: LogModule, _ level: LogLevel, _ text: String, file: String, line: Int
    ) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let entry = LogEntry(
            module: module, level: level, text: Self.cut(text), file: file,
            line: line, seconds: time.tv_sec, microseconds: time.tv_nsec / 1_000)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        for written in repetition.note(entry) { emit(written) }
    }

    /// At most `textLimit` bytes (MG-208), and no part of a character.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textLimit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: textLimit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }

    private func emit(_ entry: LogEntry) {
        let style = style(of: entry.module)
        style.file.write(entry.rendered(style), entry.level)
        guard newest.count == Self.remembered else { return newest.append(entry) }
        newest[newestStart] = entry
        newestStart = (newestStart + 1) % Self.remembered
    }

    /// The newest lines, oldest first, at most `limit`; all that are remembered if that is not
    /// positive (MG-126).
    public func entries(limit: Int) -> [LogEntry] {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let ordered = newest[newestStart...] + newest[..<newestStart]
        return Array(limit > 0 ? ordered.suffix(limit) : ordered[...])
    }

    /// How often a module has spoken at each level, whether or not it was written (MG-171).
    public func count(_ module: LogModule, _ level: LogLevel) -> UInt64 {
        counts.count(module, level)
    }

    // MARK: Settings

    /// Sets one module, or the default for all (`nil`). A destination is opened at once.
    public func configure(_ module: LogModule?, _ new: Settings) throws(CannotOpen) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if let output = new.output, files[output] == nil {
            guard !output.isEmpty, let file = LogFile(output: output) else {
                throw CannotOpen(output: output)
            }
            files[output] = file
        }
        if let module { settings[module] = new } else { defaults = new }
        if defaults.levels == nil { defaults.levels = Self.infoAndAbove }
        refreshMasks()
    }

    /// Opens all files anew, which somebody may have moved away; one that cannot be opened stays
    /// as it is.
    public func reopen() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        for (path, file) in files { file.reopen(path) }
    }

    /// Sets the form of timestamps for all modules (MG-207).
    public func configureTimestamps(isUTC: Bool, format: String?) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        self.isUTC = isUTC
        timestampFormat = format
    }

    private func refreshMasks() {
        for module in LogModule.allCases {
            masks[module] = settings[module]?.levels ?? defaults.levels ?? Self.infoAndAbove
        }
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

/// A mask of levels for each module, read without the lock.
private final class MaskTable: Sendable {
    private let masks: [AtomicByte] = LogModule.allCases.map { _ in AtomicByte() }

    subscript(module: LogModule) -> UInt8 {
        get { masks[module.rawValue].value.load(ordering: .relaxed) }
        set { masks[module.rawValue].value.store(newValue, ordering: .relaxed) }
    }

    private final class AtomicByte: Sendable {
        let value = Atomic<UInt8>(0)
    }
}

/// Counts of lines by module and level.
private final class CountTable: Sendable {
    private let counts: [AtomicCount] = (0..<(LogModule.allCases.count * 8)).map { _ in
        AtomicCount()
    }

    func raise(_ module: LogModule, _ level: LogLevel) {
        counts[module.rawValue * 8 + level.rawValue].value.add(1, ordering: .relaxed)
    }

    func count(_ module: LogModule, _ level: LogLevel) -> UInt64 {
        counts[module.rawValue * 8 + level.rawValue].value.load(ordering: .relaxed)
    }

    private final class AtomicCount: Sendable {
        let value = Atomic<UInt64>(0)
    }
}
