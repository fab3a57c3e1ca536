import AMQP
import Addressing
import Forwarding
import Routing
import Testing

@Suite struct `How addresses are treated` {
    @Test(arguments: [Distribution.closest, .balanced, .multicast])
    func `as the default says if nothing matches (RS-128)`(distribution: Distribution) {
        var table = Table(distribution: distribution)
        table.send(to: "a")
        #expect(table.effects.first == "0: open 1 M0a \(distribution)")
    }

    @Test func `as the configuration says, with its priority`() {
        var table = Table(rules: [("a/b", AddressRules.Rule(distribution: .closest, priority: 7))])
        table.send(to: "/a/b/")
        #expect(table.effects.first == "0: open 1 M0a/b closest priority 7")
    }

    @Test func `as the configuration said when they were first used (RS-125)`() {
        var table = Table()
        let first = table.send(to: "a")
        table.table.rules = AddressRules(defaultDistribution: .multicast)
        table.send(to: "a", worker: 1)
        #expect(table.effects.first == "1: open 1 M0a balanced")
        table.send(to: "b")
        #expect(table.effects.first == "0: open 2 M0b multicast")
        table.detach(first, .incoming)
        #expect(table.keys == ["M0a", "M0b"])
    }

    @Test(
        arguments: [
            (.multicast, 1), (.closest, 2), (.balanced, 3),
        ] as [(Distribution, UInt8)])
    func `told to other routers by number (IR-4.3)`(distribution: Distribution, hint: UInt8) {
        var table = Table(distribution: distribution)
        table.receive(from: "a")
        #expect(table.effects.contains("announce M0a \(hint)"))
    }

    // MARK: Phases

    static let waypoint = [
        (
            pattern: "q",
            rule: AddressRules.Rule(
                distribution: .balanced, ingressPhase: .first, egressPhase: Phase(1) ?? .first)
        )
    ]

    @Test func `with a waypoint, senders and receivers do not meet (RS-133)`() {
        var table = Table(rules: Self.waypoint)
        table.send(to: "q")
        #expect(table.effects.last == "0: 1 attached L1 route 1 to q")
        table.receive(from: "q")
        #expect(table.keys == ["M0q", "M1q"])
        #expect(table.effects.contains("0: 2 attached L2 route 2 phase 1"))
    }

    @Test func `a waypoint's own links stand between the two (RS-134)`() {
        var table = Table(rules: Self.waypoint)
        table.send(to: "q")
        table.receive(from: "q")
        table.receive(from: "q", capability: .symbol("qd.waypoint"))
        #expect(table.effects.contains("0: 3 attached L3 route 1"))
        table.send(to: "q", capability: .symbol("qd.waypoint"))
        #expect(table.effects.contains("0: 4 attached L4 route 2 phase 1 to q"))
    }

    @Test(
        arguments: [
            (.symbol("qd.waypoint"), 1), (.symbol("qd.waypoint.1"), 1),
            (.symbol("qd.waypoint_9"), 9), (.array(.symbols(["x", "qd.waypoint.4"])), 4),
            (.symbol("qd.waypoint.0"), nil), (.symbol("qd.waypoint.10"), nil),
            (.symbol("qd.waypoints"), nil), (.symbol("waypoint"), nil), ("qd.waypoint", nil),
            (nil, nil),
        ] as [(Value, Int?)])
    func `a capability names the phase (RS-134)`(capability: Value, phase: Int?) {
        #expect(capability.waypointPhase == phase)
    }

    // MARK: Tenants

    @Test func `a tenant's addresses have its name before them (RS-138)`() {
        var table = Table()
        table.send(to: "a", tenant: "H/")
        #expect(
            table.effects == ["0: open 1 M0H/a balanced", "0: 1 attached L1 route 1 to H/a"])
        table.receive(from: "H/a")
        #expect(table.effects.last == "0: 2 attached L2 route 1")
    }

    @Test func `a tenant's addresses are looked up by the full name (RS-140)`() {
        var table = Table(rules: [("H/a", AddressRules.Rule(distribution: .multicast))])
        table.send(to: "a", tenant: "H/")
        #expect(table.effects.first == "0: open 1 M0H/a multicast")
    }

    @Test func `a tenant's management is its own (RS-139)`() {
        var table = Table()
        table.table.addInProcess(key: "M0$management")
        table.send(to: "$management", tenant: "H/")
        #expect(table.keys == ["M0$management", "M0H/$management"])
    }

    @Test(arguments: [("_local/a", "La"), ("_topo/0/B/a", "RB"), ("_edge/E/a", "HE")])
    func `reserved forms are no tenant's (RS-139)`(address: String, key: String) {
        var table = Table()
        table.send(to: address, tenant: "H/")
        #expect(table.keys == [key])
        #expect(table.effects.last == "0: 1 attached L1 route 1 to \(address)")
    }
}
