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
        /// One that was written.
        var example: LogEntry?
    }

    private var second = 0
    private var kinds: [LogPlace: Kind] = [:]
    /// Counts of what was withheld in earlier seconds, which are to be written.
    private var summaries: [LogEntry] = []

    /// A line of this place may be written, in this second of the clock; else it is counted.
    mutating func admits(_ place: LogPlace, in second: Int) -> Bool {
        // Threads may be a little late; a clock that was set back is more than that.
        if second > self.second || second < self.second - 1 { turn(to: second) }
        // Finer levels are asked for by who wants all; graver ones are too rare.
        guard [.info, .warning, .error].contains(place.level) else { return true }
        var kind = kinds[place] ?? Kind()
        defer { kinds[place] = kind }
        guard kind.written < Self.allowance else {
            kind.withheld += 1
            return false
        }
        kind.written += 1
        return true
    }

    /// What is to be written now that an entry was admitted: counts of what was withheld before,
    /// and the entry.
    mutating func lines(with entry: LogEntry, from place: LogPlace) -> [LogEntry] {
        kinds[place]?.example = entry
        defer { summaries = [] }
        return summaries + [entry]
    }

    private mutating func turn(to newSecond: Int) {
        second = newSecond
        let withheld = kinds.values.compactMap { kind in
            kind.example.flatMap { kind.withheld > 0 ? (kind.withheld, $0) : nil }
        }
        kinds.removeAll(keepingCapacity: true)
        summaries += withheld.sorted { $0.1.isBefore($1.1) }.map { count, example in
            var entry = example
            entry.text = "\(count) more such lines in one second, such as: \(entry.text)"
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
