internal import EventLoop
internal import Synchronization

/// The router's log: modules, levels, destinations, and the newest lines in memory.
///
/// Any thread may write, and none waits for a destination. A line that is switched off costs one
/// load and a compare.
public final class Log: Sendable {
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

    private static let textLimit = 2_048

    private let masks = MaskTable()
    private let counts = CountTable()
    private let memory = LogMemory()
    private let state: Guarded<LogState>

    public init() {
        state = Guarded(LogState(memory))
        state.withLock { refreshMasks($0) }
    }

    /// The module's lines of this level are written.
    public func isOn(_ module: LogModule, _ level: LogLevel) -> Bool {
        masks[module] & level.bit != 0
    }

    /// Writes a line if its module and level are on, and if there are not too many like it. `text`
    /// is only then built.
    public func write(
        _ module: LogModule, _ level: LogLevel, _ text: @autoclosure () -> String,
        file: String = #fileID, line: Int = #line
    ) {
        counts.raise(module, level)
        guard isOn(module, level) else { return }
        append(module, level, text, file: file, line: line)
    }

    /// Writes a line although its level may be off: somebody has asked for just this one.
    public func force(
        _ module: LogModule, _ level: LogLevel, _ text: String, file: String = #fileID,
        line: Int = #line
    ) {
        counts.raise(module, level)
        append(module, level, { text }, file: file, line: line)
    }

    private func append(
        _ module: LogModule, _ level: LogLevel, _ text: () -> String, file: String, line: Int
    ) {
        let time = Clock.wall
        let place = LogPlace(module: module, level: level, file: file, line: line)
        guard state.withLock({ $0.admits(place, in: time.seconds) }) else { return }
        let entry = LogEntry(
            module: module, level: level, text: Self.cut(text()), file: file,
            line: line, seconds: time.seconds, microseconds: time.microseconds)
        state.withLock { $0.append(entry, from: place) }
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

    /// The newest lines, oldest first, at most `limit`; all that are remembered if that is not
    /// positive (MG-126).
    public func entries(limit: Int) -> [LogEntry] { memory.entries(limit: limit) }

    /// Waits until what was written so far is at its destinations, but at most so many
    /// milliseconds for each: to be called before the process ends.
    public func flush(milliseconds: Int32 = 1_000) {
        for destination in state.withLock({ $0.all }) {
            destination.flush(milliseconds: milliseconds)
        }
    }

    /// How often a module has spoken at each level, whether or not it was written (MG-171).
    public func count(_ module: LogModule, _ level: LogLevel) -> UInt64 {
        counts.count(module, level)
    }

    // MARK: Settings

    /// Sets one module, or the default for all (`nil`). A destination is opened at once.
    public func configure(_ module: LogModule?, _ new: Settings) throws(CannotOpen) {
        try state.withLock { state throws(CannotOpen) in
            try state.configure(module, new)
            refreshMasks(state)
        }
    }

    /// Opens all files anew, which somebody may have moved away, once the lines so far are written;
    /// one that cannot be opened stays as it is, and says so.
    public func reopen() {
        for destination in state.withLock({ $0.all }) { destination.reopen() }
    }

    /// Sets the form of timestamps for all modules (MG-207).
    public func configureTimestamps(isUTC: Bool, format: String?) {
        state.withLock { state in
            state.isUTC = isUTC
            state.timestampFormat = format
        }
    }

    private func refreshMasks(_ state: borrowing LogState) {
        for module in LogModule.allCases { masks[module] = state.levels(of: module) }
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
