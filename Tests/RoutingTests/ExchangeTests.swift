import Addressing
import Forwarding
import Routing
import Testing

/// RS-280 to RS-286, RS-480 to RS-486, MG-189.
@Suite struct `Exchanges of a router` {
    private struct Registry {
        var exchanges = Exchanges()
        var table = Table()

        mutating func exchange(
            _ name: String, at address: String? = nil, alternate: String? = nil
        ) -> Exchange {
            let exchange = Exchange(
                number: UInt64(exchanges.exchanges.count + 1), name: name,
                place: NextHop(address: address ?? name, phase: .first),
                alternate: alternate.map { NextHop(address: $0, phase: .first) }, method: .amqp)
            table.run { table, effects in exchanges.add(exchange, &table, into: &effects) }
            return exchange
        }

        func binding(_ exchange: String, _ key: String, _ hop: String) -> Binding {
            Binding(
                number: UInt64(100 + exchanges.bindings.count), name: nil, exchange: exchange,
                key: key, hop: NextHop(address: hop, phase: .first))
        }

        @discardableResult
        mutating func bind(_ exchange: String, _ key: String, _ hop: String) -> Binding {
            let binding = binding(exchange, key, hop)
            table.run { table, effects in exchanges.add(binding, &table, into: &effects) }
            return binding
        }

        mutating func remove(_ exchange: Exchange) {
            table.run { table, effects in exchanges.remove(exchange, &table, into: &effects) }
        }

        mutating func remove(_ binding: Binding) {
            table.run { table, effects in exchanges.remove(binding, &table, into: &effects) }
        }
    }

    @Test func `hold their addresses, and are told to the mesh`() {
        var registry = Registry()
        let exchange = registry.exchange("x", alternate: "alt")
        #expect(registry.table.effects == ["announce M0x 3"])
        #expect(registry.table.table.announced.map(\.key) == ["M0x"])
        let first = registry.bind("x", "a", "h")
        registry.bind("x", "b", "h")
        #expect(registry.table.keys == ["M0x", "M0alt", "M0h"])
        registry.remove(first)
        #expect(registry.table.keys == ["M0x", "M0alt", "M0h"])
        registry.remove(exchange)
        #expect(registry.table.effects.contains("withdraw M0x"))
        #expect(registry.table.keys == [])
        #expect(registry.exchanges.bindings.isEmpty)
    }

    @Test func `are known to a worker with all their next hops, in whatever circle`() {
        var registry = Registry()
        _ = registry.exchange("x")
        _ = registry.exchange("y")
        registry.bind("x", "#", "y")
        registry.bind("y", "#", "x")
        registry.bind("y", "#", "h")
        registry.table.send(to: "x")
        let opened = registry.table.effects.filter { $0.contains(" open ") }
        #expect(Set(opened.map { $0.split(separator: " ")[3] }) == ["M0x", "M0y", "M0h"])
    }

    @Test func `are announced once, whoever consumes at their address`() {
        var registry = Registry()
        _ = registry.exchange("x")
        let consumer = registry.table.receive(from: "x")
        #expect(!registry.table.effects.contains { $0.hasPrefix("announce") })
        registry.table.detach(consumer, .outgoing)
        #expect(!registry.table.effects.contains { $0.hasPrefix("withdraw") })
    }

    @Test func `cannot be twice`() {
        var registry = Registry()
        let exchange = registry.exchange("x", at: "a")
        registry.bind("x", "k", "h")
        let same = Exchange(
            number: 9, name: "x", place: NextHop(address: "/a/", phase: .first), alternate: nil,
            method: .amqp)
        #expect(registry.exchanges.faults(of: same) == [.duplicateName, .duplicateAddress])
        #expect(registry.exchanges.faults(of: same, for: exchange) == [])
        let binding = registry.binding("x", "k", "h")
        #expect(registry.exchanges.faults(of: binding) == [.duplicateHop])
        let orphan = registry.binding("none", "k", "h")
        #expect(registry.exchanges.faults(of: orphan) == [.noExchange])
    }

    @Test func `keep their bindings when they change`() {
        var registry = Registry()
        let exchange = registry.exchange("x")
        registry.bind("x", "k", "h")
        let new = Exchange(
            number: 9, name: "x", place: NextHop(address: "y", phase: .first), alternate: nil,
            method: .mqtt)
        registry.table.run { table, effects in
            registry.exchanges.replace(exchange, by: new, &table, into: &effects)
        }
        #expect(registry.exchanges.bindings(of: new).map(\.key) == ["k"])
        #expect(registry.table.keys == ["M0y", "M0h"])
    }
}
