package import Addressing
package import Forwarding

/// Addresses that stay for as long as the configuration has something at them (RS-240).
extension AddressTable {
    /// Makes an address stay. One that is configured as unavailable is balanced all the same.
    @discardableResult
    package mutating func hold(
        _ address: String, _ phase: Phase, into effects: inout [Effect]
    ) -> RouteID {
        let rule = rules.configuredRule(for: address)?.distribution ?? .balanced
        let route = open(
            key(of: address, phase), distribution: rule == .unavailable ? .balanced : rule,
            into: &effects)
        entries[route]?.holders += 1
        return route
    }

    /// Nothing is at the address any more of that for which it was held.
    package mutating func letGo(
        of address: String, _ phase: Phase, into effects: inout [Effect]
    ) {
        guard let route = route(of: address, phase) else { return }
        entries[route]?.holders -= 1
        closeIfUnused(route, into: &effects)
    }

    /// The address of one phase; nil if nothing is there.
    package func route(of address: String, _ phase: Phase) -> RouteID? {
        entry(forKey: key(of: address, phase))?.route
    }

    private func key(of address: String, _ phase: Phase) -> String {
        ParsedAddress(address, router: router).key(phase: phase)
    }

    // MARK: Auto links

    /// A container has answered an auto link's attach (RS-233, RS-234).
    package mutating func attach(
        _ request: LinkRequest, for link: AutoLink, into effects: inout [Effect]
    ) {
        let route = open(key(of: link.address, link.routedPhase), into: &effects)
        accept(
            request, route: route, phase: link.routedPhase, dynamicAddress: nil, to: link.address,
            into: &effects)
    }

    // MARK: Exchanges

    /// Says how the exchange of an address that is held shares its messages out, or that it has none
    /// any more. Its next hops are held, too.
    package mutating func setExchange(
        _ exchange: ExchangeDescription?, at route: RouteID, into effects: inout [Effect]
    ) {
        let wasDestination = entries[route]?.isDestination ?? false
        entries[route]?.exchange = exchange
        guard let entry = entries[route] else { return }
        for worker in entry.replicas.keys.sorted() {
            tell(worker, of: exchange, at: route, into: &effects)
        }
        switch (wasDestination, entry.isDestination) {
        case (false, true): effects.append(.announce(key: entry.key, hint: entry.hint))
        case (true, false): effects.append(.withdraw(key: entry.key))
        default: break
        }
        tellEdges(of: route, into: &effects)
    }

    /// An exchange sends to the address.
    mutating func holdAsProducer(_ place: NextHop, into effects: inout [Effect]) {
        let route = hold(place.address, place.phase, into: &effects)
        entries[route]?.inletCount += 1
        tellProducers(of: route, areThere: true, into: &effects)
    }

    /// It no longer does.
    mutating func letGoAsProducer(of place: NextHop, into effects: inout [Effect]) {
        guard let route = route(of: place.address, place.phase) else { return }
        entries[route]?.inletCount -= 1
        tellProducers(of: route, areThere: false, into: &effects)
        letGo(of: place.address, place.phase, into: &effects)
    }

    /// A next hop that is held, as workers know it.
    func hop(to place: NextHop) -> ExchangeDescription.Hop? {
        route(of: place.address, place.phase).map { route in
            ExchangeDescription.Hop(
                route: route, to: Array(place.address.utf8), phase: Int(place.phase.number))
        }
    }

    /// A worker knows the next hops before it sends there.
    mutating func tell(
        _ worker: Int, of exchange: ExchangeDescription?, at route: RouteID,
        into effects: inout [Effect]
    ) {
        for hop in exchange?.destinations ?? [] {
            openReplica(hop.route, on: worker, into: &effects)
        }
        effects.append(.tell(worker: worker, .exchangeChanged(route, exchange)))
    }
}
