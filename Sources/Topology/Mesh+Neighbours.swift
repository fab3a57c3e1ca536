internal import Basis

/// Trunks, HELLO, and who is a neighbour (IR 3.4).
extension Mesh {
    mutating func open(
        _ id: TrunkID, cost: Int, takesRecords: Bool, at now: Instant,
        _ effects: inout [Effect]
    ) {
        invariant(trunkIndex(id) == nil, "a trunk was opened twice")
        trunksOpened += 1
        let place = trunks.firstIndex { $0.id > id } ?? trunks.count
        trunks.insert(
            Trunk(
                id: id, cost: cost, takesRecords: takesRecords, ordinal: trunksOpened, wholeAt: now),
            at: place)
        sendHello(on: id, at: now, &effects)
    }

    mutating func close(_ id: TrunkID, at now: Instant, _ effects: inout [Effect]) {
        guard let index = trunkIndex(id) else { return }
        guard let peer = trunks.remove(at: index).peer else { return }
        abandon(id, to: peer, at: now, &effects)
        // A qdrouterd takes the loss of any trunk for that of the neighbour, until it hears it again.
        for other in trunks where other.peer == peer && !other.takesRecords {
            sendHello(on: other.id, at: now, &effects)
        }
    }

    func trunkIndex(_ id: TrunkID) -> Int? {
        var low = 0
        var high = trunks.count
        while low < high {
            let middle = (low + high) / 2
            if trunks[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < trunks.count && trunks[low].id == id ? low : nil
    }

    mutating func heardHello(
        from id: RouterID, _ instance: Instance, seen: [RouterID], on index: Int, at now: Instant,
        _ effects: inout [Effect]
    ) {
        let trunk = trunks[index].id
        let isNew = trunks[index].peer != id
        if let before = trunks[index].peer, isNew {
            trunks[index].peer = nil
            trunks[index].refreshedAt = nil
            trunks[index].isInStep = false
            trunks[index].disagreement = nil
            effects.append(.log(.identityChanged(trunk, from: before, to: id)))
            abandon(trunk, to: before, at: now, &effects)
        }
        if id == myself || seen.contains(myself) { trunks[index].wholeAt = now }
        guard id != myself else {
            heardMyself(instance, on: index, &effects)
            return
        }
        trunks[index].peer = id
        trunks[index].peerInstance = instance
        trunks[index].heardAt = now
        if isNew { sendHello(on: trunk, at: now, &effects) }
        tellFormerLife(of: id, after: instance, on: trunks[index], &effects)
        guard seen.contains(myself), let node = node(id, instance, at: now, &effects) else {
            return
        }
        guard noteInstance(instance, of: node, at: now, &effects) else { return }
        for other in trunks
        where other.peer == id && other.peerInstance != instance
            && other.ordinal < trunks[index].ordinal
        {
            cut(other.id, .trunkDead(other.id), &effects)
        }
        let isFirst = trunks[index].refreshedAt == nil
        trunks[index].refreshedAt = now
        refresh(node, on: trunks[index], isFirst: isFirst, at: now, &effects)
    }

    /// The neighbour was known in a life above the one that it says it is in, which it has to outbid:
    /// routers farther away believe in the former.
    private func tellFormerLife(
        of id: RouterID, after instance: Instance, on trunk: Trunk, _ effects: inout [Effect]
    ) {
        guard trunk.takesRecords, let node = nodes.number(of: id),
            nodes[node].instance > instance
        else { return }
        let former = RouterRecord(id: id, instance: nodes[node].instance, age: 0)
        effects.append(.send(.records(id: myself, [former]), to: .neighbours(on: [trunk.id])))
    }

    /// A HELLO in both directions: binds the node to the trunk unless a newer one is in use.
    private mutating func refresh(
        _ node: Int, on trunk: Trunk, isFirst: Bool, at now: Instant, _ effects: inout [Effect]
    ) {
        let id = nodes[node].id
        guard let bound = nodes[node].trunk else {
            effects.append(.neighbourUp(id, trunk.id))
            bind(node, to: trunk.id, at: now, &effects)
            return
        }
        guard bound != trunk.id, let index = trunkIndex(bound) else { return }
        let isBoundFresh = trunks[index].isFresh(at: now, maxAge: timing.helloMaxAge)
        guard trunk.ordinal > trunks[index].ordinal || !isBoundFresh else {
            // The newer one was heard first.
            if isFirst { effects.append(.log(.trunkSuperseded(id, trunk.id, by: bound))) }
            return
        }
        effects.append(.log(.trunkSuperseded(id, bound, by: trunk.id)))
        effects.append(.neighbourMoved(id, from: bound, to: trunk.id))
        bind(node, to: trunk.id, at: now, &effects)
        pending.isUrgent = true
    }

    private mutating func bind(
        _ node: Int, to trunk: TrunkID, at now: Instant, _ effects: inout [Effect]
    ) {
        nodes[node].trunk = trunk
        pending.ownLinkState = true
        pending.trunks = true
        if nodes[node].linkStateRequest == nil {
            nodes[node].linkStateRequest = Request(
                sequence: max(1, nodes[node].linkStateSequence), at: now)
        }
        summarize(on: trunk, at: now, &effects)
    }

    /// The trunk no longer leads to `peer`: another one does, or it is a neighbour no more.
    private mutating func abandon(
        _ trunk: TrunkID, to peer: RouterID, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let node = nodes.number(of: peer), nodes[node].trunk == trunk else { return }
        let others = trunks.filter {
            $0.id != trunk && $0.peer == peer && $0.isFresh(at: now, maxAge: timing.helloMaxAge)
        }
        if let other = others.max(by: { $0.ordinal < $1.ordinal }) {
            effects.append(.neighbourMoved(peer, from: trunk, to: other.id))
            bind(node, to: other.id, at: now, &effects)
        } else {
            nodes[node].trunk = nil
            pending.ownLinkState = true
            pending.paths = true
            effects.append(.log(.neighbourLost(trunk)))
            effects.append(.neighbourLost(peer, trunk))
        }
        pending.isUrgent = true
    }

    /// Drops the neighbours that were silent for too long. One that is silent on one trunk only, and
    /// speaks on a newer, has left the former: it says HELLO on all that it has.
    mutating func expireNeighbours(at now: Instant, _ effects: inout [Effect]) {
        for trunk in trunks where trunk.refreshedAt != nil {
            guard let peer = trunk.peer, !trunk.isFresh(at: now, maxAge: timing.helloMaxAge)
            else { continue }
            abandon(trunk.id, to: peer, at: now, &effects)
            let isReplaced = trunks.contains {
                $0.peer == peer && $0.ordinal > trunk.ordinal
                    && $0.isFresh(at: now, maxAge: timing.helloMaxAge)
            }
            if isReplaced { cut(trunk.id, .trunkDead(trunk.id), &effects) }
        }
    }

    /// Cuts the connections over which HELLOs do not come in, or do not go out: whoever dialled them
    /// dials again.
    mutating func cutSilentTrunks(at now: Instant, _ effects: inout [Effect]) {
        for trunk in trunks where now > trunk.wholeAt + timing.trunkMaxSilence {
            let isHeard = trunk.isHeard(at: now, maxAge: timing.helloMaxAge)
            cut(trunk.id, .trunkSilent(trunk.id, isHeard: isHeard), &effects)
        }
    }

    private mutating func cut(_ trunk: TrunkID, _ fact: Fact, _ effects: inout [Effect]) {
        guard let index = trunkIndex(trunk), !trunks[index].isCut else { return }
        trunks[index].isCut = true
        effects.append(.log(fact))
        effects.append(.trunkDead(trunk))
    }

    mutating func sendHellos(at now: Instant, _ effects: inout [Effect]) {
        let (martlets, others) = (trunks.filter(\.isInStep), trunks.filter { !$0.isInStep })
        if !others.isEmpty {
            effects.append(.send(hello(at: now), to: .neighbours(on: others.map(\.id))))
        }
        guard !martlets.isEmpty else { return }
        digest = digestOfNow
        let hello = hello(at: now, digest: digest)
        effects.append(.send(hello, to: .neighbours(on: martlets.map(\.id))))
    }

    private func sendHello(on trunk: TrunkID, at now: Instant, _ effects: inout [Effect]) {
        effects.append(.send(hello(at: now), to: .neighbours(on: [trunk])))
    }

    private func hello(at now: Instant, digest: UInt64? = nil) -> ControlMessage {
        let heard = trunks.filter { $0.isHeard(at: now, maxAge: timing.helloMaxAge) }
        let seen = Set(heard.compactMap(\.peer)).sorted()
        return .hello(id: myself, instance: instance, seen: seen, digest: digest)
    }

    /// A HELLO in this router's own name: its own on a connection to itself, or a duplicate's.
    private mutating func heardMyself(
        _ instance: Instance, on index: Int, _ effects: inout [Effect]
    ) {
        if instance != self.instance {
            guard suspicions.isFirstDuplicate(instance) else { return }
            effects.append(.log(.duplicateRouterID(myself)))
        } else if !trunks[index].isOwnLogged {
            trunks[index].isOwnLogged = true
            effects.append(.log(.trunkToMyself(trunks[index].id)))
        }
    }

    /// A message other than HELLO in this router's own name (IR-46).
    mutating func heardMyself(_ message: ControlMessage, _ effects: inout [Effect]) {
        guard case .ra(_, let instance, let linkState, let mobile) = message else { return }
        if instance == self.instance {
            outbid(linkStateSequence: linkState, mobileSequence: mobile)
            return
        }
        guard suspicions.isRepeated(instance), suspicions.isFirstDuplicate(instance) else {
            return
        }
        effects.append(.log(.duplicateRouterID(myself)))
    }
}
