package import Basis
package import Topology

/// qdrouterd's side of the protocol: everything at the next beat of a second, no memory of floods,
/// no valid origins in multicast, at most 127 others (IR 3.3 to 3.9).
package struct OldRouter: Speaker {
    struct Node {
        var instance: Instance
        var sequence: SequenceNumber = 0
        var peers: [RouterID: Int] = [:]
        /// Of the life that the link state is from: what the router itself does not keep.
        var life: Instance = 0
        var lastSeen: Instant
        var refreshedAt = Instant(nanoseconds: 0)
        var mobileSequence: SequenceNumber = 0
        var addresses: Set<AddressKey> = []
        var trunk: TrunkID?
        var path: Mesh.Path?
        var wantsLinkState = true
        var wantsAddresses = false
        var hasAskedForAddresses = false
        var orphanedTicks = 0
    }

    let myself: RouterID
    let instance: Instance
    let timing: Timing
    var nodes: [RouterID: Node] = [:]
    var trunks: [TrunkID: Int] = [:]
    /// Whom each trunk led to when it was last taken into use. The loss of any of them costs the
    /// neighbour, though it be heard on another one.
    var owners: [TrunkID: RouterID] = [:]
    var heard: [RouterID: Instant] = [:]
    var peers: [RouterID: Int] = [:]
    var sequence: SequenceNumber = 0
    var isChanged = false
    var isComputationDue = false
    var nextTick = Instant(nanoseconds: 0)
    var lastChange = Instant(nanoseconds: 0)
    var lastAnnouncement = Instant(nanoseconds: 0)
    var mobileSequence: SequenceNumber = 0
    var told: [AddressKey: MobileAddress] = [:]
    var adding: [AddressKey: MobileAddress] = [:]
    var removing: Set<AddressKey> = []
    package var radius = 0

    package init(myself: RouterID, instance: Instance, timing: Timing) {
        self.myself = myself
        self.instance = instance
        self.timing = timing
    }

    package var knownCount: Int { nodes.count + 1 }

    package mutating func handle(
        _ event: Mesh.Event, at now: Instant, into effects: inout [Mesh.Effect]
    ) {
        switch event {
        case .started:
            nextTick = now + timing.helloInterval
            lastAnnouncement = now
            lastChange = now
            effects.append(.wake(at: nextTick))
        case .timerFired:
            guard nextTick <= now else { break }
            nextTick = now + timing.helloInterval
            tick(at: now, &effects)
            effects.append(.wake(at: nextTick))
        case .trunkOpened(let trunk, let cost, _): trunks[trunk] = cost
        case .trunkClosed(let trunk):
            trunks[trunk] = nil
            if let id = owners.removeValue(forKey: trunk), nodes[id] != nil { lose(id) }
        case .received(let message, let arrival):
            receive(message, arrival, at: now, &effects)
        case .receivedTooNew, .fellBehind, .leaving: break
        case .localAddressAdded(let address):
            if removing.remove(address.key) == nil { adding[address.key] = address }
        case .localAddressRemoved(let key):
            if adding.removeValue(forKey: key) == nil { removing.insert(key) }
        }
    }

    package func nextHop(to router: RouterID) -> TrunkID? {
        guard let node = nodes[router] else { return nil }
        return nodes[node.path?.nextHop ?? router]?.trunk
    }

    package func isHopLimitExceeded(traceCount: Int) -> Bool { traceCount > radius + 1 }

    package mutating func takesMulticast(trace: [RouterID]) -> Bool { true }

    package mutating func multicastTrunks(
        for destinations: [RouterID], ingress: RouterID?, trace: [RouterID]
    ) -> [TrunkID] {
        trunksTowards(destinations, trace: trace)
    }

    func trunksTowards(_ destinations: [RouterID], trace: [RouterID]) -> [TrunkID] {
        let excluded = Set(trace.compactMap { nodes[$0]?.trunk })
        return Set(destinations.compactMap { nextHop(to: $0) }).subtracting(excluded).sorted()
    }

    private mutating func lose(_ id: RouterID) {
        nodes[id]?.trunk = nil
        if peers.removeValue(forKey: id) != nil { isChanged = true }
    }

    // MARK: The beat

    private mutating func tick(at now: Instant, _ effects: inout [Mesh.Effect]) {
        heard = heard.filter { now <= $0.value + timing.helloMaxAge }
        let hello = ControlMessage.hello(id: myself, instance: instance, seen: heard.keys.sorted())
        effects.append(.send(hello, to: .neighbours(on: trunks.keys.sorted())))
        expire(at: now, &effects)
        announceAddresses(at: now, &effects)
        let isOwnChanged = isChanged
        if isChanged {
            isChanged = false
            sequence = sequence.next
            isComputationDue = true
        }
        if isComputationDue {
            isComputationDue = false
            lastChange = now
            compute(&effects)
        }
        ask(&effects)
        let isInFlux = now <= lastChange + timing.raIntervalFlux + timing.raIntervalFlux
        let interval = isInFlux ? timing.raIntervalFlux : timing.raInterval
        if isOwnChanged || lastAnnouncement + interval <= now { announce(at: now, &effects) }
    }

    private mutating func expire(at now: Instant, _ effects: inout [Mesh.Effect]) {
        for id in nodes.keys.sorted() {
            guard var node = nodes[id] else { continue }
            if node.trunk != nil, now > node.refreshedAt + timing.helloMaxAge {
                node.trunk = nil
                if peers.removeValue(forKey: id) != nil { isChanged = true }
            }
            if !node.peers.isEmpty, now > node.lastSeen + timing.remoteLinkStateMaxAge {
                node.sequence = 0
                node.peers = [:]
                isComputationDue = true
            }
            nodes[id] = node
        }
        let named = Set(nodes.values.flatMap(\.peers.keys))
        for id in nodes.keys.sorted() {
            guard let node = nodes[id], node.peers.isEmpty, node.trunk == nil, !named.contains(id)
            else { continue }
            nodes[id]?.orphanedTicks += 1
            guard node.orphanedTicks >= 2 else { continue }
            for key in node.addresses.sorted() {
                effects.append(.addressUnmapped(key: key, id))
            }
            effects.append(.routerUnreachable(id))
            nodes[id] = nil
            effects.append(.routerForgotten(id))
        }
    }

    private mutating func announceAddresses(at now: Instant, _ effects: inout [Mesh.Effect]) {
        guard !adding.isEmpty || !removing.isEmpty else { return }
        mobileSequence = mobileSequence.next
        let added = adding.values.sorted { $0.key < $1.key }
        let update = AddressUpdate.differential(adding: added, removing: removing.sorted())
        for address in added { told[address.key] = address }
        for key in removing { told[key] = nil }
        adding = [:]
        removing = []
        let message = ControlMessage.mau(id: myself, sequence: mobileSequence, update)
        effects.append(.send(message, to: everyone))
        announce(at: now, &effects)
    }

    private mutating func announce(at now: Instant, _ effects: inout [Mesh.Effect]) {
        lastAnnouncement = now
        let message = ControlMessage.ra(
            id: myself, instance: instance, linkStateSequence: sequence,
            mobileSequence: mobileSequence)
        effects.append(.send(message, to: everyone))
    }

    private var everyone: Mesh.Destination {
        .everyone(on: trunksTowards(Array(nodes.keys), trace: []))
    }

    /// What can be reached only by a next hop that is none any more is asked in vain.
    private mutating func ask(_ effects: inout [Mesh.Effect]) {
        for id in nodes.keys.sorted() {
            guard let node = nodes[id] else { continue }
            guard node.trunk != nil || (node.path.map { $0.nextHop != id } ?? false) else {
                continue
            }
            let trunk = nextHop(to: id)
            if node.wantsLinkState, let trunk {
                effects.append(.send(.lsr(id: myself), to: .router(id, via: trunk)))
            }
            if node.wantsAddresses, let trunk {
                let request = ControlMessage.mar(id: myself, haveSequence: node.mobileSequence)
                effects.append(.send(request, to: .router(id, via: trunk)))
            }
            nodes[id]?.wantsLinkState = false
            nodes[id]?.wantsAddresses = false
        }
    }
}
