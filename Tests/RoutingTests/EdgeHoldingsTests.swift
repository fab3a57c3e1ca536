import AMQP
import Addressing
import Forwarding
import Routing
import Sessions
import Testing

/// What an edge may have at an interior router, with the extremes.
@Suite struct `An edge's holdings` {
    private let edge = ConnectionID(number: 7)

    private func source(_ address: String) -> TerminusReport {
        TerminusReport(kind: .source, address: address)
    }

    private func table(addresses: Int = 0, links: Int = 0, edges: Int = 0) -> Table {
        var table = Table()
        table.table.holdings.limits.addresses = addresses
        table.table.holdings.limits.links = links
        table.table.holdings.limits.edges = edges
        _ = table.table.holdings.admit(edge)
        return table
    }

    private func holding(_ table: Table) -> [Int] {
        table.table.holdings.edges[edge].map { [$0.addresses, $0.links] } ?? []
    }

    @Test func `are counted, and given back`() {
        var table = table()
        let first = table.attach(.outgoing, source("a"), connection: 7, isEdge: true)
        let target = TerminusReport(kind: .target, address: "a")
        let second = table.attach(.incoming, target, connection: 7, isEdge: true)
        table.attach(
            .incoming, TerminusReport(kind: .target, address: nil), connection: 7, isEdge: true)
        table.attach(.outgoing, source("b"), connection: 8, isEdge: true)
        #expect(holding(table) == [1, 3])
        table.detach(first, .outgoing)
        #expect(holding(table) == [1, 2])
        table.detach(second, .incoming)
        #expect(holding(table) == [0, 1])
        table.table.holdings.left(edge)
        #expect(holding(table) == [])
    }

    @Test(arguments: [1, 2, 100])
    func `are of so many addresses at the most`(most: Int) {
        var table = table(addresses: most)
        for number in 0..<most {
            table.attach(.outgoing, source("a\(number)"), connection: 7, isEdge: true)
        }
        table.attach(.outgoing, source("more"), connection: 7, isEdge: true)
        #expect(table.effects.count == 1)
        #expect(
            table.effects[0].hasSuffix(
                "refused amqp:resource-limit-exceeded The edge has links of \(most) addresses here, "
                    + "as many as maxAddressesPerEdge allows"))
        #expect(!table.keys.contains("M0more"))
        #expect(table.table.holdings.deniedLinks == 1)
        // A further link of an address that it has is none more, and other edges have their own.
        table.attach(
            .incoming, TerminusReport(kind: .target, address: "a0"), connection: 7, isEdge: true)
        table.attach(.outgoing, source("more"), connection: 8, isEdge: true)
        table.receive(from: "still more")
        #expect(holding(table) == [most, most + 1])
        #expect(table.keys.contains("M0more") && table.keys.contains("M0still more"))
    }

    @Test func `are so many links at the most, whatever they are for`() {
        var table = table(links: 2)
        for number in 0..<2 {
            table.attach(
                .incoming, TerminusReport(kind: .target, address: nil), connection: 7, isEdge: true)
            #expect(holding(table) == [0, number + 1])
        }
        let request = table.table.links.values.first?.request
        let error = request.flatMap { table.table.refusalOfLink(ofEdge: $0) }
        #expect(error?.name == "amqp:resource-limit-exceeded")
        #expect(error?.text == "The edge has 2 links here, as many as maxLinksPerEdge allows")
        #expect(table.table.holdings.deniedLinks == 1)
    }

    @Test func `have no limit that is 0`() {
        var table = table()
        for number in 0..<500 {
            table.attach(.outgoing, source("a\(number)"), connection: 7, isEdge: true)
            _ = table.table.holdings.admit(ConnectionID(number: UInt64(1_000 + number)))
        }
        #expect(holding(table) == [500, 500])
        #expect(table.table.holdings.edges.count == 501)
        #expect(table.table.holdings.deniedEdges == 0)
    }

    @Test func `of an edge too many are none`() {
        var table = table(edges: 1)
        let error = table.table.holdings.admit(ConnectionID(number: 8))
        #expect(error?.text == "The router has 1 edges, as many as maxEdges allows")
        #expect(table.table.holdings.deniedEdges == 1)
        table.table.holdings.left(edge)
        let again = table.table.holdings.admit(ConnectionID(number: 8))
        #expect(again == nil)
    }
}
