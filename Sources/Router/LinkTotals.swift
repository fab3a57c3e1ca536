internal import Forwarding
internal import Management

/// What all links have together, so that nobody who wants to know need look at each: which are there,
/// at any time; the rest as the last sweep saw it.
struct LinkTotals: Sendable {
    struct Direction: Sendable {
        var present = 0
        var withoutCredit = 0
    }

    private(set) var incoming = Direction()
    private(set) var outgoing = Direction()
    /// Deliveries that wait to be sent.
    private(set) var waiting: UInt64 = 0
    /// Deliveries that were sent and not settled yet.
    private(set) var unsettled: UInt64 = 0
    /// Deliveries that do not move.
    private(set) var stuck: UInt64 = 0
    /// Links that have had no credit for too long.
    private(set) var blocked = 0

    mutating func came(_ watch: LinkWatch) { count(watch, 1) }

    /// What a sweep found of it counts no longer.
    mutating func left(_ watch: LinkWatch) {
        count(watch, -1)
        stuck -= min(stuck, watch.history.stuck)
        if watch.history.isBlocked, blocked > 0 { blocked -= 1 }
        guard incoming.present + outgoing.present == 0 else { return }
        self = LinkTotals()
    }

    private mutating func count(_ watch: LinkWatch, _ change: Int) {
        if watch.isIncoming { incoming.present += change } else { outgoing.present += change }
    }

    /// A sweep begins.
    mutating func clear() {
        (incoming.withoutCredit, outgoing.withoutCredit) = (0, 0)
        (waiting, unsettled, stuck, blocked) = (0, 0, 0, 0)
    }

    /// A sweep has looked at a link.
    mutating func add(_ watch: LinkWatch, hasCredit: Bool) {
        stuck &+= watch.history.stuck
        if watch.history.isBlocked { blocked += 1 }
        guard !watch.isIncoming else {
            if !hasCredit { incoming.withoutCredit += 1 }
            return
        }
        if !hasCredit { outgoing.withoutCredit += 1 }
        waiting &+= watch.counters.undelivered.count
        unsettled &+= watch.counters.unsettled.count
    }
}
