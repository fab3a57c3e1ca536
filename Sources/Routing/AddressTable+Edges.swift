package import AMQP
internal import Addressing
package import Forwarding
internal import Sessions

/// Edges, as an interior router sees them: connections whose links are consumers and producers of
/// this router's own (IR 8).
extension AddressTable {
    /// What an attach of an edge's, or one to a service for edges, comes to; nil for any other.
    func decideForEdge(_ request: LinkRequest) -> Decision? {
        if request.isEdge, router.mode == .interior, request.direction == .outgoing,
            request.local.capabilities == .symbol("qd.router-edge-downlink"),
            let edge = request.local.address
        {
            return .bind(key: "H" + edge, phase: .first, dynamicAddress: nil, to: nil)
        }
        guard let service = EdgeService(request), service.isOffered(by: router.mode) else {
            return nil
        }
        guard service.takes(request) else { return .refuse(nil) }
        guard service != .tracking else { return .unbound }
        return .bind(key: service.key, phase: .first, dynamicAddress: nil, to: nil)
    }

    /// Says which edges with producers of the address have consumers beyond them now, or no longer:
    /// others' than their own (IR 8.4). `cause` is the edge whose link has come or gone.
    mutating func tellEdges(
        of route: RouteID, cause: ConnectionID? = nil, into effects: inout [Effect]
    ) {
        tellEdges(ofOnly: route, cause, into: &effects)
        // The consumers of its fallback are consumers of an address.
        guard let twin = entries[route]?.twin, let primary = entries[twin],
            fallback(of: primary) == route
        else { return }
        tellEdges(ofOnly: twin, cause, into: &effects)
    }

    private mutating func tellEdges(
        ofOnly route: RouteID, _ cause: ConnectionID?, into effects: inout [Effect]
    ) {
        guard let news = news(of: route, cause) else { return }
        for (edge, share, isReachable) in news.ofEdges {
            if isReachable != share.isToldReachable {
                effects.append(
                    .tracked(
                        edge, key: news.key, isReachable: share.inlets == 0 ? nil : isReachable))
                entries[route]?.edges[edge]?.isToldReachable = isReachable
            }
            if share.isNone {
                entries[route]?.edges[edge] = nil
                holdings.countAddress(edge, by: -1)
            }
        }
        entries[route]?.isToldToAll = news.isForAll
    }

    /// What edges may have to be told of an address, in the order of their numbers; nil if no edge has
    /// to do with it. Where there are consumers for every edge, and were before, only the cause of the
    /// change is concerned, however many edges share the address.
    private func news(
        of route: RouteID, _ cause: ConnectionID?
    ) -> (key: String, isForAll: Bool, ofEdges: [(ConnectionID, EdgeShare, Bool)])? {
        guard let entry = entries[route], !entry.edges.isEmpty else { return nil }
        let fallback = fallback(of: entry).flatMap { entries[$0] }
        let isForAll = entry.hasConsumersForAll || fallback?.hasConsumersForAll == true
        func news(_ edge: ConnectionID, _ share: EdgeShare) -> (ConnectionID, EdgeShare, Bool) {
            let isReachable =
                share.inlets > 0
                && (entry.hasConsumers(besides: edge)
                    || fallback?.hasConsumers(besides: edge) == true)
            return (edge, share, isReachable)
        }
        guard isForAll, entry.isToldToAll else {
            let all = entry.edges.sorted { $0.key < $1.key }
            return (entry.key, isForAll, all.map { news($0.key, $0.value) })
        }
        let own = cause.flatMap { edge in entry.edges[edge].map { news(edge, $0) } }
        return (entry.key, isForAll, own.map { [$0] } ?? [])
    }

    /// It is a mobile address that the edge has no link of.
    func isNew(_ key: String, toEdgeOf request: LinkRequest) -> Bool {
        request.isEdge && router.mode == .interior && key.hasPrefix("M")
            && entry(forKey: key)?.edges[request.connection] == nil
    }

    /// Why an edge may not attach a link more, of whichever kind.
    package mutating func refusalOfLink(ofEdge request: LinkRequest) -> AMQPError? {
        guard request.isEdge, router.mode == .interior else { return nil }
        return holdings.refusalOfLink(request.connection)
    }

    /// Counts a link of an edge's in, or out.
    mutating func count(
        _ request: LinkRequest, on route: RouteID, by step: Int, into effects: inout [Effect]
    ) {
        guard request.isEdge, router.mode == .interior, entries[route]?.isMobile == true else {
            return tellEdges(of: route, into: &effects)
        }
        let edge = request.connection
        if entries[route]?.edges[edge] == nil { holdings.countAddress(edge, by: 1) }
        switch request.direction {
        case .incoming:
            entries[route]?.edges[edge, default: EdgeShare()].inlets += step
        case .outgoing:
            entries[route]?.edges[edge, default: EdgeShare()].outlets += step
            let outlets = entries[route]?.edges[edge]?.outlets ?? 0
            let most = max(outlets, entries[route]?.mostOutletsOfAnEdge ?? 0)
            entries[route]?.mostOutletsOfAnEdge = most
        }
        tellEdges(of: route, cause: edge, into: &effects)
    }
}

/// What an edge has of an address.
struct EdgeShare: Sendable {
    var inlets = 0
    var outlets = 0
    /// It was told that there are consumers beyond it.
    var isToldReachable = false

    var isNone: Bool { inlets == 0 && outlets == 0 }
}

/// An edge's own table: what is not here is elsewhere (IR 8.2, 8.3).
extension AddressTable {
    /// Where messages go that are for elsewhere; nil but at an edge.
    package var elsewhere: RouteID? {
        routesByKey[Array(ParsedAddress.keyOfElsewhere.utf8)]
    }

    /// Every worker knows that route from the start.
    package mutating func openElsewhere(into effects: inout [Effect]) {
        let route = open(
            ParsedAddress.keyOfElsewhere, distribution: .closest, into: &effects)
        entries[route]?.holders += 1
        for worker in 0..<workerCount { openReplica(route, on: worker, into: &effects) }
    }

    /// The route of an address in use, for a link of the router's own on that worker.
    package mutating func route(
        _ key: String, on worker: Int, into effects: inout [Effect]
    ) -> RouteID? {
        guard let route = routesByKey[Array(key.utf8)] else { return nil }
        openReplica(route, on: worker, into: &effects)
        return route
    }

    /// The first producer has come, or the last one has gone.
    func tellProducers(
        of route: RouteID, areThere: Bool, into effects: inout [Effect]
    ) {
        guard router.mode == .edge, let entry = entries[route], entry.isMobile,
            !entry.isInProcess, producerCount(of: entry) == (areThere ? 1 : 0)
        else { return }
        effects.append(areThere ? .producersCame(key: entry.key) : .producersWent(key: entry.key))
    }

    /// Consumers of an address's fallback count as its producers: whether they get what an anonymous
    /// sender sends here depends on whether the address has consumers beyond (RS-442).
    private func producerCount(of entry: AddressEntry) -> Int {
        entry.inletCount + (fallback(of: entry).flatMap { entries[$0]?.outletCount } ?? 0)
    }

    /// A fallback has one consumer more, or one less.
    func tellProducersForFallback(
        _ entry: AddressEntry, areThere: Bool, into effects: inout [Effect]
    ) {
        guard let primary = entry.twin.flatMap({ entries[$0] }),
            fallback(of: primary) == entry.route
        else { return }
        tellProducers(of: primary.route, areThere: areThere, into: &effects)
    }
}
