package import Basis
internal import Edge
package import RouterSimulation
internal import Routing
package import Seeded
internal import Topology

/// Interior routers in a mesh and edges below them, on virtual time.
///
/// All that decides is what decides in the router: the edges' machines, the interior routers' address
/// tables, what these tell edges, the mesh. Connections are as TCP makes them: in order, late at times,
/// and lost with what is under way. All chance comes from one seed.
package final class EdgeNetwork {
    /// What was said over uplinks.
    package struct Traffic {
        package var links = 0
        package var words = 0
        package var beats = 0
        package var dials = 0
        /// Announcements and withdrawals of interior routers.
        package var announcements = 0

        package init() {}

        package func since(_ earlier: Traffic) -> Traffic {
            var traffic = self
            traffic.links -= earlier.links
            traffic.words -= earlier.words
            traffic.beats -= earlier.beats
            traffic.dials -= earlier.dials
            traffic.announcements -= earlier.announcements
            return traffic
        }
    }

    enum Event {
        case dial(site: Int, connector: Int, boot: Int)
        case up(connection: Int, Request)
        case down(connection: Int, Answer)
        case wake(site: Int, boot: Int)
        case closing(connection: Int, isSite: Bool)
        case watch(hub: Int, boot: Int)
        case quiet(site: Int, UplinkID)
    }

    enum Request { case attach(EdgeLinkID, EdgeLink), detach(EdgeLinkID), beat }

    enum Answer { case attached(EdgeLinkID), refused(EdgeLinkID), word(AddressTracking.Word) }

    package let mesh: Network
    package internal(set) var now: Instant
    package internal(set) var traffic = Traffic()
    /// When an edge's uplink, or what it knows of an address, last changed.
    package private(set) var changedAt: Instant
    package internal(set) var chance: Seed
    /// Of a thousand messages, those that the network delays.
    package var stalls = 0

    var sites: [Site]
    var hubs: [Hub]
    var uplinks: [Uplink] = []
    var agenda = EventQueue<Event>()

    /// `addresses` of each edge are its own; one more it shares with others.
    package init(seed: UInt64, hubs count: Int, edges: Int, addresses: Int = 1) {
        var chance = Seed(number: seed)
        mesh = Network(seed: seed, shape: .random(count, extra: 1))
        now = mesh.now
        changedAt = mesh.now
        hubs = mesh.stations.map { Hub(name: $0.id.text) }
        sites = (0..<edges).map { number in
            let first = number % count
            let other = (first + 1 + chance.below(max(1, count - 1))) % count
            return Site(
                name: "E\(number)", hubs: count > 1 ? [first, other] : [first],
                hastes: (0..<min(count, 2)).map { _ in .random(in: 0..<1, using: &chance) })
        }
        self.chance = chance
        for site in sites.indices { populate(site, addresses: addresses) }
        mesh.observer = { [unowned self] router, effect in heard(effect, by: router) }
    }

    /// Consumers of addresses of its own and of one of a group; producers of others'.
    private func populate(_ site: Int, addresses: Int) {
        let groups = max(1, sites.count / 20)
        for number in 0..<addresses { sites[site].consumers.insert("M0e/\(site)/\(number)") }
        sites[site].consumers.insert("M0g/\(chance.below(groups))")
        sites[site].producers.insert("M0g/\(chance.below(groups))")
        for _ in 0..<2 {
            let other = chance.below(sites.count)
            sites[site].producers.insert("M0e/\(other)/\(chance.below(addresses))")
        }
        sites[site].producers.insert("M0nobody/\(chance.below(groups))")
    }

    // MARK: Time

    package func run(for span: Milliseconds) { run(until: now + span) }

    package func run(until end: Instant) {
        while true {
            let due = min(mesh.nextDue ?? .never, agenda.nextDue ?? .never)
            guard due <= end else { break }
            now = max(now, due)
            if mesh.nextDue.map({ $0 <= due }) ?? false {
                mesh.run(until: due)
            } else if let event = agenda.popFirst() {
                handle(event)
            }
        }
        now = max(now, end)
        mesh.run(until: now)
    }

    private func handle(_ event: Event) {
        switch event {
        case .dial(let site, let connector, let boot):
            if sites[site].boot == boot { dial(site, connector) }
        case .up(let connection, let request): take(request, on: connection)
        case .down(let connection, let answer): take(answer, on: connection)
        case .wake(let site, let boot):
            guard sites[site].boot == boot, let wake = sites[site].wake, wake <= now else { return }
            sites[site].wake = nil
            tell(site, .timerFired)
        case .closing(let connection, let isSite):
            if isSite { closeAtSite(connection) } else { closeAtHub(connection) }
        case .watch(let hub, let boot):
            if hubs[hub].boot == boot { watch(hub) }
        case .quiet(let site, let uplink): tell(site, .quiet(uplink))
        }
    }

    // MARK: The edge

    func tell(_ site: Int, _ event: EdgeRouter.Event) {
        var effects: [EdgeRouter.Effect] = []
        sites[site].router?.handle(event, at: now, into: &effects)
        for effect in effects { perform(effect, by: site) }
    }

    private func perform(_ effect: EdgeRouter.Effect, by site: Int) {
        switch effect {
        case .attach(let id, let link, on: let uplink):
            traffic.links += 1
            send(.attach(id, link), on: Int(uplink.number))
        case .detach(let id, on: let uplink):
            traffic.links += 1
            send(.detach(id), on: Int(uplink.number))
        case .beat(_, on: let uplink):
            traffic.beats += 1
            send(.beat, on: Int(uplink.number))
        case .reachable(let key, let isReachable):
            changedAt = now
            if isReachable {
                sites[site].reachable.insert(key)
            } else {
                sites[site].reachable.remove(key)
            }
        case .defaultRoute: changedAt = now
        case .look(at: let uplink):
            agenda.post(.quiet(site: site, uplink), due: now + EdgeRouter.lookInterval)
        case .leave(let uplink): closeAtSite(Int(uplink.number))
        case .wake(let instant):
            sites[site].wake = instant
            agenda.post(.wake(site: site, boot: sites[site].boot), due: instant)
        case .canAsk, .log: break
        }
    }

    private func take(_ answer: Answer, on connection: Int) {
        guard uplinks[connection].isOpenAtSite, uplinks[connection].isCarrying else { return }
        let site = uplinks[connection].site
        switch answer {
        case .attached(let id): tell(site, .attached(id))
        case .refused(let id): tell(site, .detached(id))
        case .word(let word):
            tell(
                site,
                .tracked(
                    word.key, isReachable: word.isReachable, from: UplinkID(UInt64(connection))))
            uplinks[connection].unread -= 1
            if uplinks[connection].isOpenAtHub { tellEdge(UplinkID(UInt64(connection))) }
        }
    }

    // MARK: The wire

    private func send(_ request: Request, on connection: Int) {
        guard uplinks[connection].isOpenAtSite else { return }
        let due = arrival(after: uplinks[connection].lastUp)
        uplinks[connection].lastUp = due
        agenda.post(.up(connection: connection, request), due: due)
    }

    func send(_ answer: Answer, on connection: Int) {
        let due = arrival(after: uplinks[connection].lastDown)
        uplinks[connection].lastDown = due
        agenda.post(.down(connection: connection, answer), due: due)
    }

    private func arrival(after last: Instant) -> Instant {
        var delay = UInt64(2 + chance.below(8))
        if stalls > 0, chance.below(1_000) < stalls { delay += UInt64(chance.below(2_000)) }
        return max(last, now + Milliseconds(delay))
    }
}
