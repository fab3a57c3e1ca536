internal import Basis

/// RA, LSR, LSU, and what is known of each router (IR 3.5 to 3.7).
extension Mesh {
    /// The number of a router that sent something or was named by someone; nil at the limit.
    mutating func node(
        _ id: RouterID, _ instance: Instance, at now: Instant, _ effects: inout [Effect]
    ) -> Int? {
        if let number = nodes.number(of: id) { return number }
        guard nodes.count < limits.routers else {
            noteFull(id, &effects)
            return nil
        }
        return nodes.insert(newNode(id, instance, at: now))
    }

    mutating func heardAnnouncement(
        from id: RouterID, _ content: Relayed.Content, _ arrival: Arrival, at now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let node = node(id, content.instance, at: now, &effects),
            noteInstance(content.instance, of: node, at: now, &effects)
        else { return }
        nodes[node].lastSeen = now
        let isRelayed = nodes[node].relayedAnnouncement.admits(
            content, hops: arrival.trace.count, at: now, window: timing.helloMaxAge)
        if isRelayed { relay(arrival, &effects) }
        noteRegression(content, of: node, at: now, &effects)
        if content.linkStateSequence > nodes[node].linkStateSequence {
            wantLinkState(content.linkStateSequence, of: node, at: now)
        }
        if content.mobileSequence > nodes[node].mobileSequence {
            wantAddresses(content.mobileSequence, of: node, at: now)
        } else if content.mobileSequence == 0 {
            nodes[node].addressRequest = nil  // asked on the chance that there were some
        }
        sendRequests(to: node, at: now, &effects)
    }

    mutating func heardLinkStateRequest(
        from id: RouterID, _ arrival: Arrival, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let node = node(id, 0, at: now, &effects) else { return }
        let update = ControlMessage.lsu(id: myself, instance: instance, linkState())
        let trunk = nodes[node].path?.trunk ?? arrival.trunk
        effects.append(.send(update, to: .router(id, via: trunk)))
    }

    mutating func heardLinkState(
        _ linkState: LinkState, from id: RouterID, _ instance: Instance, at now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let node = node(id, instance, at: now, &effects) else { return }
        let known = nodes[node].instance
        guard instance == known || instance == 0 || known == 0 else { return }
        if instance != 0 { nodes[node].instance = instance }
        let isFirst = nodes[node].linkStateSequence == 0 && nodes[node].mobileSequence == 0
        guard takeLinkState(linkState, of: node, at: now, &effects) else { return }
        nodes[node].lastSeen = now
        tellNews([record(of: node, withLinkState: true, at: now)], except: nil, &effects)
        if isFirst {
            wantAddresses(1, of: node, at: now)
            sendRequests(to: node, at: now, &effects)
        }
    }

    /// Stores the link state if it is newer (IR-51); false if it is not.
    mutating func takeLinkState(
        _ linkState: LinkState, of node: Int, at now: Instant, _ effects: inout [Effect]
    ) -> Bool {
        if let request = nodes[node].linkStateRequest, linkState.sequence >= request.sequence {
            nodes[node].linkStateRequest = nil
        }
        guard linkState.sequence > nodes[node].linkStateSequence else { return false }
        nodes[node].linkStateSequence = linkState.sequence
        let peers = bounded(linkState.peers, of: node, &effects)
        learn(peers.map(\.id), at: now, &effects)
        store(edges(peers), of: node)
        return true
    }

    /// Those that are known.
    private func edges(_ peers: ArraySlice<LinkState.Peer>) -> [Node.Edge] {
        var edges: [Node.Edge] = []
        for peer in peers {
            guard let number = nodes.number(of: peer.id) else { continue }
            if edges.last.map({ Int($0.node) }) == number { continue }
            edges.append(Node.Edge(node: number, cost: peer.cost))
        }
        return edges
    }

    /// Makes room for routers that somebody names, in order of their ids.
    private mutating func learn(
        _ routers: [RouterID], at now: Instant, _ effects: inout [Effect]
    ) {
        var unknown: [Node] = []
        for router in routers where nodes.number(of: router) == nil {
            if unknown.last?.id == router { continue }
            guard nodes.count + unknown.count < limits.routers else {
                noteFull(router, &effects)
                break
            }
            unknown.append(newNode(router, 0, at: now))
        }
        nodes.insert(contentsOf: unknown)
    }

    private func newNode(_ id: RouterID, _ instance: Instance, at now: Instant) -> Node {
        var node = Node(id: id, instance: instance)
        node.linkStateRequest = Request(sequence: 1, at: now)
        return node
    }

    private mutating func noteFull(_ router: RouterID, _ effects: inout [Effect]) {
        if !suspicions.isFullLogged { effects.append(.log(.tooManyRouters(router))) }
        suspicions.isFullLogged = true
    }

    /// Replaces the link state of a node other than this router.
    private mutating func store(_ edges: [Node.Edge], of node: Int) {
        guard edges != nodes[node].edges else { return }
        for edge in edges { nodes[Int(edge.node)].namedBy += 1 }
        for edge in nodes[node].edges { nodes[Int(edge.node)].namedBy -= 1 }
        peerCount += edges.count - nodes[node].edges.count
        nodes[node].edges = edges
        pending.paths = true
    }

    /// Another instance than before is a restart; a first one is only noted (IR 3.7). False if it
    /// is one that the router had before its restart: the message is late.
    mutating func noteInstance(
        _ instance: Instance, of node: Int, at now: Instant, _ effects: inout [Effect]
    ) -> Bool {
        let known = nodes[node].instance
        guard instance != known, instance != 0 else { return true }
        guard !nodes[node].formerInstances.contains(instance, at: now) else { return false }
        if nodes[node].formerInstances.contains(instance) {
            effects.append(.log(.twinRouters(nodes[node].id)))
        }
        nodes[node].instance = instance
        guard known != 0 else { return true }
        nodes[node].formerInstances.add(known, until: now + timing.lateness)
        nodes[node].lateUntil = now + timing.lateness
        effects.append(.log(.routerRestarted(nodes[node].id)))
        forgetState(of: node, at: now, &effects)
        return true
    }

    private mutating func forgetState(
        of node: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        store([], of: node)
        unmapAddresses(of: node, &effects)
        nodes[node].linkStateSequence = 0
        nodes[node].mobileSequence = 0
        nodes[node].linkStateRequest = Request(sequence: 1, at: now)
        nodes[node].addressRequest = nil
        nodes[node].regression = nil
        nodes[node].isExcessLogged = false
    }

    /// An RA behind what is stored is a late copy, unless its router keeps to it: then the router
    /// restarted within one instance, or what is stored comes from its former life.
    private mutating func noteRegression(
        _ content: Relayed.Content, of node: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        let isBehind =
            content.linkStateSequence < nodes[node].linkStateSequence
            || content.mobileSequence < nodes[node].mobileSequence
        guard isBehind else {
            nodes[node].regression = nil
            return
        }
        guard let regression = nodes[node].regression else {
            nodes[node].regression = Regression(since: now)
            return
        }
        guard regression.since + timing.helloMaxAge <= now else { return }
        effects.append(.log(.routerRestarted(nodes[node].id)))
        forgetState(of: node, at: now, &effects)
    }

    private mutating func wantLinkState(_ sequence: SequenceNumber, of node: Int, at now: Instant) {
        nodes[node].linkStateRequest?.raise(to: sequence, at: now)
        if nodes[node].linkStateRequest == nil {
            nodes[node].linkStateRequest = Request(sequence: sequence, at: now)
        }
    }

    /// Sends what is due to be asked, if the node can be reached.
    mutating func sendRequests(
        to node: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        guard nodes[node].linkStateRequest != nil || nodes[node].addressRequest != nil,
            let trunk = nodes[node].path?.trunk
        else { return }
        let destination = Destination.router(nodes[node].id, via: trunk)
        // What a Martlet on the way gets it hands on of itself.
        let isTold = trunkIndex(trunk).map { trunks[$0].isInStep } ?? false
        let patience = isTold ? timing.recordPatience : 0
        if let request = nodes[node].linkStateRequest, request.due(after: patience) <= now {
            nodes[node].linkStateRequest?.noteSent(at: now, interval: timing.requestInterval)
            effects.append(.send(.lsr(id: myself), to: destination))
        }
        if let request = nodes[node].addressRequest, request.due(after: patience) <= now {
            nodes[node].addressRequest?.noteSent(at: now, interval: timing.requestInterval)
            let have = request.isDoubt ? 0 : nodes[node].mobileSequence
            effects.append(.send(.mar(id: myself, haveSequence: have), to: destination))
        }
        for request in [nodes[node].linkStateRequest, nodes[node].addressRequest] {
            guard let due = request?.due(after: patience) else { continue }
            nextAsk = min(nextAsk ?? due, due)
        }
    }

    /// Forgets the link states that were not heard of for too long, then the nodes nothing keeps.
    mutating func expireNodes(at now: Instant, _ effects: inout [Effect]) {
        for node in nodes.ranked where node != NodeTable.myself {
            let isStored = nodes[node].linkStateSequence > 0
            guard isStored, now > nodes[node].lastSeen + timing.remoteLinkStateMaxAge else {
                continue
            }
            effects.append(.log(.linkStateExpired(nodes[node].id)))
            store([], of: node)
            nodes[node].linkStateSequence = 0
            nodes[node].linkStateRequest = Request(sequence: 1, at: now)
            nodes[node].addressRequest = nil
        }
        for node in nodes.ranked where node != NodeTable.myself {
            let isKept =
                !nodes[node].edges.isEmpty || nodes[node].trunk != nil || nodes[node].namedBy > 0
            guard !isKept else { continue }
            nodes[node].orphanedTicks += 1
            if nodes[node].orphanedTicks >= 3 { forget(node, &effects) }
        }
    }

    private mutating func forget(_ node: Int, _ effects: inout [Effect]) {
        let id = nodes[node].id
        unmapAddresses(of: node, &effects)
        if nodes[node].path != nil { effects.append(.routerUnreachable(id)) }
        nodes.remove(node)
        suspicions.isFullLogged = false
        pending.paths = true
        effects.append(.log(.routerForgotten(id)))
        effects.append(.routerForgotten(id))
    }

    mutating func relay(_ arrival: Arrival, _ effects: inout [Effect]) {
        guard arrival.isFlooded else { return }
        let targets = floodTargets(trace: arrival.trace).filter { $0 != arrival.trunk }
        if !targets.isEmpty { effects.append(.relay(on: targets)) }
    }
}
