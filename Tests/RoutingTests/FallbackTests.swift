import AMQP
import Addressing
import Forwarding
import Routing
import Testing

/// RS-215 to RS-222, RS-441.
@Suite struct `An address with a fallback` {
    private func table(_ distribution: Distribution = .balanced) -> Table {
        let rule = AddressRules.Rule(distribution: distribution, hasFallback: true)
        return Table(rules: [("f/#", rule)])
    }

    private func fallback(in table: inout Table) -> WorkerTicket {
        table.receive(from: "f/a", worker: 1, capability: .symbol("qd.fallback"))
    }

    @Test(arguments: [Distribution.balanced, .closest, .multicast])
    func `has a twin of the same distribution, which workers hear of first`(
        distribution: Distribution
    ) {
        var table = table(distribution)
        table.send(to: "f/a")
        #expect(
            table.effects == [
                "0: open 2 MFf/a \(distribution)", "0: open 1 M0f/a \(distribution) fallback 2",
                "0: 1 attached L1 route 1 to f/a",
            ])
    }

    @Test func `is there while one of the two is in use`() {
        var table = table()
        let consumer = fallback(in: &table)
        #expect(table.keys == ["M0f/a", "MFf/a"])
        let sender = table.send(to: "f/a")
        table.detach(consumer, .outgoing)
        #expect(table.keys == ["M0f/a", "MFf/a"])
        table.detach(sender, .incoming)
        #expect(table.keys == [])
    }

    @Test func `is found by messages that name it while it has nobody but a fallback`() {
        var table = table()
        _ = fallback(in: &table)
        table.resolve("M0f/a")
        #expect(
            table.effects == [
                "0: open 1 MFf/a balanced", "0: 1 +outlet 1/1",
                "0: open 2 M0f/a balanced fallback 1", "0: resolved M0f/a 2",
            ])
    }

    @Test func `takes back what its fallback's consumers give`() {
        var table = table()
        table.send(to: "f/a", capability: .symbol("qd.fallback"))
        #expect(table.effects.last == "0: 1 attached L1 route 1 to f/a")
    }

    @Test func `has none if it was there before its configuration`() {
        var table = Table()
        let sender = table.send(to: "f/a")
        _ = table.table.rules.insert(
            "f/#", AddressRules.Rule(distribution: .balanced, hasFallback: true))
        let consumer = fallback(in: &table)
        table.send(to: "f/a", worker: 1)
        #expect(table.effects.first == "1: open 1 M0f/a balanced")
        table.detach(consumer, .outgoing)
        #expect(table.keys == ["M0f/a"])
        table.detach(sender, .incoming)
        #expect(table.keys == ["M0f/a"])
    }

    @Test func `is announced for its fallback's consumers by another key`() {
        var table = table()
        _ = fallback(in: &table)
        #expect(table.effects.contains("announce MFf/a 3"))
        #expect(table.table.announced.map(\.key) == ["MFf/a"])
    }
}
