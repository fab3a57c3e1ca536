internal import AMQP
internal import Basis

/// A trunk that another one takes the place of: it stays until that one is in use and what was under
/// way over this one is settled.
///
/// Pure: it is told what a look at the trunk has found, and says whether that may be closed.
struct RetiringTrunk {
    /// What is found of it.
    struct Look {
        /// Another one leads to the neighbour.
        let isReplaced: Bool
        /// Links with deliveries that are not settled, or which go on to a container.
        let linksUnderWay: Int
        /// All that have passed since it was opened.
        let deliveries: UInt64
    }

    static let betweenLooks = Milliseconds(250)
    /// The neighbour has its own time to take the other one: two HELLOs of its.
    private static let quietLooks = 8

    /// Why it goes.
    let reason: String
    /// When it is closed, whatever is under way then; nil for as long as it takes.
    let end: Instant?
    private var looks = 0
    private var deliveries: UInt64 = 0

    init(reason: String, end: Instant? = nil) {
        self.reason = reason
        self.end = end
    }

    /// Its end, if there is one now, does not depend on what was seen before.
    func ending(at end: Instant, reason: String) -> RetiringTrunk {
        var other = RetiringTrunk(reason: reason, end: min(end, self.end ?? end))
        other.looks = looks
        other.deliveries = deliveries
        return other
    }

    /// Takes a look in: the trunk may be closed now.
    mutating func isDone(_ look: Look, at now: Instant) -> Bool {
        let isQuiet = look.linksUnderWay == 0 && look.deliveries == deliveries
        looks = look.isReplaced && isQuiet ? looks + 1 : 0
        deliveries = look.deliveries
        return looks >= Self.quietLooks || end.map { $0 <= now } ?? false
    }
}
