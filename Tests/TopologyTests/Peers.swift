import Basis
import Topology

/// A router under test, called A, and what its neighbours would say.
struct Subject {
    var mesh: Mesh
    var now: Instant
    /// What the last event brought about.
    private(set) var effects: [Mesh.Effect] = []
    /// When it wants to be woken.
    private(set) var wake: Instant?
    /// What it did at wake-ups since the last event that was given by hand.
    private(set) var past: [Mesh.Effect] = []
    private(set) var everSent: [ControlMessage] = []

    init(
        _ name: RouterID = "A", formerSequence: SequenceNumber = 0, timing: Timing = Timing(),
        limits: Limits = Limits()
    ) {
        mesh = Mesh(
            myself: name, instance: 100, formerSequence: formerSequence, timing: timing,
            limits: limits)
        now = Instant(milliseconds: 10_000)
        handle(.started)
    }

    /// Neighbour B on trunk 1, and trunk 2 on which nothing has been heard.
    static var withSecondTrunkToB: Subject {
        var router = Subject()
        router.join("B", on: 1)
        router.handle(.trunkOpened(2, cost: 1))
        return router
    }

    mutating func handle(_ event: Mesh.Event) {
        effects = []
        past = []
        step(event)
    }

    private mutating func step(_ event: Mesh.Event) {
        effects = []
        mesh.handle(event, at: now, into: &effects)
        for case .wake(let instant) in effects { wake = instant }
        past += effects
        everSent += sent
    }

    /// Lets time pass, waking the machine when it asks.
    mutating func pass(_ span: Milliseconds) {
        let end = now + span
        past = []
        effects = []
        while let due = wake, due <= end {
            now = max(now, due)
            wake = nil
            step(.timerFired)
        }
        now = end
    }

    mutating func receive(
        _ message: ControlMessage, on trunk: TrunkID = 1, trace: [RouterID]? = nil,
        isFlooded: Bool = false
    ) {
        let arrival = Mesh.Arrival(
            trunk: trunk, trace: trace ?? [message.id], isFlooded: isFlooded)
        handle(.received(message, arrival))
    }

    mutating func hello(
        _ id: RouterID, on trunk: TrunkID = 1, instance: Instance = 200, seen: [RouterID]? = nil
    ) {
        receive(.hello(id: id, instance: instance, seen: seen ?? [mesh.myself]), on: trunk)
    }

    /// Lets so many seconds pass in which neighbours go on to say HELLO, each on its own trunk.
    mutating func pass(seconds: Int, with neighbours: [RouterID], instance: Instance = 200) {
        for _ in 0..<seconds {
            pass(1_000)
            for (number, neighbour) in neighbours.enumerated() {
                hello(neighbour, on: TrunkID(number + 1), instance: instance)
            }
        }
    }

    /// A new neighbour, its trunk open and its HELLO heard.
    mutating func join(
        _ id: RouterID, on trunk: TrunkID = 1, cost: Int = 1, isMartlet: Bool = false
    ) {
        handle(.trunkOpened(trunk, cost: cost, takesRecords: isMartlet))
        hello(id, on: trunk)
        pass(20)
    }

    mutating func announce(
        _ id: RouterID, instance: Instance = 200, links: SequenceNumber = 1,
        addresses: SequenceNumber = 0,
        on trunk: TrunkID = 1, trace: [RouterID]? = nil
    ) {
        let message = ControlMessage.ra(
            id: id, instance: instance, linkStateSequence: links, mobileSequence: addresses)
        receive(message, on: trunk, trace: trace, isFlooded: true)
    }

    /// The link state of a router, with costs.
    mutating func links(
        _ id: RouterID, instance: Instance = 200, sequence: SequenceNumber = 1,
        _ peers: [RouterID: Int],
        on trunk: TrunkID = 1
    ) {
        let state = LinkState(
            sequence: sequence, peers: peers.map { LinkState.Peer(id: $0.key, cost: $0.value) })
        receive(.lsu(id: id, instance: instance, state), on: trunk)
        pass(20)
    }

    /// A mesh in which everyone says what is true: pairs of neighbours with the cost between them.
    mutating func learn(_ pairs: [(RouterID, RouterID, Int)]) {
        let me = mesh.myself
        var trunk = 0
        for (one, other, cost) in pairs where one == me || other == me {
            trunk += 1
            join(one == me ? other : one, on: TrunkID(trunk), cost: cost)
        }
        let others = Set(pairs.flatMap { [$0.0, $0.1] }).subtracting([me]).sorted()
        for router in others {
            var peers: [RouterID: Int] = [:]
            for (one, other, cost) in pairs {
                if one == router { peers[other] = cost }
                if other == router { peers[one] = cost }
            }
            links(router, peers)
        }
    }

    var sent: [ControlMessage] { Self.sent(effects) }
    var sentInThePast: [ControlMessage] { Self.sent(past) }

    var facts: [Fact] {
        past.compactMap { if case .log(let fact) = $0 { fact } else { nil } }
    }

    func path(_ id: RouterID) -> Mesh.Row? {
        mesh.rows.first { $0.id == id }
    }

    func validOrigins(of id: RouterID) -> [RouterID] {
        var mesh = mesh
        return mesh.validOrigins(of: id)
    }

    func isOnTree(_ trace: [RouterID]) -> Bool {
        var mesh = mesh
        return mesh.isOnTree(trace: trace)
    }

    func multicastTrunks(
        _ destinations: [RouterID], from ingress: RouterID?, trace: [RouterID]
    ) -> [TrunkID] {
        var mesh = mesh
        return mesh.multicastTrunks(for: destinations, ingress: ingress, trace: trace)
    }

    private static func sent(_ effects: [Mesh.Effect]) -> [ControlMessage] {
        effects.compactMap { if case .send(let message, _) = $0 { message } else { nil } }
    }
}

extension ControlMessage {
    var isHello: Bool { if case .hello = self { true } else { false } }
    var isUpdate: Bool { if case .mau = self { true } else { false } }
    var isSummary: Bool { if case .summary = self { true } else { false } }
    var isAnnouncement: Bool { if case .ra = self { true } else { false } }
    var isLinkStateRequest: Bool { if case .lsr = self { true } else { false } }
    var isAddressRequest: Bool { if case .mar = self { true } else { false } }
}
