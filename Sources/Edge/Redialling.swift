package import Basis

/// When an edge dials its interior router again: not all edges of one in the same moment, and the
/// less often the longer it is away.
package struct Redialling: Sendable {
    /// The longest pauses: after the loss of an open connection; after a first failure; of all.
    package static let afterLoss = Milliseconds.seconds(2)
    package static let afterFailure = Milliseconds.seconds(5)
    package static let most = Milliseconds.seconds(40)
    /// A connection that is lost sooner is no better than a try that failed.
    package static let shortLife = Milliseconds.seconds(10)
    /// After each try while there is another place to dial.
    package static let amongPlaces = Milliseconds.seconds(1)

    /// Of half a pause, how much sooner than the last of all edges this one is: 0 to 1.
    private let haste: Double
    private var failures: UInt64 = 0
    private var shortLives: UInt64 = 0
    private var openedAt: Instant?

    /// `haste` is drawn once for each edge.
    package init(haste: Double) { self.haste = min(max(haste, 0), 1) }

    /// A connection is open.
    package mutating func opened(at now: Instant) {
        failures = 0
        openedAt = now
    }

    /// An open connection was lost: how long to wait. Twice as long after each that was lost at once:
    /// the interior router may not want this edge.
    package mutating func lost(at now: Instant, hasPlaces: Bool = false) -> Milliseconds {
        failures = 0
        let isShort = openedAt.map { now < $0 + Self.shortLife } ?? false
        shortLives = isShort ? shortLives + 1 : 0
        let first = hasPlaces ? Self.amongPlaces : Self.afterLoss
        return pause(first, doubled: shortLives > 0 ? shortLives - 1 : 0)
    }

    /// A try has failed: how long to wait. Every pause is twice as long as the one before, but of
    /// several places each is tried twice before.
    package mutating func failed(places: Int = 1) -> Milliseconds {
        let round = failures / UInt64(places > 1 ? places * 2 : 1)
        failures += 1
        let first = places > 1 ? Self.amongPlaces : Self.afterFailure
        return pause(first, doubled: round)
    }

    private func pause(_ first: Milliseconds, doubled times: UInt64) -> Milliseconds {
        let longest = min(first.count << min(times, 16), Self.most.count)
        return Milliseconds(longest - UInt64(Double(longest) / 2 * haste))
    }
}
