package import Basis
package import Seeded
package import Topology

/// Routers on virtual time.
///
/// Every link is a connector that dials again and again; its connections lose, delay, reorder and
/// break as they are told. All chance comes from one seed, so a run can be had again.
package final class Network {
    package internal(set) var now = Instant(milliseconds: 1_000)
    package internal(set) var stations: [Station]
    package internal(set) var links: [Link]
    package internal(set) var traffic = Traffic()
    /// Rules that were broken, with times.
    package internal(set) var violations: [String] = []
    /// Of all effects, if asked for.
    package internal(set) var digest: Digest?
    package internal(set) var chance: Seed
    /// Is told what routers come to believe, before the network goes on.
    package var observer: ((Int, Mesh.Effect) -> Void)?

    var connections: [Connection] = []
    enum Event {
        case arrival(connection: Int, end: Int, Envelope)
        case wake(router: Int, boot: Int)
        /// One end notices that its connection is dead.
        case closing(connection: Int, end: Int)
        /// The connector of a link tries.
        case connecting(link: Int)
    }

    var queue = EventQueue<Event>()
    let timing: Timing
    private let numbers: [RouterID: Int]
    private var effects: [Mesh.Effect] = []
    private var received: Envelope?

    /// The routers' names are in order of their numbers.
    package init(
        seed: UInt64, shape: Shape, kinds: [Station.Kind] = [.martlet], timing: Timing = Timing(),
        isRecorded: Bool = false
    ) {
        chance = Seed(number: seed)
        self.timing = timing
        digest = isRecorded ? Digest() : nil
        let count = shape.size
        stations = (0..<count).map { number in
            Station(
                id: Network.name(number), kind: kinds[number % kinds.count],
                // What old routers hold of a former life nobody tells them to forget.
                hasLifeFile: kinds.contains(.old) || number % 2 == 0, among: count)
        }
        numbers = Dictionary(
            uniqueKeysWithValues: stations.enumerated().map { ($0.element.id, $0.offset) })
        links = shape.links(chance: &chance)
    }

    static func name(_ number: Int) -> RouterID {
        let digits = String(number)
        return RouterID("R" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
    }

    package func number(of router: RouterID) -> Int { numbers[router] ?? -1 }

    // MARK: Time

    package func run(for span: Milliseconds) { run(until: now + span) }

    /// When something happens next; nil for never.
    package var nextDue: Instant? { queue.nextDue }

    package func run(until end: Instant) {
        while let due = queue.nextDue, due <= end, let event = queue.popFirst() {
            now = max(now, due)
            handle(event)
        }
        now = max(now, end)
    }

    private func handle(_ event: Event) {
        switch event {
        case .arrival(let connection, let end, let envelope):
            let router = links[connections[connection].link].ends[end]
            if now < stations[router].restsUntil {
                queue.post(event, due: stations[router].restsUntil)
            } else {
                arrive(envelope, connection, at: router, end: end)
            }
        case .wake(let router, let boot):
            guard stations[router].boot == boot, let wake = stations[router].wake, wake <= now
            else { return }
            if now < stations[router].restsUntil {
                queue.post(event, due: stations[router].restsUntil)
            } else {
                stations[router].wake = nil
                tell(router, .timerFired)
            }
        case .closing(let connection, let end): close(connection, at: end)
        case .connecting(let link): connect(link)
        }
    }

    private func arrive(_ envelope: Envelope, _ connection: Int, at router: Int, end: Int) {
        guard connections[connection].isOpen(at: end), stations[router].speaker != nil else {
            return
        }
        let trunk = TrunkID(connection)
        guard !isTooFar(at: router, hops: envelope.hops) else { return }
        switch envelope.target {
        case .router(let other) where other != router:
            let isAstray =
                stations[router].kind == .martlet
                && envelope.passed.contains(Int32(truncatingIfNeeded: router))
            guard !isAstray,
                let next = stations[router].speaker?.nextHop(to: stations[other].id)
            else { return }
            post(
                Envelope(envelope, through: stations[router].id, number: router), on: next,
                by: router)
        case .router, .neighbour: take(envelope, trunk, isFlooded: false, by: router)
        case .everyone: take(envelope, trunk, isFlooded: true, by: router)
        }
    }

    private func take(_ envelope: Envelope, _ trunk: TrunkID, isFlooded: Bool, by router: Int) {
        received = envelope
        let arrival = Mesh.Arrival(trunk: trunk, trace: envelope.trace, isFlooded: isFlooded)
        tell(router, .received(envelope.message, arrival))
        received = nil
    }

    // MARK: Effects

    func tell(_ router: Int, _ event: Mesh.Event) {
        guard stations[router].speaker != nil else { return }
        var effects: [Mesh.Effect] = []
        swap(&effects, &self.effects)
        stations[router].speaker?.handle(event, at: now, into: &effects)
        if digest != nil {
            for effect in effects { digest?.feed("\(now.nanoseconds) \(router) \(effect)") }
        }
        for effect in effects {
            perform(effect, by: router)
            observer?(router, effect)
        }
        effects.removeAll(keepingCapacity: true)
        swap(&effects, &self.effects)
    }

    private func perform(_ effect: Mesh.Effect, by router: Int) {
        switch effect {
        case .send(let message, to: let destination): send(message, to: destination, by: router)
        case .relay(let trunks):
            guard let received else { return violate("relays nothing", router) }
            let envelope = Envelope(received, through: stations[router].id, number: router)
            for trunk in trunks { post(envelope, on: trunk, by: router) }
        case .neighbourUp, .neighbourMoved, .neighbourLost, .originTreesChanged, .log: break
        case .trunkDead(let trunk):
            let end = links[connections[trunk.number].link].ends[0] == router ? 0 : 1
            queue.post(.closing(connection: trunk.number, end: end), due: now)
        case .lifeBegan(let instance): stations[router].life = instance
        case .routerReachable(let id, let path):
            if !isOpen(path.trunk, at: router) { violate("a path to \(id) on no trunk", router) }
            stations[router].paths[number(of: id)] = path
            stations[router].changedAt = now
            stations[router].pathsChangedAt = now
        case .routerUnreachable(let id):
            stations[router].paths[number(of: id)] = nil
            stations[router].changedAt = now
            stations[router].pathsChangedAt = now
        case .routerForgotten(let id):
            if !stations[router].mapped[number(of: id)].isEmpty {
                violate("\(id) forgotten before its addresses", router)
            }
        case .radiusChanged(let radius): stations[router].radius = radius
        case .addressMapped(let address, let id):
            if !stations[router].mapped[number(of: id)].insert(address.key.text).inserted {
                violate("\(address.key) mapped twice to \(id)", router)
            }
            stations[router].changedAt = now
        case .addressUnmapped(let key, let id):
            if stations[router].mapped[number(of: id)].remove(key.text) == nil {
                violate("\(key) unmapped from \(id) and not mapped", router)
            }
            stations[router].changedAt = now
        case .wake(let instant):
            stations[router].wake = instant
            queue.post(.wake(router: router, boot: stations[router].boot), due: instant)
        }
    }

    private func send(_ message: ControlMessage, to destination: Mesh.Destination, by router: Int) {
        let id = stations[router].id
        switch destination {
        case .neighbours(let trunks):
            let envelope = Envelope(message, to: .neighbour, from: id, number: router)
            for trunk in trunks { post(envelope, on: trunk, by: router) }
        case .router(let other, let trunk):
            post(
                Envelope(message, to: .router(number(of: other)), from: id, number: router),
                on: trunk, by: router)
        case .everyone(let trunks):
            guard !trunks.isEmpty else { return }
            if case .ra(_, let instance, let linkStates, let addresses) = message {
                stations[router].announced = (instance, linkStates, addresses)
            }
            let envelope = Envelope(message, to: .everyone, from: id, number: router)
            for trunk in trunks { post(envelope, on: trunk, by: router) }
        }
    }

    func violate(_ rule: String, _ router: Int) {
        guard violations.count < 20 else { return }
        violations.append("\(stations[router].id) at \(now.nanoseconds / 1_000_000) ms: \(rule)")
    }

    // MARK: The wire

    func isOpen(_ trunk: TrunkID, at router: Int) -> Bool {
        let connection = connections[trunk.number]
        return connection.isOpen(at: links[connection.link].ends[0] == router ? 0 : 1)
    }

    private func post(_ envelope: Envelope, on trunk: TrunkID, by router: Int) {
        guard isOpen(trunk, at: router) else { return violate("sends on no trunk", router) }
        traffic.messages += 1
        traffic.octets += envelope.size
        if case .neighbour = envelope.target { traffic.hello += 1 }
        let connection = connections[trunk.number]
        let end = links[connection.link].ends[0] == router ? 0 : 1
        guard connection.isCarrying, let due = due(connection.link, end, size: envelope.size)
        else {
            traffic.lost += 1
            return
        }
        queue.post(.arrival(connection: trunk.number, end: 1 - end, envelope), due: due)
    }

    /// When something of `size` octets arrives; nil if it is lost.
    private func due(_ link: Int, _ end: Int, size: Int) -> Instant? {
        let way = links[link].ways[end]
        if way.lost > 0, chance.below(1_000) < way.lost { return nil }
        var sent = max(now, way.freeAt).nanoseconds
        if way.bandwidth > 0 { sent += UInt64(size) * 1_000_000_000 / UInt64(way.bandwidth) }
        links[link].ways[end].freeAt = Instant(nanoseconds: sent)
        var due = sent + way.delay.count * 1_000_000
        if way.jitter.count > 0 {
            due += UInt64.random(in: 0..<way.jitter.count * 1_000_000, using: &chance)
        }
        let isOrdered = way.reordered == 0 || chance.below(1_000) >= way.reordered
        if isOrdered {
            due = max(due, way.lastDue.nanoseconds)
            links[link].ways[end].lastDue = Instant(nanoseconds: due)
        }
        return Instant(nanoseconds: due)
    }
}

extension Network {
    /// A Martlet's instance, and where its numbers begin. The epoch makes them as long on the wire
    /// as they are in fact.
    func instance(of station: Station) -> Instance {
        let time = 1_800_000_000_000 + Int(now.nanoseconds / 1_000_000) + station.clockOffset
        let instance = Instance(time) ?? 1
        guard station.hasLifeFile, instance <= station.life else { return instance }
        return station.life.following()
    }

    func speaker(for station: Station) -> any Speaker {
        switch station.kind {
        case .martlet:
            Mesh(
                myself: station.id, instance: station.life,
                formerSequence: station.life.firstSequence,
                salt: UInt32(station.boot), timing: timing)
        case .old:
            OldRouter(
                myself: station.id, instance: Instance(bounded: UInt64(station.boot)),
                timing: timing)
        }
    }
}
