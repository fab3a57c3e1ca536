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
    var addresses = ControlAddresses()
    /// When the machine wants to be woken; an older timer is stale.
    var wake: Instant?
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
        var number = 1
        while ids[RouterIndex(number: number)] != nil { number += 1 }
        let index = RouterIndex(number: number)
        indices[router] = index
        ids[index] = router
        return index
    }

    mutating func forget(_ router: RouterID) -> RouterIndex? {
        guard let index = indices.removeValue(forKey: router) else { return nil }
        ids[index] = nil
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
                salt: .random(in: 0...UInt32.max), timing: timing))
        log.write(
            .router, .info,
            "Router Engine Instantiated: id=\(identity.id) instance=\(Clock.unixSeconds) "
                + "max_routers=128")
        tell(.started)
    }

    func tell(_ event: Mesh.Event) {
        guard mesh != nil else { return }
        var effects: [Mesh.Effect] = []
        mesh?.machine.handle(event, at: now, into: &effects)
        for effect in effects { carryOut(effect) }
        perform()
    }

    func meshTimerFired() {
        guard let wake = mesh?.wake, wake <= now else { return }
        mesh?.wake = nil
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

    // MARK: Control messages

    func takeControlMessage(_ id: ConnectionID, _ chunk: Chunk) {
        guard let trunk = mesh?.trunksByConnection[id] else { return }
        do {
            let message = try Message(decoding: chunk.bytes)
            guard let to = message.properties?.to else { return }
            let address = ParsedAddress(to, router: identity)
            switch address {
            case .local("qdhello"), .local("qdrouter"), .local("qdrouter.ma"):
                mesh?.addresses.took(address.key(phase: .first))
                try take(message, from: trunk, isFlooded: false)
            case .everyRouter("qdrouter"), .everyRouter("qdrouter.ma"):
                mesh?.addresses.took(address.key(phase: .first))
                try take(message, from: trunk, isFlooded: true)
            case .router(let router): forward(message, to: RouterID(router))
            case .mobile, .local, .everyRouter, .area, .edge: break
            }
        } catch let error as ControlMessage.Undecodable {
            switch error {
            case .tooNew(let version, let router):
                tell(.receivedTooNew(version: version, from: router))
            case .malformed(let reason):
                log.write(
                    .router, .error,
                    "[C\(id.number)] Control message dropped: \(reason)")
            }
        } catch {
            log.write(.router, .error, "[C\(id.number)] Control message dropped: \(error)")
        }
    }

    private func take(
        _ message: Message, from trunk: TrunkID, isFlooded: Bool
    ) throws(ControlMessage.Undecodable) {
        let decoded = try ControlMessage(message)
        mesh?.received = message
        tell(
            .received(
                decoded,
                Mesh.Arrival(
                    trunk: trunk, trace: RouterAnnotations.passed(message), isFlooded: isFlooded)))
        mesh?.received = nil
    }

    /// Passes a control message on towards the one router that it is for (IR 3.3).
    private func forward(_ message: Message, to router: RouterID) {
        let passed = RouterAnnotations.passed(message)
        // Not by the hop limit, which counts what this router knows: the first messages between two
        // routers far apart come before it knows either.
        guard let mesh, !passed.contains(mesh.machine.myself),
            let trunk = mesh.machine.nextHop(to: router)
        else { return }
        self.mesh?.addresses.passed("R" + router.text, copies: 1)
        var message = message
        RouterAnnotations.pass(&message, through: identity)
        post(message, on: [trunk])
    }

    private func post(_ message: Message, on trunks: [TrunkID]) {
        guard !trunks.isEmpty else { return }
        let chunk = Chunk(message.encoded())
        for trunk in trunks {
            guard let place = mesh?.trunks[trunk]?.place else { continue }
            workers[place.worker].mailbox.post(.controlMessage(place.ticket, chunk))
        }
    }

    private func send(_ message: ControlMessage, to destination: Mesh.Destination) {
        let trunks: [TrunkID]
        let key: String
        switch destination {
        case .neighbours(let list): (key, trunks) = ("L" + message.localService, list)
        case .router(let router, let trunk):
            (key, trunks) = ("R" + router.text, [trunk])
            mesh?.addresses.passed(key, copies: 1)
        case .everyone(let list):
            (key, trunks) = ("T" + message.service, list)
            mesh?.addresses.passed(key, copies: list.count)
        }
        mesh?.addresses.sent(key)
        var encoded = message.message(to: Self.address(of: message, for: destination))
        RouterAnnotations.enter(&encoded, at: identity, to: nil)
        post(encoded, on: trunks)
    }

    /// What a control message has as `to` (IR 3.1).
    static func address(of message: ControlMessage, for destination: Mesh.Destination) -> String {
        switch destination {
        case .neighbours: "amqp:/_local/\(message.localService)"
        case .router(let router, _): "amqp:/_topo/0/\(router.text)/\(message.service)"
        case .everyone:
            "\(message.service == "qdrouter" ? "amqp:/" : "")_topo/0/all/\(message.service)"
        }
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
            table.setRemote(
                key: address.key, hint: address.hint, router: index, isMapped: true,
                into: &self.effects)
        case .addressUnmapped(let key, let router):
            guard let index = mesh?.indices[router] else { return }
            table.setRemote(
                key: key, hint: nil, router: index, isMapped: false, into: &self.effects)
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

    private func broadcast(_ letter: WorkerLetter) {
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
