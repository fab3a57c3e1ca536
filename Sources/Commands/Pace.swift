internal import Basis

/// When the next of so many things a second is due.
struct Pace {
    private let start: Instant
    /// Per second; nil for as fast as can be.
    private let rate: Double?
    private var count = 0.0

    init(rate: Double?, from start: Instant) {
        self.rate = rate
        self.start = start
    }

    /// When the next is due; one that is late is due at once.
    var due: Instant {
        guard let rate, rate > 0 else { return start }
        return Instant(nanoseconds: start.nanoseconds + UInt64(count / rate * 1_000_000_000))
    }

    mutating func took() { count += 1 }
}

/// How far a long work has come, told a person on a terminal's last line.
struct Progress {
    private let isShown: Bool
    private let start: Instant
    private var next: Instant
    private var before: (count: Int, at: Instant)
    private static let interval: Milliseconds = 200

    init(isQuiet: Bool, from start: Instant) {
        isShown = !isQuiet && Terminal.isError
        self.start = start
        next = start + 500
        before = (0, start)
    }

    /// When it wants to be told again; nil for never.
    var due: Instant? { isShown ? next : nil }

    /// `total` is what there is to do, if known.
    mutating func tell(_ verb: String, _ count: Int, of total: Int?, at now: Instant) {
        guard isShown, next <= now else { return }
        let span = max(1, now.since(before.at).count)
        let rate = Double(count - before.count) * 1_000 / Double(span)
        var line = "\(verb) \(Cell.commas(String(count)))"
        if let total, total > 0 {
            line += " of \(Cell.commas(String(total))) (\(count * 100 / total)%)"
        }
        line += ", \(Cell.commas(Cell.fixed(rate, 0)))/s, \(now.since(start).count / 1_000) s"
        Terminal.hint("\r\(line)\u{1B}[K")
        before = (count, now)
        next = now + Self.interval
    }

    /// Takes the line away.
    func clear() {
        if isShown { Terminal.hint("\r\u{1B}[K") }
    }
}

/// What went by in how long, in words.
enum Rate {
    /// `1,000 messages in 0.52 s, 1,923/s`
    static func text(_ count: Int, in span: Milliseconds) -> String {
        let seconds = Double(span.count) / 1_000
        let rate = seconds > 0 ? ", \(Cell.commas(Cell.fixed(Double(count) / seconds, 0)))/s" : ""
        return "\(Cell.commas(String(count))) \(count == 1 ? "message" : "messages") in "
            + "\(Cell.fixed(seconds, 2)) s\(rate)"
    }
}
