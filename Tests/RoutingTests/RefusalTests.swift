import AMQP
import Sessions
import Forwarding
import Testing

@testable import Routing

@Suite struct `Links that may not attach` {
    static let noRoute = "0: 1 refused qd:no-route-to-dest No route to the destination node"
    static let notFound = "0: 1 refused amqp:not-found Node not found"
    static let forbidden = "0: 1 refused qd:forbidden Connectivity to the node is forbidden"

    @Test(arguments: [Terminus.Kind.null, .source])
    func `receivers without an address (RS-46)`(kind: Terminus.Kind) {
        var table = Table()
        table.attach(.outgoing, TerminusReport(kind: kind, address: nil))
        #expect(table.effects == [Self.noRoute])
        #expect(table.table.links.isEmpty)
    }

    @Test(arguments: ["_topo/0/B", "_topo/0/B/a", "_topo/all/a"])
    func `receivers on what belongs to other routers (RS-47)`(address: String) {
        var table = Table()
        table.receive(from: address)
        #expect(table.effects == [Self.noRoute])
        #expect(table.table.entries.isEmpty)
    }

    @Test(arguments: ["_topo/1/B/a", "_topo/1", "_edge/E", "_edge/E/a"])
    func `receivers on what sends nothing are none, but get it (RS-120)`(address: String) {
        var table = Table()
        table.receive(from: address)
        #expect(table.effects == ["0: 1 attached L1"])
        #expect(table.table.entries.isEmpty)
    }

    @Test(arguments: [LinkDirection.incoming, .outgoing])
    func `those to an address that is unavailable (RS-40)`(direction: LinkDirection) {
        var table = Table(rules: [("a", AddressRules.Rule(distribution: .unavailable))])
        let kind: Terminus.Kind = direction == .incoming ? .target : .source
        table.attach(direction, TerminusReport(kind: kind, address: "a"))
        #expect(table.effects == [Self.notFound])
        #expect(table.table.entries.isEmpty)
    }

    @Test(arguments: ["a", "_local/a", "_topo/0/A/a", "$other"])
    func `those to any address if unavailable is the default (RS-130)`(address: String) {
        var table = Table(distribution: .unavailable)
        table.send(to: address)
        #expect(table.effects == [Self.notFound])
    }

    @Test(arguments: ["qd.router", "qd.router-data"])
    func `those that claim to be a router's (RS-20)`(capability: String) {
        var table = Table()
        table.send(to: "a", capability: .symbol(capability))
        #expect(table.effects == [Self.forbidden])
    }

    @Test func `those to a coordinator of transactions (RS-49)`() {
        var table = Table()
        table.attach(.incoming, TerminusReport(kind: .coordinator, address: nil))
        #expect(
            table.effects == [
                "0: 1 refused amqp:precondition-failed The router can't coordinate transactions "
                    + "by itself, a linkRoute to a coordinator must be configured to use "
                    + "transactions."
            ])
    }

    @Test func `those to a coordinator, whatever the default (RS-130)`() {
        var table = Table(distribution: .unavailable)
        table.attach(.incoming, TerminusReport(kind: .coordinator, address: nil))
        #expect(table.effects.first?.hasPrefix("0: 1 refused amqp:precondition-failed") == true)
    }

    @Test func `a refused link takes no number`() {
        var table = Table()
        table.receive(from: nil)
        table.send(to: "a")
        #expect(table.table.lastNumber == 1)
    }
}

@Suite struct `Links to special addresses` {
    @Test func `management is there in-process, and gives way to no consumer (RS-50)`() {
        var table = Table()
        table.table.addInProcess(key: "M0$management")
        table.send(to: "$management")
        #expect(
            table.effects == [
                "0: open 1 M0$management closest in-process",
                "0: 1 attached L1 route 1 to $management",
            ])
        table.receive(from: "$management")
        #expect(table.effects.last == "0: 2 attached L2 route 1")
    }

    @Test func `management stays when its last link goes`() {
        var table = Table()
        table.table.addInProcess(key: "M0$management")
        table.detach(table.send(to: "$management"), .incoming)
        #expect(table.effects == [])
        #expect(table.keys == ["M0$management"])
    }

    @Test(arguments: ["$management", "_local/$management", "_topo/0/A/$management"])
    func `management takes senders even if unavailable is the default (RS-130)`(address: String) {
        var table = Table(distribution: .unavailable)
        table.table.addInProcess(key: "M0$management")
        table.table.addInProcess(key: "L$management")
        table.send(to: address)
        #expect(table.effects.last?.hasPrefix("0: 1 attached L1 route") == true)
    }

    @Test func `a receiver may ask for an address of its own (RS-45)`() {
        var table = Table(distribution: .unavailable)
        table.attach(.outgoing, TerminusReport(kind: .source, address: nil, isDynamic: true))
        #expect(
            table.effects == [
                "0: open 1 Ltemp.RANDOM balanced",
                "0: 1 +outlet 0/1",
                "0: 1 attached L1 route 1 dynamic amqp:/_topo/0/A/temp.RANDOM",
            ])
        table.send(to: "amqp:/_topo/0/A/temp.RANDOM", worker: 1)
        #expect(
            table.effects.last == "1: 2 attached L2 route 1 to amqp:/_topo/0/A/temp.RANDOM")
    }

    @Test func `an address of a receiver's own goes with it (RS-45)`() {
        var table = Table()
        let place = table.attach(
            .outgoing, TerminusReport(kind: .source, address: nil, isDynamic: true))
        table.detach(place, .outgoing)
        #expect(table.effects == ["0: 1 -outlet 0/1", "0: close 1"])
    }

    @Test func `a sender may ask for an address too, which all routers know (RS-41)`() {
        var table = Table()
        table.attach(.incoming, TerminusReport(kind: .target, address: nil, isDynamic: true))
        #expect(
            table.effects.last
                == "0: 1 attached L1 route 1 to _$temp.RANDOM dynamic amqp:/_$temp.RANDOM")
        #expect(table.keys == ["M0_$temp.RANDOM"])
    }

    @Test func `a dynamic target is balanced (RS-41)`() {
        var table = Table(distribution: .multicast)
        table.attach(.incoming, TerminusReport(kind: .target, address: nil, isDynamic: true))
        #expect(table.effects.first == "0: open 1 M0_$temp.RANDOM balanced")
    }

    @Test(
        arguments: [
            ("_topo/0/B", "RB"), ("_topo/0/B/a", "RB"), ("_topo/1/B/a", "A1"), ("_edge/E/a", "HE"),
            ("_local/a", "La"), ("_topo/0/A/a", "La"), ("_other/a", "M0_other/a"),
        ])
    func `a sender may name what is not here (RS-47, RS-120)`(address: String, key: String) {
        var table = Table()
        table.send(to: address)
        #expect(table.effects.last == "0: 1 attached L1 route 1 to \(address)")
        #expect(table.keys == [key])
    }

    @Test(arguments: ["_local/a", "_topo/0/A/a"])
    func `a local address is not announced (RS-120)`(address: String) {
        var table = Table()
        let place = table.receive(from: address)
        #expect(table.effects.suffix(2) == ["0: 1 +outlet 0/1", "0: 1 attached L1 route 1"])
        table.detach(place, .outgoing)
        #expect(table.effects == ["0: 1 -outlet 0/1", "0: close 1"])
    }

    @Test func `a local address takes no configured distribution (RS-121)`() {
        var table = Table(
            distribution: .closest,
            rules: [("#", AddressRules.Rule(distribution: .multicast))])
        table.send(to: "_local/a")
        #expect(table.effects.first == "0: open 1 La balanced")
    }
}
