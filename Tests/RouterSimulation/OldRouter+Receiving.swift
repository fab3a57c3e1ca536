internal import Basis
internal import Topology

extension OldRouter {
    mutating func receive(
        _ message: ControlMessage, _ arrival: Mesh.Arrival, at now: Instant,
        _ effects: inout [Mesh.Effect]
    ) {
        guard trunks[arrival.trunk] != nil else { return }
        if arrival.isFlooded {
            let targets = trunksTowards(Array(nodes.keys), trace: arrival.trace)
                .filter { $0 != arrival.trunk }
            if !targets.isEmpty { effects.append(.relay(on: targets)) }
        }
        guard message.id != myself else { return }
        switch message {
        case .hello(let id, let instance, let seen, _):
            heard[id] = now
            if seen.contains(myself) {
                refresh(id, instance, on: arrival.trunk, at: now, &effects)
            }
        case .ra(let id, let instance, let linkState, let mobile):
            guard know(id, instance, at: now) else { return }
            compareInstance(instance, of: id, &effects)
            nodes[id]?.lastSeen = now
            if let node = nodes[id], linkState > node.sequence, let trunk = nextHop(to: id) {
                effects.append(.send(.lsr(id: myself), to: .router(id, via: trunk)))
            }
            if let node = nodes[id], mobile > node.mobileSequence {
                nodes[id]?.wantsAddresses = true
            }
        case .lsr(let id):
            guard know(id, 0, at: now) else { return }
            let state = LinkState(
                sequence: sequence,
                peers: peers.sorted { $0.key < $1.key }.map {
                    LinkState.Peer(id: $0.key, cost: $0.value)
                })
            guard let trunk = nextHop(to: id) else { return }
            effects.append(
                .send(
                    .lsu(id: myself, instance: instance, state), to: .router(id, via: trunk)))
        case .lsu(let id, let instance, let state): store(state, of: id, instance, at: now)
        case .mau(let id, let sequence, let update, _): apply(update, sequence, of: id, &effects)
        case .mar(let id, let have):
            guard nodes[id] != nil, have < mobileSequence, let trunk = nextHop(to: id) else {
                return
            }
            let all = told.values.sorted { $0.key < $1.key }
            let answer = ControlMessage.mau(id: myself, sequence: mobileSequence, .absolute(all))
            effects.append(.send(answer, to: .router(id, via: trunk)))
        case .summary, .records: break
        }
    }

    /// False if there is no room for one more.
    private mutating func know(_ id: RouterID, _ instance: Instance, at now: Instant) -> Bool {
        if nodes[id] != nil { return true }
        guard nodes.count < 127 else { return false }
        nodes[id] = Node(instance: instance, lastSeen: now)
        return true
    }

    private mutating func refresh(
        _ id: RouterID, _ instance: Instance, on trunk: TrunkID, at now: Instant,
        _ effects: inout [Mesh.Effect]
    ) {
        guard know(id, instance, at: now) else { return }
        if nodes[id]?.trunk != trunk {
            use(trunk, to: id, &effects)
            nodes[id]?.wantsLinkState = true
            if peers[id] == nil {
                peers[id] = trunks[trunk]
                isChanged = true
            }
        }
        nodes[id]?.refreshedAt = now
        compareInstance(instance, of: id, &effects)
    }

    /// What goes by way of this neighbour follows it to the other trunk. The neighbour itself is
    /// reached directly until paths are computed again.
    private mutating func use(
        _ trunk: TrunkID, to id: RouterID, _ effects: inout [Mesh.Effect]
    ) {
        nodes[id]?.trunk = trunk
        owners[trunk] = id
        if nodes[id]?.path?.nextHop != id { nodes[id]?.path = nil }
        for other in nodes.keys.sorted() {
            guard let path = nodes[other]?.path, path.nextHop == id else { continue }
            let moved = Mesh.Path(trunk: trunk, nextHop: id, cost: path.cost, hops: path.hops)
            nodes[other]?.path = moved
            effects.append(.routerReachable(other, moved))
        }
    }

    private mutating func compareInstance(
        _ instance: Instance, of id: RouterID, _ effects: inout [Mesh.Effect]
    ) {
        guard let node = nodes[id], node.instance != instance else { return }
        nodes[id]?.instance = instance
        guard node.instance != 0 else { return }
        nodes[id]?.sequence = 0
        nodes[id]?.peers = [:]
        nodes[id]?.mobileSequence = 0
        nodes[id]?.wantsLinkState = true
        nodes[id]?.hasAskedForAddresses = false
        unmapAll(of: id, keeping: [], &effects)
        isComputationDue = true
    }

    private mutating func unmapAll(
        of id: RouterID, keeping kept: Set<AddressKey>, _ effects: inout [Mesh.Effect]
    ) {
        let removed = nodes[id]?.addresses.subtracting(kept).sorted() ?? []
        for key in removed { effects.append(.addressUnmapped(key: key, id)) }
        nodes[id]?.addresses.subtract(removed)
    }

    private mutating func store(
        _ state: LinkState, of id: RouterID, _ instance: Instance, at now: Instant
    ) {
        guard know(id, instance, at: now), let node = nodes[id], state.sequence > node.sequence
        else { return }
        nodes[id]?.sequence = state.sequence
        nodes[id]?.life = instance
        nodes[id]?.lastSeen = now
        nodes[id]?.peers = Dictionary(
            state.peers.map { ($0.id, $0.cost) }, uniquingKeysWith: { first, _ in first })
        for peer in state.peers where peer.id != myself { _ = know(peer.id, 0, at: now) }
        isComputationDue = true
    }

    private mutating func apply(
        _ update: AddressUpdate, _ sequence: SequenceNumber, of id: RouterID,
        _ effects: inout [Mesh.Effect]
    ) {
        guard let node = nodes[id] else { return }
        switch update {
        case .absolute(let all):
            unmapAll(of: id, keeping: Set(all.map(\.key)), &effects)
            map(all, to: id, &effects)
        case .differential(let adding, let removing):
            guard sequence == node.mobileSequence.next else {
                guard !node.hasAskedForAddresses, let trunk = nextHop(to: id) else { return }
                nodes[id]?.hasAskedForAddresses = true
                let request = ControlMessage.mar(id: myself, haveSequence: node.mobileSequence)
                effects.append(.send(request, to: .router(id, via: trunk)))
                return
            }
            map(adding, to: id, &effects)
            for key in removing where nodes[id]?.addresses.remove(key) != nil {
                effects.append(.addressUnmapped(key: key, id))
            }
        }
        nodes[id]?.mobileSequence = sequence
        nodes[id]?.hasAskedForAddresses = false
    }

    private mutating func map(
        _ addresses: [MobileAddress], to id: RouterID, _ effects: inout [Mesh.Effect]
    ) {
        for address in addresses where nodes[id]?.addresses.insert(address.key).inserted == true {
            effects.append(.addressMapped(address, id))
        }
    }

    /// Paths from the link states; who is out of reach keeps the last one (IR 4.1).
    mutating func compute(_ effects: inout [Mesh.Effect]) {
        let ids = (nodes.keys + [myself]).sorted()
        let ranks = Dictionary(
            uniqueKeysWithValues: ids.enumerated().map { ($0.element, $0.offset) })
        let edges = ids.map { id in
            let row = id == myself ? peers : nodes[id]?.peers ?? [:]
            return row.sorted { $0.key < $1.key }.compactMap { peer, cost in
                ranks[peer].map { Oracle.Edge(target: $0, cost: cost) }
            }
        }
        let tree = Oracle(edges: edges).tree(from: ranks[myself] ?? 0)
        radius = tree.hops.max() ?? 0
        for (rank, id) in ids.enumerated() where id != myself && tree.cost[rank] >= 0 {
            let next = ids[tree.nextHop[rank]]
            guard let trunk = nodes[next]?.trunk else { continue }
            let path = Mesh.Path(
                trunk: trunk, nextHop: next, cost: tree.cost[rank], hops: tree.hops[rank])
            guard nodes[id]?.path != path else { continue }
            nodes[id]?.path = path
            effects.append(.routerReachable(id, path))
        }
    }
}
