/// Keeps lines that repeat from flooding the log: of those that are alike, one second may hold so
/// many; the rest is counted, in one line that comes before the next line of a later second.
///
/// Two lines are alike if they differ in digits alone (connection numbers, ports). A bound on the
/// number of kinds keeps memory small; what is beyond it is written.
struct LogRepetition {
    /// Lines of one kind that one second may hold.
    private static let allowance = 50
    /// Kinds of lines that are told apart within a second.
    private static let kindLimit = 256

    private struct Kind {
        var written = 0
        var withheld = 0
        var last: LogEntry
    }

    private var second = 0
    private var kinds: [[UInt8]: Kind] = [:]
    private var withheldKinds = 0

    /// What is to be written now that an entry has come: nothing, or counts of what was withheld
    /// before, and the entry.
    mutating func note(_ entry: LogEntry) -> [LogEntry] {
        let summaries = entry.seconds == second ? [] : turn(to: entry.seconds)
        // Finer levels are asked for by who wants all; graver ones are too rare.
        guard [.info, .warning, .error].contains(entry.level) else { return summaries + [entry] }
        let shape = Self.shape(of: entry)
        guard var kind = kinds[shape] else {
            if kinds.count < Self.kindLimit { kinds[shape] = Kind(written: 1, last: entry) }
            return summaries + [entry]
        }
        defer { kinds[shape] = kind }
        kind.last = entry
        guard kind.written >= Self.allowance else {
            kind.written += 1
            return summaries + [entry]
        }
        if kind.withheld == 0 { withheldKinds += 1 }
        kind.withheld += 1
        return summaries
    }

    private mutating func turn(to newSecond: Int) -> [LogEntry] {
        second = newSecond
        defer {
            kinds.removeAll(keepingCapacity: true)
            withheldKinds = 0
        }
        guard withheldKinds > 0 else { return [] }
        let withheld = kinds.values.filter { $0.withheld > 0 }
        return withheld.sorted { $0.last.isBefore($1.last) }.map { kind in
            var entry = kind.last
            entry.text = "\(kind.withheld) more such lines in one second, the last: \(entry.text)"
            return entry
        }
    }

    private static func shape(of entry: LogEntry) -> [UInt8] {
        [UInt8(entry.module.rawValue)]
            + entry.text.utf8.filter { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
