internal import Basis

/// From link states to paths (IR 4).
extension Mesh {
    /// Acts on pending changes, unless the last computation is too recent and nothing was lost.
    mutating func settle(at now: Instant, _ effects: inout [Effect]) {
        guard pending.isAny else { return }
        guard pending.isUrgent || computations.nextDue <= now else { return }
        computations.note(at: now, routers: nodes.count, timing)
        let isOwnChanged = pending.ownLinkState && renewOwnLinkState()
        let isOutbid = pending.isOutbid
        let isNews = pending.paths || isOwnChanged
        let isDue = isNews || pending.trunks
        pending = Pending()
        guard isDue else { return }
        if isNews { lastTopologyChange = now }
        computePaths(&effects)
        askAll(at: now, &effects)
        guard isOwnChanged else { return }
        let news = record(
            of: NodeTable.myself, withLinkState: true, withAddresses: isOutbid, at: now)
        tellNews([news], except: nil, &effects)
        if !isAmongMartlets { announce(at: now, &effects) }
    }

    /// Above what anybody configures, and far from a sum that overflows.
    private static let costOfLeaving = 1 << 20

    /// False if the neighbours and their costs are after all as before.
    private mutating func renewOwnLinkState() -> Bool {
        let myself = NodeTable.myself
        let edges = nodes.ranked.compactMap { node -> Node.Edge? in
            guard let trunk = nodes[node].trunk, let index = trunkIndex(trunk) else { return nil }
            let cost = trunks[index].cost
            return Node.Edge(node: node, cost: isLeaving ? max(cost, Self.costOfLeaving) : cost)
        }
        guard edges != nodes[myself].edges || pending.isOutbid else { return false }
        nodes[myself].edges = edges
        nodes[myself].linkStateSequence = max(nodes[myself].linkStateSequence, formerSequence).next
        return true
    }

    /// What this router tells others of itself, or knows of another.
    func linkState(of node: Int = NodeTable.myself) -> LinkState {
        let peers = nodes[node].edges.map {
            LinkState.Peer(id: nodes[Int($0.node)].id, cost: Int($0.cost))
        }
        return LinkState(sequence: nodes[node].linkStateSequence, peers: peers)
    }

    /// Tells everyone the present numbers.
    mutating func announce(at now: Instant, _ effects: inout [Effect]) {
        lastAnnouncement = now
        let message = ControlMessage.ra(
            id: myself, instance: instance,
            linkStateSequence: nodes[NodeTable.myself].linkStateSequence,
            mobileSequence: announced.sequence)
        effects.append(.send(message, to: .everyone(on: floodTargets(trace: []))))
    }

    /// Asks the routers that can be reached for whatever is due to be asked of them.
    mutating func askAll(at now: Instant, _ effects: inout [Effect]) {
        nextAsk = nil
        let before = effects.count
        for node in nodes.ranked {
            sendRequests(to: node, at: now, &effects)
            guard effects.count - before < Mesh.mostRequests else {
                nextAsk = now + timing.requestPause
                return
            }
        }
    }

    private mutating func computePaths(_ effects: inout [Effect]) {
        let (graph, ranks) = nodes.graph()
        let root = Int(ranks[NodeTable.myself])
        let tree = graph.shortestPaths(from: root)
        let paths = paths(along: tree)
        var isChanged = false
        for (rank, node) in nodes.ranked.enumerated() where rank != root {
            let path = paths[rank]
            guard path != nodes[node].path else { continue }
            if !isSameWay(path, nodes[node].path) { isChanged = true }
            nodes[node].path = path
            effects.append(reachability(of: node))
        }
        let farthest = graph.longestHops(along: tree)
        if farthest != radius {
            radius = farthest
            effects.append(.radiusChanged(farthest))
        }
        originTrees = OriginTrees(graph: graph, myself: root)
        effects.append(.originTreesChanged)
        if isChanged { effects.append(.log(.pathsComputed(ComputedPaths(self)))) }
    }

    /// Over the same routers, whichever trunk leads to the first of them.
    private func isSameWay(_ one: Node.Path?, _ other: Node.Path?) -> Bool {
        guard let one, let other else { return false }
        return one.nextHop == other.nextHop && one.cost == other.cost && one.hops == other.hops
    }

    /// By rank; nil for this router itself and those out of reach.
    private func paths(along tree: Graph.Tree) -> [Node.Path?] {
        var paths = [Node.Path?](repeating: nil, count: nodes.count)
        for rank in tree.order.lazy.map(Int.init) {
            let before = Int(tree.predecessor[rank])
            guard before >= 0 else { continue }
            let node = nodes.ranked[rank]
            if let upstream = paths[before] {
                paths[rank] = Node.Path(
                    trunk: upstream.trunk, nextHop: upstream.nextHop, cost: tree.cost[rank],
                    hops: upstream.hops + 1)
            } else if let trunk = nodes[node].trunk {
                paths[rank] = Node.Path(
                    trunk: trunk, nextHop: node, cost: tree.cost[rank], hops: 1)
            } else {
                invariant(false, "a neighbour in the own link state has no trunk")
            }
        }
        return paths
    }

    private func reachability(of node: Int) -> Effect {
        let id = nodes[node].id
        guard let path = nodes[node].path else { return .routerUnreachable(id) }
        return .routerReachable(
            id,
            Path(
                trunk: path.trunk, nextHop: nodes[path.nextHop].id, cost: path.cost,
                hops: path.hops))
    }
}
