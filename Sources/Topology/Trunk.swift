internal import Basis

/// One inter-router connection whose control link is up.
struct Trunk: Sendable {
    let id: TrunkID
    let cost: Int
    /// The other end is a Martlet.
    let takesRecords: Bool
    /// Which one of all trunks ever opened it is: later ones supersede earlier ones.
    let ordinal: Int

    /// When it was opened, or a HELLO last said that the other end hears this router; or that it is
    /// this router.
    var wholeAt: Instant
    /// Its connection was cut.
    var isCut = false

    /// Whose HELLO came last, in which of its lives, and when.
    var peer: RouterID?
    var peerInstance: Instance = 0
    var heardAt = Instant(nanoseconds: 0)
    /// When the peer last said that it hears this router.
    var refreshedAt: Instant?
    var isOwnLogged = false
    /// One end has told the other what it knows: whatever is news from now on goes there too.
    var isInStep = false
    var disagreement: Disagreement?

    func isHeard(at now: Instant, maxAge: Milliseconds) -> Bool {
        peer != nil && now <= heardAt + maxAge
    }

    func isFresh(at now: Instant, maxAge: Milliseconds) -> Bool {
        guard let refreshedAt else { return false }
        return now <= refreshedAt + maxAge
    }
}
