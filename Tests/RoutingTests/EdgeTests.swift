import AMQP
import Addressing
import EventLoop
import Forwarding
import Routing
import Sessions
import Testing

private func source(_ address: String?, _ capability: Value? = nil) -> TerminusReport {
    TerminusReport(kind: .source, address: address, capabilities: capability)
}

private func target(_ address: String?) -> TerminusReport {
    TerminusReport(kind: .target, address: address)
}

/// What a table decides about connections between edges and interior routers (IR 8).
@Suite struct `The table of an interior router` {
    @Test func `knows an edge by its downlink, and says so in the mesh (IR-84)`() {
        var table = Table()
        let downlink = source("E", .symbol("qd.router-edge-downlink"))
        let place = table.attach(.outgoing, downlink, connection: 7, isEdge: true)
        #expect(table.effects.contains("announce HE 2"))
        #expect(table.table.entry(forKey: "HE")?.distribution == .closest)
        table.send(to: "_edge/E/temp.1")
        #expect(table.effects.contains("0: 2 attached L2 route 1 to _edge/E/temp.1"))
        table.detach(place, .outgoing)
        #expect(table.effects.contains("withdraw HE"))
    }

    @Test func `takes no downlink of anyone else, nor of a list of capabilities`() {
        var table = Table()
        let downlink = source("E", .symbol("qd.router-edge-downlink"))
        table.attach(.outgoing, downlink)
        #expect(table.keys == ["M0E"])
        let list = source("F", .array(.symbols(["qd.router-edge-downlink"])))
        table.attach(.outgoing, list, connection: 7, isEdge: true)
        #expect(table.keys == ["M0E", "M0F"])
    }

    @Test func `tells an edge of consumers other than its own (IR-86)`() {
        var table = Table()
        table.attach(.outgoing, source("a"), connection: 7, isEdge: true)
        let sender = table.attach(.incoming, target("a"), connection: 7, isEdge: true)
        #expect(!table.effects.contains { $0.hasPrefix("C7") })
        let other = table.attach(.outgoing, source("a"), connection: 8, isEdge: true)
        #expect(table.effects.contains("C7 M0a true"))
        table.receive(from: "a")
        #expect(!table.effects.contains { $0.hasPrefix("C") })
        table.detach(other, .outgoing)
        #expect(!table.effects.contains { $0.hasPrefix("C") })
        table.detach(sender, .incoming)
        #expect(table.effects.contains("C7 M0a forgotten"))
    }

    @Test func `tells every edge that sends when the last consumer elsewhere goes`() {
        var table = Table()
        for edge in [9, 7, 8] as [UInt64] {
            table.attach(.incoming, target("a"), connection: edge, isEdge: true)
        }
        table.map("M0a", router: 3)
        #expect(
            table.effects.filter { $0.hasPrefix("C") }
                == ["C7 M0a true", "C8 M0a true", "C9 M0a true"])
        table.map("M0a", router: 3, isMapped: false)
        #expect(table.effects.contains("C7 M0a false"))
    }

    @Test func `tells each edge once, however consumers come and go elsewhere`() {
        var table = Table()
        table.attach(.incoming, target("a"), connection: 7, isEdge: true)
        table.attach(.incoming, target("a"), connection: 8, isEdge: true)
        var consumers: [WorkerTicket] = []
        var told: [String] = []
        func note() { told += table.effects.filter { $0.hasPrefix("C") } }
        for number in 7...10 as ClosedRange<UInt64> {
            consumers.append(
                table.attach(.outgoing, source("a"), connection: number, isEdge: true))
            note()
        }
        #expect(told == ["C8 M0a true", "C7 M0a true"])
        told = []
        // A producer that comes later is told, too.
        table.attach(.incoming, target("a"), connection: 9, isEdge: true)
        note()
        #expect(told == ["C9 M0a true"])
        told = []
        for consumer in consumers.reversed() {
            table.detach(consumer, .outgoing)
            note()
        }
        #expect(told == ["C7 M0a false", "C8 M0a false", "C9 M0a false"])
    }

    @Test func `has services for edges, which refuse others without a reason (IR-100)`() {
        var table = Table()
        table.table.addInProcess(key: EdgeService.lookup.key, credit: 32)
        table.table.addInProcess(key: EdgeService.heartbeat.key, credit: 2)
        for address in ["_$qd.addr_lookup", "_$qd.edge_addr_tracking"] {
            table.attach(.incoming, target(address))
            table.attach(.outgoing, source("amqp:/" + address))
            #expect(table.effects.last?.hasSuffix("refused ") == true, "\(table.effects)")
        }
        table.attach(.outgoing, source("_$qd.edge_addr_tracking"), connection: 7, isEdge: true)
        #expect(table.effects.last?.contains("attached") == true)
        table.attach(.incoming, target("_$qd.addr_lookup"), connection: 7, isEdge: true)
        #expect(table.effects.last?.contains("attached") == true)
        table.attach(.incoming, target("_$qd.edge_heartbeat"))
        #expect(table.effects.last?.contains("attached") == true)
    }

    @Test func `of a standalone router has only heartbeats (IR-101)`() {
        var table = Table(mode: .standalone)
        table.attach(.outgoing, source("_$qd.edge_addr_tracking"))
        #expect(table.effects.last?.contains("attached") == true)
        table.attach(.outgoing, source("_$qd.edge_heartbeat"))
        #expect(table.effects.last?.hasSuffix("refused ") == true)
    }
}

@Suite struct `The table of an edge router` {
    private static func edge() -> Table {
        var table = Table(mode: .edge)
        table.run { table, effects in table.openElsewhere(into: &effects) }
        return table
    }

    @Test func `knows the way to elsewhere on every worker`() {
        let table = Self.edge()
        #expect(table.effects == ["0: open 1 L_edge closest", "1: open 1 L_edge closest"])
    }

    @Test(arguments: ["_topo/0/B/x", "_topo/all/all/x", "_topo/9/B/x", "_edge/F/x"])
    func `sends there what names another router`(address: String) {
        var table = Self.edge()
        table.send(to: address)
        #expect(table.effects.last == "0: 1 attached L1 route 1 to \(address)")
        table.receive(from: address)
        #expect(table.effects.last?.contains("refused qd:no-route-to-dest") == true)
    }

    @Test func `sends there what it does not know, but nothing of its own`() {
        var table = Self.edge()
        table.resolve("M0nobody")
        #expect(table.effects == ["0: resolved M0nobody 1"])
        table.resolve("Ltemp.gone")
        #expect(table.effects == ["0: resolved Ltemp.gone nil"])
    }

    @Test func `says when an address gets its first producer, and loses its last`() {
        var table = Self.edge()
        let first = table.send(to: "a")
        #expect(table.effects.contains("producers of M0a"))
        let second = table.send(to: "a")
        #expect(!table.effects.contains("producers of M0a"))
        table.detach(first, .incoming)
        #expect(!table.effects.contains("no producers of M0a"))
        table.detach(second, .incoming)
        #expect(table.effects.contains("no producers of M0a"))
    }

    @Test func `takes consumers of a fallback for producers of its address (RS-442)`() {
        var table = Table(
            rules: [("f/#", AddressRules.Rule(distribution: .balanced, hasFallback: true))],
            mode: .edge)
        let first = table.receive(from: "f/a", capability: .symbol("qd.fallback"))
        #expect(table.effects.contains("producers of M0f/a"))
        let sender = table.send(to: "f/a")
        #expect(!table.effects.contains("producers of M0f/a"))
        table.detach(first, .outgoing)
        #expect(!table.effects.contains("no producers of M0f/a"))
        table.detach(sender, .incoming)
        #expect(table.effects.contains("no producers of M0f/a"))
        let last = table.receive(from: "f/a", capability: .symbol("qd.fallback"))
        #expect(table.effects.contains("producers of M0f/a"))
        table.detach(last, .outgoing)
        #expect(table.effects.contains("no producers of M0f/a"))
    }

    @Test func `makes dynamic addresses that lead to the edge (RS-45)`() {
        var table = Self.edge()
        table.attach(
            .outgoing, TerminusReport(kind: .source, address: nil, isDynamic: true))
        #expect(table.effects.last?.hasSuffix("dynamic amqp:/_edge/A/temp.RANDOM") == true)
    }
}
