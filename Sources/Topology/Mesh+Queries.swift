/// What the driver may ask between events.
extension Mesh {
    /// The trunk by which a message for `router` leaves; nil if it cannot be reached, or is this
    /// router. For control messages that are for another router (IR-56), and for `_topo/0/<id>/…`.
    package func nextHop(to router: RouterID) -> TrunkID? {
        guard let node = nodes.number(of: router) else { return nil }
        return nodes[node].path?.trunk
    }

    /// A message that came with so many routers in its trace has gone astray: it is to be released
    /// and not forwarded (IR-28).
    package func isHopLimitExceeded(traceCount: Int) -> Bool { traceCount > radius + 1 }

    /// The trunks for a flooded message: each that leads to the next hop of some router, but for
    /// those whose neighbour the message has passed (IR 3.3). In order.
    ///
    /// A received RA or MAU goes where ``Effect/relay(on:)`` says, which is never more.
    package func floodTargets(trace: [RouterID]) -> [TrunkID] {
        trunks.compactMap { trunk in
            guard let peer = trunk.peer, let node = nodes.number(of: peer), !trace.contains(peer)
            else { return nil }
            guard let path = nodes[node].path else {
                // A neighbour so new that no path was computed since; it was told the rest.
                return trunk.isInStep && nodes[node].trunk == trunk.id ? trunk.id : nil
            }
            return path.trunk == trunk.id && path.nextHop == node ? trunk.id : nil
        }
    }

    /// The trunks that get one copy each of a multicast message for these routers: where the next
    /// hops are, less the trunks whose neighbour the message has passed (IR 6). In order.
    ///
    /// With the `ingress` router known, only destinations of which it is a valid origin count, so
    /// that the message follows its ingress router's tree and no router gets it twice: beneath this
    /// router that tree is this router's own, ties included. Pass nil for
    /// a message that enters here, or to flood regardless of where it entered. With an unknown
    /// `ingress` there is no such tree and no trunk.
    package mutating func multicastTrunks(
        for destinations: [RouterID], ingress: RouterID?, trace: [RouterID]
    ) -> [TrunkID] {
        var chosen: Set<TrunkID> = []
        for destination in destinations {
            guard let node = nodes.number(of: destination), let path = nodes[node].path,
                !chosen.contains(path.trunk), !trace.contains(nodes[path.nextHop].id)
            else { continue }
            if let ingress, !originTrees.isValidOrigin(ingress, of: destination) { continue }
            chosen.insert(path.trunk)
        }
        return chosen.sorted()
    }

    /// This router and every other whose messages for `destination` pass here, in order (IR 4.2).
    /// Empty if it is not known.
    package mutating func validOrigins(of destination: RouterID) -> [RouterID] {
        originTrees.validOrigins(of: destination)
    }

    /// Whether a multicast message that passed these routers, oldest first, came along its ingress
    /// router's tree. Exactly one copy does, so a router that takes no other gets each message once
    /// even where qdrouterd neighbours send it round a cycle (IR 6).
    package mutating func isOnTree(trace: [RouterID]) -> Bool {
        originTrees.isOnTree(trace: trace)
    }

    /// The routers to which messages can be sent, in order; this one is not among them.
    package var reachableRouters: [RouterID] {
        nodes.ranked.compactMap { nodes[$0].path == nil ? nil : nodes[$0].id }
    }

    /// The routers it has a record of, this one included.
    package var routerCount: Int { nodes.count }
}
