package import Addressing

/// An exchange as workers know it (RS-280): made anew with each change of it.
public final class ExchangeDescription: Sendable {
    /// Where copies go: an address in one of its phases.
    package struct Hop: Hashable, Sendable {
        package let route: RouteID
        /// The text of `x-opt-qd.to` that its copies bear.
        package let to: [UInt8]
        package let phase: Int

        package init(route: RouteID, to: [UInt8], phase: Int) {
            self.route = route
            self.to = to
            self.phase = phase
        }
    }

    /// One binding's next hop, by its place among `hops`, and its count of matches.
    package struct Binding: Sendable {
        package let hop: Int
        package let matched: Gauge

        package init(hop: Int, matched: Gauge) {
            self.hop = hop
            self.matched = matched
        }
    }

    /// Of the exchange's own address.
    package let own: Hop
    package let hops: [Hop]
    /// Who gets what nobody else got.
    package let alternate: Hop?
    package let bindings: [Binding]
    /// Which bindings a subject matches, by their places.
    package let keys: SubjectTree
    package let counters: ExchangeCounters

    package init(
        own: Hop, hops: [Hop], alternate: Hop?, bindings: [Binding], keys: SubjectTree,
        counters: ExchangeCounters
    ) {
        self.own = own
        self.hops = hops
        self.alternate = alternate
        self.bindings = bindings
        self.keys = keys
        self.counters = counters
    }

    /// All addresses that it may send to.
    package var destinations: [Hop] { hops + (alternate.map { [$0] } ?? []) }

    /// The next hops for a subject, each once, and counts the bindings that led there (RS-482).
    func matches(_ subject: [UInt8]?) -> [Hop] {
        var found: [Int] = []
        for place in keys.values(for: subject) {
            bindings[place].matched.value.add(1)
            if !found.contains(bindings[place].hop) { found.append(bindings[place].hop) }
        }
        return found.map { hops[$0] }
    }
}

/// What an exchange has done (MG-176). Several workers write.
public final class ExchangeCounters: Sendable {
    package let received = Counter()
    package let forwarded = Counter()
    package let diverted = Counter()
    package let dropped = Counter()

    package init() {}
}
