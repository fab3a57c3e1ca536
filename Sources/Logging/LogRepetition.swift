/// Keeps a line that repeats from flooding the log: after a few in one second the rest of that
/// second is withheld, and counted in one line when something else is said or the second is over.
///
/// Two lines are the same if they differ in digits alone (connection numbers, ports).
struct LogRepetition {
    enum Verdict {
        case write
        case writeAfter(LogEntry)
        case withhold
    }

    /// Lines of one shape that one second may hold.
    private static let allowance = 20

    private var shape: [UInt8] = []
    private var second = 0
    private var written = 0
    private var withheld = 0

    mutating func note(_ entry: LogEntry) -> Verdict {
        guard entry.level == .info || entry.level == .warning || entry.level == .error else {
            return .write
        }
        let newShape = Self.shape(of: entry)
        if newShape == shape, entry.seconds == second {
            guard written >= Self.allowance else {
                written += 1
                return .write
            }
            withheld += 1
            return .withhold
        }
        let summary = withheld > 0 ? repeated(entry) : nil
        shape = newShape
        second = entry.seconds
        written = 1
        withheld = 0
        return summary.map { .writeAfter($0) } ?? .write
    }

    private func repeated(_ next: LogEntry) -> LogEntry {
        LogEntry(
            module: next.module, level: .info,
            text: "The last line was repeated \(withheld) times in one second", file: next.file,
            line: next.line, seconds: next.seconds, microseconds: next.microseconds)
    }

    private static func shape(of entry: LogEntry) -> [UInt8] {
        [UInt8(entry.module.rawValue)]
            + entry.text.utf8.filter { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
