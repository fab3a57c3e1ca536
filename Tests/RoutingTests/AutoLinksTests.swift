import Addressing
import Basis
import Forwarding
import Testing

@testable import Routing

/// The machine with what it was last led to, in words.
private struct Machine {
    var links = AutoLinks()
    var now = Instant(milliseconds: 1_000)
    var effects: [String] = []

    static let broker = ConnectionID(number: 7)

    mutating func run(_ event: (inout AutoLinks, inout [AutoLinks.Effect]) -> Void) {
        var effects: [AutoLinks.Effect] = []
        event(&links, &effects)
        self.effects = effects.map { effect in
            switch effect {
            case .attach(let link, let connection): "attach \(link.title) \(connection.number)"
            case .detach(let link, let connection): "detach \(link.title) \(connection.number)"
            case .log(let text): text
            case .wake(let due): "wake \(due.since(now).count)"
            }
        }
    }

    mutating func add(_ number: UInt64, _ containers: ContainerChoice) {
        let link = AutoLink(
            number: number, name: number == 1 ? "q" : nil, address: "q", direction: .outgoing,
            phase: .first, containers: containers)
        run { $0.add(link, into: &$1) }
    }

    mutating func open(
        _ connection: ConnectionID = broker, id: String = "broker", name: String? = nil
    ) {
        let container = RouteContainer(id: id, connectionName: name)
        run { $0.opened(connection, to: container, into: &$1) }
    }

    mutating func answer(_ number: UInt64 = 1) {
        run { $0.attached(number, on: Self.broker, as: LinkID(number: 5), into: &$1) }
    }

    mutating func lose(_ error: String? = nil) {
        let now = now
        run { $0.lost(1, on: Self.broker, error: error, at: now, into: &$1) }
    }

    mutating func loseSession() {
        let now = now
        run { $0.lost(1, on: Self.broker, error: nil, withSession: true, at: now, into: &$1) }
    }

    mutating func pass(_ seconds: UInt64) {
        now = now + .seconds(seconds)
        let now = now
        run { $0.tick(at: now, into: &$1) }
    }
}

/// RS-230, RS-235 to RS-238, RS-450, RS-451.
@Suite struct `Auto links` {
    @Test(arguments: [
        (ContainerChoice.container("broker"), "broker", nil, true),
        (.container("broker"), "other", "broker", false),
        (.connection("here"), "any", "here", true), (.connection("here"), "here", nil, false),
        (.nobody, "broker", "here", false),
    ])
    func `are made on the connections that they name`(
        choice: ContainerChoice, id: String, name: String?, isMade: Bool
    ) {
        var machine = Machine()
        machine.add(1, choice)
        machine.open(id: id, name: name)
        #expect(machine.effects == (isMade ? ["attach q 7"] : []))
    }

    @Test func `share a session until it was ended with them`() {
        var machine = Machine()
        machine.add(1, .container("broker"))
        machine.open()
        machine.lose("no such queue")
        #expect(machine.links.links[1]?.sharesSession == true)
        machine.loseSession()
        #expect(machine.links.links[1]?.sharesSession == false)
    }

    @Test func `are made at once where the container is there already`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        #expect(machine.effects == ["attach q 7"])
        #expect(machine.links.progress(of: 1) == [.attaching])
        machine.answer()
        #expect(machine.effects == ["Auto Link Activated 'q' on container broker"])
        #expect(machine.links.progress(of: 1) == [.active(LinkID(number: 5))])
    }

    @Test func `are tried again after two seconds, and after five each further time`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        machine.lose("no such queue")
        #expect(
            machine.effects == [
                "Auto Link Activation Failed. no such queue 'q' on container broker", "wake 2000",
            ])
        machine.pass(1)
        #expect(machine.effects == [])
        machine.pass(1)
        #expect(machine.effects == ["attach q 7"])
        machine.lose()
        #expect(
            machine.effects == [
                "Auto Link Activation Failed.  'q' on container broker", "wake 5000",
            ])
        #expect(machine.links.lastError(of: 1) == "no such queue")
        machine.pass(5)
        machine.answer()
        #expect(machine.links.lastError(of: 1) == nil)
        machine.lose()
        #expect(machine.effects.last == "wake 2000")
    }

    @Test func `are waited for together by one timer`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        machine.add(2, .container("broker"))
        machine.lose()
        machine.now = machine.now + Milliseconds(50)
        let now = machine.now
        machine.run { $0.lost(2, on: Machine.broker, error: nil, at: now, into: &$1) }
        #expect(machine.effects.count == 1)
        machine.now = Instant(milliseconds: 1_000)
        machine.pass(2)
        #expect(machine.effects == ["attach q 7", "attach 2 7"])
    }

    @Test func `are told apart on two connections of one container`() {
        var machine = Machine()
        machine.add(1, .container("broker"))
        machine.open()
        machine.open(ConnectionID(number: 8))
        #expect(machine.effects == ["attach q 8"])
        machine.answer()
        machine.run { $0.closed(ConnectionID(number: 8), into: &$1) }
        #expect(machine.effects == ["Auto Link Deactivated 'q' on container broker"])
        #expect(machine.links.progress(of: 1) == [.active(LinkID(number: 5))])
    }

    @Test func `are detached when they are configured no more, and hear of nothing then`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        machine.run { $0.remove(1, into: &$1) }
        #expect(
            machine.effects == ["detach q 7", "Auto Link Deactivated 'q' on container broker"])
        machine.answer()
        #expect(machine.effects == [])
        machine.lose("late")
        #expect(machine.effects == [])
        #expect(machine.links.lastError(of: 1) == nil)
    }

    @Test func `wait for nothing on a connection that has gone`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        machine.lose()
        machine.run { $0.closed(Machine.broker, into: &$1) }
        #expect(machine.effects == [])
        machine.pass(2)
        #expect(machine.effects == [])
        machine.open()
        #expect(machine.effects == ["attach q 7"])
    }

    @Test func `keep so much of what a container says`() {
        var machine = Machine()
        machine.open()
        machine.add(1, .container("broker"))
        machine.lose(String(repeating: "x", count: 1 << 20))
        #expect(machine.links.lastError(of: 1)?.count == AutoLinks.longestError)
    }
}

/// RS-232, RS-240, RS-443.
@Suite struct `The address of an auto link` {
    private func link(
        _ direction: LinkDirection, phase: Int, isFallback: Bool = false
    ) -> AutoLink {
        var link = AutoLink(
            number: 1, name: nil, address: "q", direction: direction, phase: Phase(phase) ?? .first,
            containers: .nobody)
        link.isFallback = isFallback
        return link
    }

    @Test func `stays while one is configured`() {
        var table = Table()
        let (first, second) = (link(.outgoing, phase: 0), link(.outgoing, phase: 0))
        table.run { $0.hold(first.address, first.routedPhase, into: &$1) }
        table.run { $0.hold(second.address, second.routedPhase, into: &$1) }
        #expect(table.keys == ["M0q"])
        table.run { $0.letGo(of: first.address, first.routedPhase, into: &$1) }
        #expect(table.keys == ["M0q"])
        table.run { $0.letGo(of: second.address, second.routedPhase, into: &$1) }
        #expect(table.keys == [])
    }

    @Test(arguments: [
        (LinkDirection.incoming, 3, false, "M3q"), (.outgoing, 0, false, "M0q"),
        (.outgoing, 0, true, "MFq"), (.incoming, 0, true, "M0q"),
    ])
    func `has its phase`(direction: LinkDirection, phase: Int, isFallback: Bool, key: String) {
        var table = Table()
        let link = link(direction, phase: phase, isFallback: isFallback)
        table.run { $0.hold(link.address, link.routedPhase, into: &$1) }
        #expect(table.keys == [key])
    }

    @Test(arguments: [
        (Distribution.multicast, Distribution.multicast), (.closest, .closest),
        (.unavailable, .balanced),
    ])
    func `is balanced where nothing else can be`(wanted: Distribution, got: Distribution) {
        var table = Table(
            distribution: .unavailable, rules: [("q/#", AddressRules.Rule(distribution: wanted))])
        let link = link(.outgoing, phase: 0)
        table.run { $0.hold(link.address, link.routedPhase, into: &$1) }
        #expect(table.table.entry(forKey: "M0q")?.distribution == got)
        var other = Table(distribution: .unavailable)
        other.run { $0.hold(link.address, link.routedPhase, into: &$1) }
        #expect(other.table.entry(forKey: "M0q")?.distribution == .balanced)
    }
}
