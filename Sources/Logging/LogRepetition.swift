/// Keeps lines that repeat from flooding the log: of those that are alike, one second may hold so
/// many; the rest is counted, in one line that comes before the next line of a later second.
///
/// Lines are alike if one place in the code writes them. What they say makes no difference: much
/// of it, strangers choose.
struct LogRepetition {
    /// Lines of one place that one second may hold.
    private static let allowance = 50

    private struct Kind {
        var written = 0
        var withheld = 0
        var last: LogEntry
    }

    private var second = 0
    private var kinds: [LogPlace: Kind] = [:]
    private var withheldKinds = 0

    /// What is to be written now that an entry has come: nothing, or counts of what was withheld
    /// before, and the entry.
    mutating func note(_ entry: LogEntry, from place: LogPlace) -> [LogEntry] {
        let summaries = entry.seconds == second ? [] : turn(to: entry.seconds)
        // Finer levels are asked for by who wants all; graver ones are too rare.
        guard [.info, .warning, .error].contains(entry.level) else { return summaries + [entry] }
        var kind = kinds[place] ?? Kind(last: entry)
        defer { kinds[place] = kind }
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
}

/// Where in the code a line is written. One place may speak for several modules and levels.
struct LogPlace: Hashable {
    let module: LogModule
    let level: LogLevel
    let file: String
    let line: Int
}
