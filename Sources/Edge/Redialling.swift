package import Basis

/// When an edge dials its interior router again: not all edges of one in the same moment, and the
/// less often the longer it is away.
package struct Redialling: Sendable {
    /// The longest pauses: after the loss of an open connection; after a first failure; of all.
    package static let afterLoss = Milliseconds.seconds(2)
    package static let afterFailure = Milliseconds.seconds(5)
    package static let most = Milliseconds.seconds(40)
    /// After each try while there is another place to dial.
    package static let amongPlaces = Milliseconds.seconds(1)

    /// Of half a pause, how much sooner than the last of all edges this one is: 0 to 1.
    private let haste: Double
    private var failures: UInt64 = 0

    /// `haste` is drawn once for each edge.
    package init(haste: Double) { self.haste = min(max(haste, 0), 1) }

    /// A connection is open.
    package mutating func opened() { failures = 0 }

    /// An open connection was lost: how long to wait.
    package mutating func lost(hasPlaces: Bool = false) -> Milliseconds {
        failures = 0
        return pause(hasPlaces ? Self.amongPlaces : Self.afterLoss)
    }

    /// A try has failed: how long to wait. Every pause is twice as long as the one before, but of
    /// several places each is tried twice before.
    package mutating func failed(places: Int = 1) -> Milliseconds {
        let round = failures / UInt64(places > 1 ? places * 2 : 1)
        failures += 1
        let first = places > 1 ? Self.amongPlaces : Self.afterFailure
        return pause(Milliseconds(min(first.count << min(round, 16), Self.most.count)))
    }

    private func pause(_ longest: Milliseconds) -> Milliseconds {
        Milliseconds(longest.count - UInt64(Double(longest.count) / 2 * haste))
    }
}
