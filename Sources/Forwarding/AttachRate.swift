internal import Basis

/// How often a peer may attach and detach: so many times a second, and as many at once. One that does it
/// more often is not refused, but heard later.
struct AttachRate {
    /// 0 for no limit.
    let perSecond: Int
    private var left: Int
    private var since: Instant
    /// In milliseconds.
    private static let rests: ClosedRange<Int> = 50...1_000

    init(perSecond: Int, at now: Instant) {
        self.perSecond = perSecond
        left = perSecond
        since = now
    }

    /// Takes note of one. The time to rest before the next, or nil.
    mutating func take(at now: Instant) -> Milliseconds? {
        guard perSecond > 0 else { return nil }
        if left <= 0 { refill(at: now) }
        left -= 1
        guard left <= 0 else { return nil }
        let (wait, isTooLong) = (1 - left).multipliedReportingOverflow(by: 1_000)
        let span = isTooLong ? Self.rests.upperBound : wait / perSecond + 1
        return Milliseconds(UInt64(min(max(span, Self.rests.lowerBound), Self.rests.upperBound)))
    }

    private mutating func refill(at now: Instant) {
        let span = min(now.since(since).count, 1_000)
        let share = Int(span) * perSecond / 1_000
        guard share > 0 else { return }
        left = min(perSecond, left + share)
        since = now
    }
}
