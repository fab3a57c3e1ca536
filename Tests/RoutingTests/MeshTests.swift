import AMQP
import Forwarding
import Routing
import Testing

@Suite struct `Addresses among routers` {
    @Test func `a router's consumers keep the address`() {
        var table = Table()
        table.map("M0a", hint: 1, router: 2)
        #expect(table.effects == [])
        #expect(table.keys == ["M0a"])
        #expect(table.table.entry(forKey: "M0a")?.distribution == .multicast)
        table.map("M0a", router: 2, isMapped: false)
        #expect(table.keys == [])
    }

    @Test func `replicas hear of every change, in order of the routers`() {
        var table = Table()
        table.send(to: "a")
        table.send(to: "a", worker: 1)
        table.map("M0a", hint: 3, router: 5)
        #expect(table.effects == ["0: 1 remotes [5]", "1: 1 remotes [5]"])
        table.map("M0a", hint: 3, router: 2)
        #expect(table.effects == ["0: 1 remotes [2, 5]", "1: 1 remotes [2, 5]"])
        table.map("M0a", router: 5, isMapped: false)
        #expect(table.effects == ["0: 1 remotes [2]", "1: 1 remotes [2]"])
    }

    @Test func `a new replica hears of the routers that are there`() {
        var table = Table()
        table.map("M0a", hint: 2, router: 2)
        table.send(to: "a")
        #expect(
            table.effects == [
                "0: open 1 M0a closest", "0: 1 remotes [2]", "0: 1 attached L1 route 1 to a",
            ])
    }

    @Test func `an address that is gone cannot lose a router`() {
        var table = Table()
        table.map("M0a", router: 2, isMapped: false)
        #expect(table.effects == [])
        #expect(table.keys == [])
    }

    @Test(
        arguments: [
            (0, .multicast), (1, .multicast), (2, .closest), (3, .balanced), (nil, .closest),
            (9, .closest),
        ] as [(UInt8?, Distribution)])
    func `the announcing router says how to share (IR-5.2)`(
        hint: UInt8?, distribution: Distribution
    ) {
        var table = Table(distribution: .closest)
        table.map("M0a", hint: hint, router: 2)
        #expect(table.table.entry(forKey: "M0a")?.distribution == distribution)
    }

    @Test func `this router's configuration wins over the announcing one's (IR-5.2)`() {
        var table = Table(rules: [("#", AddressRules.Rule(distribution: .closest))])
        table.map("M0a", hint: 1, router: 2)
        #expect(table.table.entry(forKey: "M0a")?.distribution == .closest)
    }

    @Test func `without a hint, an unavailable default means balanced`() {
        var table = Table(distribution: .unavailable)
        table.map("M0a", router: 2)
        #expect(table.table.entry(forKey: "M0a")?.distribution == .balanced)
    }

    @Test func `a router that can be reached is a consumer of its own address`() {
        var table = Table()
        table.send(to: "_topo/0/B/x")
        table.run { table, effects in
            table.setRouter("B", RouterIndex(number: 4), isReachable: true, into: &effects)
        }
        #expect(table.effects == ["0: 1 remotes [4]"])
        table.run { table, effects in
            table.setRouter("B", RouterIndex(number: 4), isReachable: false, into: &effects)
        }
        #expect(table.effects == ["0: 1 remotes []"])
    }

    @Test func `what is announced are mobile addresses with consumers, in order`() {
        var table = Table()
        table.receive(from: "b")
        table.receive(from: "a")
        table.receive(from: "_local/l")
        table.send(to: "c")
        table.map("M0d", hint: 3, router: 2)
        #expect(table.table.announced.map(\.key) == ["M0a", "M0b"])
        #expect(table.table.announced.map(\.hint) == [3, 3])
    }

    @Test func `remote consumers are not announced again`() {
        var table = Table()
        table.map("M0a", hint: 3, router: 2)
        let place = table.receive(from: "a")
        #expect(table.effects.contains("announce M0a 3"))
        table.detach(place, .outgoing)
        #expect(table.effects == ["0: 1 -outlet 0/1", "withdraw M0a"])
        #expect(table.keys == ["M0a"])
    }
}

@Suite struct `Keys that a worker asks for` {
    @Test func `one that nobody has is not found, and is not kept`() {
        var table = Table()
        table.resolve("M0a")
        #expect(table.effects == ["0: resolved M0a nil"])
        #expect(table.keys == [])
    }

    @Test func `one that is in use is opened before the answer`() {
        var table = Table()
        table.receive(from: "a")
        table.resolve("M0a", worker: 1)
        #expect(
            table.effects == [
                "1: open 1 M0a balanced", "1: 1 +outlet 0/1", "1: resolved M0a 1",
            ])
    }

    @Test func `one that the worker has already is just answered`() {
        var table = Table()
        table.receive(from: "a")
        table.resolve("M0a")
        #expect(table.effects == ["0: resolved M0a 1"])
    }

    @Test func `one that is unavailable is told as such, and is not kept (RS-167)`() {
        var table = Table(distribution: .unavailable)
        table.resolve("M0a")
        #expect(
            table.effects == ["0: open 1 M0a unavailable", "0: resolved M0a 1", "0: close 1"])
        #expect(table.keys == [])
    }
}
