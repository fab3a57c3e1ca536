internal import Basis
internal import EventLoop
internal import Forwarding
internal import Router
internal import Seeded

/// Routers as they run in earnest, with their workers and control, and clients that do all that
/// clients may do: one thread, a clock of its own, and everything drawn from a seed.
package final class Plane {
    /// What the plane is made of.
    package struct Shape: Sendable {
        package var routers: Int
        package var workers: Int
        package var clients: Int
        /// Clients and ways between routers come and go.
        package var isTroubled: Bool
        /// The last router is an edge.
        package var hasEdge: Bool

        package init(routers: Int, workers: Int, clients: Int, isTroubled: Bool, hasEdge: Bool) {
            self.hasEdge = hasEdge && routers > 1
            self.routers = routers
            self.workers = workers
            self.clients = clients
            self.isTroubled = isTroubled
        }
    }

    package let seed: UInt64
    package let shape: Shape
    private(set) var now = Instant(milliseconds: 1_000_000)
    private var chance: Seed
    private var sites: [Site] = []
    private var wires: [Wire] = []
    /// Wires between routers.
    private var trunks: [Wire] = []
    private(set) var clients: [(client: PlayedClient, wire: Wire, site: Int)] = []
    private var clientsMade = 0
    let fates = Fates()
    let addresses: [PlayedAddress]

    package init(seed: UInt64, shape: Shape) throws {
        self.seed = seed
        self.shape = shape
        chance = Seed(number: seed)
        addresses = PlayedAddress.Kind.allCases.flatMap { kind in
            (0..<2).map { PlayedAddress(kind: kind, number: $0) }
        }
        for number in 0..<shape.routers {
            let text = Self.configuration(number, of: shape)
            let isEdge = shape.hasEdge && number == shape.routers - 1
            sites.append(
                try Site(
                    name: "R\(number)", text: text,
                    platform: platform(to: isEdge ? "edges" : "routers")))
        }
    }

    /// One whose connectors lead to the listener of that name.
    private func platform(to listener: String) -> Platform {
        Platform.played(
            by: Chance(Seed(number: chance.next())), from: now, startedAt: 1_700_000_000_000,
            dial: { [weak self] host, _ in
                self?.dial(host, listener) ?? .failure(SystemError(.connect, code: 111))
            })
    }

    /// Routers in a row, each dialled by the next.
    private static func configuration(_ number: Int, of shape: Shape) -> String {
        let isEdge = shape.hasEdge && number == shape.routers - 1
        let mode = isEdge ? "edge" : shape.routers > 1 ? "interior" : "standalone"
        var sections = [
            "router { mode: \(mode); id: R\(number); workerThreads: \(shape.workers); "
                + "presettledHoldSeconds: \(shape.isTroubled ? 5 : 100_000); memoryBudget: 67108864 }",
            "log { module: DEFAULT; enable: none }",
            "listener { name: clients; host: 127.0.0.1; port: 0; authenticatePeer: no }",
            "listener { name: containers; host: 127.0.0.1; port: 0; authenticatePeer: no; "
                + "role: route-container }",
            "linkRoute { prefix: routed; direction: in; containerId: container }",
            "linkRoute { prefix: routed; direction: out; containerId: container }",
        ]
        sections += PlayedAddress.Kind.distributed.map {
            "address { prefix: \($0.rawValue); distribution: \($0.rawValue) }"
        }
        for (name, role) in [("routers", "inter-router"), ("edges", "edge")]
        where mode == "interior" {
            sections.append(
                "listener { name: \(name); host: 127.0.0.1; port: 0; role: \(role); "
                    + "authenticatePeer: no }")
        }
        if number > 0 {
            let role = isEdge ? "edge" : "inter-router"
            sections.append(
                "connector { name: up; host: R\(number - 1); port: 5672; role: \(role) }")
        }
        let lines = sections.joined(separator: "\n").split(separator: ";")
        return lines.joined(separator: "\n").replacing("{", with: "{\n").replacing("}", with: "\n}")
    }

    // MARK: Ways

    private func dial(_ host: String, _ listener: String) -> Result<Descriptor, SystemError> {
        guard let site = sites.first(where: { $0.name == host }) else {
            return .failure(SystemError(.connect, code: 111))
        }
        let (near, nearEnd) = Wire.pair()
        let (far, farEnd) = Wire.pair()
        let wire = Wire(
            .socket(nearEnd), .socket(farEnd), chance: Seed(number: chance.next()),
            delay: 0...UInt64(chance.below(20)), largestPiece: 65_536)
        wires.append(wire)
        trunks.append(wire)
        site.control.welcome(far, to: listener, from: Socket.Endpoint(host: "10.0.0.1", port: "1"))
        return .success(near)
    }

    private func addClient() {
        clientsMade += 1
        let site = chance.below(sites.count)
        let isContainer = !clients.contains { $0.client.isContainer }
        let client = PlayedClient(
            number: clientsMade, isContainer: isContainer, fates: fates,
            chance: Seed(number: chance.next()), now: now)
        let (socket, end) = Wire.pair()
        let wire = Wire(
            .socket(end), .client(client), chance: Seed(number: chance.next()),
            delay: 0...UInt64(chance.below(8)), largestPiece: [16, 700, 65_536][chance.below(3)])
        wires.append(wire)
        clients.append((client, wire, site))
        sites[site].control.welcome(
            socket, to: isContainer ? "containers" : "clients",
            from: Socket.Endpoint(host: "10.0.0.2", port: "\(clientsMade)"))
    }

    // MARK: Time

    /// Everything that can happen now happens.
    private func settle() {
        for _ in 0..<20_000 {
            var hasMoved = false
            for site in sites where site.turn(at: now) { hasMoved = true }
            for wire in wires where wire.turn(at: now) { hasMoved = true }
            if !hasMoved { return wires.removeAll { $0.isCut } }
        }
        fates.wrong("the plane does not come to rest at \(now.nanoseconds / 1_000_000) ms")
    }

    /// Time goes on, event by event.
    private func run(for span: Milliseconds) {
        let end = now + span
        while true {
            settle()
            let dues =
                sites.compactMap(\.nextDue) + wires.compactMap(\.nextDue)
                + clients.compactMap(\.client.nextDue)
            guard let next = dues.min(), next <= end else { break }
            now = max(next, now)
            for entry in clients {
                if let due = entry.client.nextDue, due <= now { entry.client.tick(at: now) }
            }
        }
        now = end
        settle()
    }

    // MARK: The story

    /// Runs for so many steps, lets all come to rest and looks what is left. The errors are in
    /// ``errors``.
    package func run(steps: Int) {
        run(for: 15_000)
        for _ in 0..<steps { step() }
        rest()
    }

    package var errors: [String] { fates.errors }
    package var summary: String {
        let letters = fates.letters.count
        return "\(sites.count) routers with \(shape.workers) workers, \(clientsMade) clients, "
            + "\(letters) messages, \(fates.receipts) receipts"
    }

    private func step() {
        if clients.count < shape.clients { addClient() }
        for _ in 0..<(1 + chance.below(24)) {
            guard let entry = clients.isEmpty ? nil : clients[chance.below(clients.count)] else {
                break
            }
            entry.client.act(addresses, canGo: shape.isTroubled)
        }
        if shape.isTroubled { trouble() }
        let waits = [0, 0, 1, 3, 20, 200, chance.once(in: 8) ? 6_000 : 50]
        run(for: Milliseconds(UInt64(waits[chance.below(waits.count)])))
        clients.removeAll { $0.client.isGone && $0.wire.isCut }
        for site in sites { look(at: site) }
    }

    /// What must be right at any time.
    private func look(at site: Site) {
        let (waiting, limit) = site.control.budgeted
        if waiting < 0 || waiting > limit {
            fates.wrong("\(site.name) has \(waiting) octets waiting, of \(limit)")
        }
    }

    private func trouble() {
        switch chance.below(150) {
        case 0:
            guard let entry = clients.isEmpty ? nil : clients[chance.below(clients.count)] else {
                return
            }
            entry.client.vanish()
            entry.wire.cut()
        case 1:
            trunks.removeAll { $0.isCut }
            guard !trunks.isEmpty else { return }
            trunks[chance.below(trunks.count)].cut()
            fates.doubtAll()
        default: break
        }
    }

    /// All that was begun ends, all that waits is taken, and nothing is left.
    private func rest() {
        run(for: 15_000)
        for _ in 0..<40 {
            for entry in clients { entry.client.comeToRest() }
            run(for: 1_000)
        }
        run(for: 15_000)
        fates.closeAll(wasCalm: !shape.isTroubled)
        for site in sites {
            if site.holding != Holding() {
                fates.wrong("\(site.name) holds at rest: \(site.holding)")
            }
            let octets = site.control.budgeted.waiting
            if octets != 0 { fates.wrong("\(site.name) counts \(octets) octets at rest") }
        }
        let listened = Set(clients.flatMap(\.client.listensTo))
        for (address, sender, credit) in clients.flatMap(\.client.credits) {
            let isHeard = address.map { listened.contains($0) && $0.kind != .routed } ?? true
            if isHeard, credit != 250 {
                fates.wrong("sender \(sender) to \(address?.text ?? "any") has credit \(credit)")
            }
        }
    }
}

extension Plane.Shape {
    /// One that a seed stands for.
    package init(seed: UInt64) {
        var chance = Seed(number: seed &* 7 &+ 3)
        self.init(
            routers: 1 + chance.below(3), workers: 1 + chance.below(3),
            clients: 2 + chance.below(6), isTroubled: !chance.once(in: 3),
            hasEdge: chance.once(in: 2))
    }
}
