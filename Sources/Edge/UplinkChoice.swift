package import Basis

/// Which of an edge's open connections to interior routers is its uplink (IR-92).
///
/// The first that opened; when it is lost the cheapest of the others, of equally cheap ones the
/// oldest. One that is cheaper than that in use is preferred, but takes over only when it has been
/// open for so long that it seems to be steady, and at a moment at which the other bears nothing. It
/// has to be steady for twice as long each time that one was lost soon after it had taken over.
package struct UplinkChoice: Sendable {
    /// How long a preferred connection must have been open, at first and at the most.
    package static let leastPatience = Milliseconds.seconds(30)
    package static let mostPatience = Milliseconds.seconds(1_920)
    /// One that is lost within that time after it took over was not steady.
    package static let probation = Milliseconds.seconds(600)

    private struct Candidate: Sendable {
        let id: UplinkID
        let cost: Int
        let since: Instant
    }

    /// In the order in which they opened.
    private var open: [Candidate] = []
    private var current: Candidate?
    /// When the one in use took over from a dearer one.
    private var tookOverAt: Instant?
    private var patience = UplinkChoice.leastPatience

    package init() {}

    /// The one in use.
    package var active: UplinkID? { current?.id }

    /// The one that takes over if that in use is lost.
    package var next: UplinkID? { cheapest?.id }

    private var cheapest: Candidate? {
        // The first of equals.
        open.filter { $0.id != active }.min { $0.cost < $1.cost }
    }

    package mutating func opened(_ id: UplinkID, cost: Int, at now: Instant) {
        open.append(Candidate(id: id, cost: cost, since: now))
    }

    /// True if it was the one in use; then none is.
    package mutating func closed(_ id: UplinkID, at now: Instant) -> Bool {
        open.removeAll { $0.id == id }
        guard id == active else { return false }
        current = nil
        if let began = tookOverAt {
            let wasSteady = now >= began + Self.probation
            patience =
                wasSteady
                ? Self.leastPatience
                : Milliseconds(min(patience.count * 2, Self.mostPatience.count))
        }
        tookOverAt = nil
        return true
    }

    /// None is in use: takes the best into use; nil if none is open.
    package mutating func takeNext() -> UplinkID? {
        current = cheapest
        return active
    }

    /// When the connection that is preferred to that in use has been open for long enough; nil for
    /// none.
    package var takesOverAt: Instant? {
        guard let current, let cheapest, cheapest.cost < current.cost else { return nil }
        return cheapest.since + patience
    }

    /// The one in use was left for the preferred one.
    package mutating func takeOver(at now: Instant) -> UplinkID? {
        let left = active
        open.removeAll { $0.id == left }
        current = cheapest
        tookOverAt = now
        return active
    }
}
