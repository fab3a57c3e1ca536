internal import AMQP
internal import Addressing
internal import Basis
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Routing
internal import Topology

/// What control keeps beside the mesh machine to carry out its effects.
struct MeshState {
    var machine: Mesh
    var trunks: [TrunkID: TrunkEntry] = [:]
    var trunksByConnection: [ConnectionID: TrunkID] = [:]
    var indices: [RouterID: RouterIndex] = [:]
    var ids: [RouterIndex: RouterID] = [:]
    /// No number below is free.
    var lowestFree = 1
    var addresses = ControlAddresses()
    /// When the machine wants to be woken; an older timer is stale.
    var wake: Instant?
    /// When the topology last changed, in seconds since 1970.
    var topologyChangedAt = Clock.unixSeconds
    /// The control message that is being handled, for `relay`.
    var received: Message?

    struct TrunkEntry {
        let connection: ConnectionID
        let place: WorkerTicket
        /// The lowest that no other trunk has (MG-160).
        let number: Int
        /// Of each of its links, as configured here.
        let capacity: Int
    }

    var freeTrunkNumber: Int {
        let taken = Set(trunks.values.map(\.number))
        var number = 0
        while taken.contains(number) { number += 1 }
        return number
    }

    /// The number that workers know a router by; the lowest free one for a new router (IR 3.8).
    mutating func index(of router: RouterID) -> RouterIndex {
        if let index = indices[router] { return index }
        while ids[RouterIndex(number: lowestFree)] != nil { lowestFree += 1 }
        let index = RouterIndex(number: lowestFree)
        indices[router] = index
        ids[index] = router
        return index
    }

    mutating func forget(_ router: RouterID) -> RouterIndex? {
        guard let index = indices.removeValue(forKey: router) else { return nil }
        ids[index] = nil
        lowestFree = min(lowestFree, index.number)
        return index
    }
}

/// Drives the mesh machine: events in, effects out.
extension Control {
    func startMesh(_ timing: Timing) {
        // Finer than the second of qdrouterd: a restart within one is a restart all the same. And
        // numbers that begin at the time are above all of a former life, which had no thousand
        // changes a second.
        let instance = firstInstance()
        mesh = MeshState(
            machine: Mesh(
                myself: RouterID(identity.id), instance: instance,
                formerSequence: instance.firstSequence,
                salt: UInt32(
                    truncatingIfNeeded: platform.chance.number(in: 0...UInt64(UInt32.max))),
                timing: timing))
        log.write(
            .router, .info,
            "Router Engine Instantiated: id=\(identity.id) instance=\(Clock.unixSeconds) "
                + "max_routers=128")
        tell(.started)
    }

    func tell(_ event: Mesh.Event) {
        guard mesh != nil else { return }
        var effects: [Mesh.Effect] = []
        let before = mesh?.machine.lastTopologyChange
        mesh?.machine.handle(event, at: now, into: &effects)
        if mesh?.machine.lastTopologyChange != before {
            mesh?.topologyChangedAt = Clock.unixSeconds
        }
        for effect in effects { carryOut(effect) }
        perform()
    }

    func meshTimerFired() {
        guard let wake = mesh?.wake, wake <= now else { return }
        mesh?.wake = nil
        if isBehindNeighbours { tell(.fellBehind) }
        tell(.timerFired)
    }

    // MARK: Trunks

    func trunkOpened(_ id: ConnectionID, _ place: WorkerTicket) {
        guard mesh != nil, let entry = connections[id] else { return }
        let trunk = TrunkID(Int(id.number))
        let number = mesh?.freeTrunkNumber ?? 0
        mesh?.trunks[trunk] = MeshState.TrunkEntry(
            connection: id, place: place, number: number, capacity: entry.plan.linkCapacity)
        mesh?.trunksByConnection[id] = trunk
        let remote = entry.report?.properties?.map
        var cost = entry.plan.cost
        if case .int(let number) = remote?["qd.inter-router-cost"] { cost = max(cost, Int(number)) }
        let isMartlet = remote?[Worker.martletProperty] != nil
        tell(.trunkOpened(trunk, cost: cost, takesRecords: isMartlet))
    }

    func trunkClosed(_ id: ConnectionID) {
        guard let trunk = mesh?.trunksByConnection.removeValue(forKey: id) else { return }
        tell(.trunkClosed(trunk))
        mesh?.trunks[trunk] = nil
    }

    // MARK: Effects

    private func carryOut(_ effect: Mesh.Effect) {
        switch effect {
        case .send(let message, let destination): send(message, to: destination)
        case .relay(let trunks):
            guard var message = mesh?.received else { return }
            RouterAnnotations.pass(&message, through: identity)
            post(message, on: trunks)
        case .neighbourUp(let router, let trunk):
            log.write(
                .router, .info, "Neighbour \(router.text) is up on connection [C\(trunk.number)]")
        case .neighbourMoved(let router, _, let trunk):
            log.write(
                .router, .info,
                "Neighbour \(router.text) is now used by connection [C\(trunk.number)]")
        case .neighbourLost(let router, let trunk):
            log.write(
                .router, .info,
                "Neighbour \(router.text) on connection [C\(trunk.number)] is lost")
        case .trunkDead(let trunk): cut(trunk)
        case .lifeBegan(let instance): keep(instance)
        case .routerReachable(let router, let path): reachable(router, path)
        case .routerUnreachable(let router):
            if let index = mesh?.indices[router] { broadcast(.routerChanged(index, nil)) }
        case .routerForgotten(let router): forget(router)
        case .radiusChanged(let radius): broadcast(.radiusChanged(radius))
        case .originTreesChanged: originTreesChanged()
        case .addressMapped(let address, let router):
            guard let index = mesh?.index(of: router) else { return }
            guard !LinkRoutes.isKey(address.key.text) else {
                return linkRoutes.setRouter(index, key: address.key.text, isMapped: true)
            }
            table.setRemote(
                key: address.key.text, hint: address.hint, router: index, isMapped: true,
                into: &self.effects)
        case .addressUnmapped(let key, let router):
            guard let index = mesh?.indices[router] else { return }
            guard !LinkRoutes.isKey(key.text) else {
                return linkRoutes.setRouter(index, key: key.text, isMapped: false)
            }
            table.setRemote(
                key: key.text, hint: nil, router: index, isMapped: false, into: &self.effects)
        case .wake(let instant):
            mesh?.wake = instant
            timers.add(Self.meshToken, due: instant)
        case .log(let fact): write(fact)
        }
    }

    private func cut(_ trunk: TrunkID) {
        guard let entry = mesh?.trunks[trunk] else { return }
        workers[entry.place.worker].mailbox.post(.cut(entry.connection))
    }

    func broadcast(_ letter: WorkerLetter) {
        for worker in workers { worker.mailbox.post(letter) }
    }

    private func reachable(_ router: RouterID, _ path: Mesh.Path) {
        guard let index = mesh?.index(of: router), let trunk = mesh?.trunks[path.trunk] else {
            return
        }
        broadcast(
            .routerChanged(
                index,
                RouterDescription(
                    name: "\(identity.area)/\(router.text)", trunk: trunk.place,
                    trunkNumber: trunk.number, isNeighbour: path.nextHop == router,
                    cost: path.cost, capacity: trunk.capacity)))
        table.setRouter(router.text, index, isReachable: true, into: &effects)
    }

    private func originTreesChanged() {
        guard let mesh else { return }
        broadcast(
            .originsChanged(MeshOrigins(mesh.machine.originTrees, indices: mesh.indices)))
    }

    private func forget(_ router: RouterID) {
        guard let index = mesh?.indices[router] else { return }
        table.setRouter(router.text, index, isReachable: false, into: &effects)
        perform()
        broadcast(.routerChanged(index, nil))
        _ = mesh?.forget(router)
    }

    private func write(_ fact: Fact) {
        let (module, level, text) = fact.line
        log.write(module, level, text)
        guard case .pathsComputed(let paths) = fact, log.isOn(module, level) else { return }
        for line in paths.furtherLines { log.write(module, level, line) }
    }
}
