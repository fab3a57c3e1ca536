import Basis
import Configuration
import EventLoop
import Forwarding
import Schema
import Testing

@testable import Router

/// Where and when a connector dials (RS-345 to RS-351).
@Suite struct `A connector` {
    private let start = Instant(milliseconds: 1_000_000)
    private let socket = Descriptor(number: 7)

    private func connector(
        _ given: [String: SchemaValue] = [:], haste: Double = 0
    ) -> Connector {
        let declared = EntityDeclaration(type: Schema.connector, line: 1, given: given)
        return Connector(
            ConnectorSettings(declared), ConfiguredEntity(declared), haste: haste, now: start)
    }

    private func seconds(_ count: UInt64) -> Instant { start + .seconds(count) }

    @Test func `shows how far it has come`() {
        var connector = connector()
        #expect(connector.state == .initializing)
        let attempt = connector.begin()
        #expect(connector.awaits(attempt))
        #expect(connector.state == .connecting)
        _ = connector.connecting(socket, at: start)
        #expect(!connector.awaits(attempt))
        #expect(connector.state == .connecting)
        connector.connected(ConnectionID(number: 1))
        #expect(connector.state == .success)
        _ = connector.lost(at: start)
        #expect(connector.state == .failed)
    }

    @Test(
        arguments: [
            ([:], 10), (["connectTimeoutSeconds": .integer(3)], 3),
            (["connectTimeoutSeconds": .integer(.max)], 2_147_483),
        ] as [([String: SchemaValue], UInt64)])
    func `gives the peer so long to take a connection`(
        given: [String: SchemaValue], limit: UInt64
    ) {
        var connector = connector(given)
        _ = connector.begin()
        #expect(connector.connecting(socket, at: start) == seconds(limit))
    }

    @Test(arguments: [0, -1, Int.min])
    func `gives it as long as the kernel does if there is no limit`(seconds: Int) {
        var connector = connector(["connectTimeoutSeconds": .integer(seconds)])
        _ = connector.begin()
        #expect(connector.connecting(socket, at: start) == nil)
    }

    @Test func `waits two seconds after a loss and five after a failure`() {
        var connector = connector()
        _ = connector.begin()
        #expect(connector.failed(at: start) == seconds(5))
        _ = connector.begin()
        connector.opened(at: start)
        #expect(connector.lost(at: start) == seconds(2))
    }

    @Test(arguments: [(0, 5_000, 2_000), (0.5, 3_750, 1_500), (1, 2_500, 1_000), (9, 2_500, 1_000)])
    func `of an edge waits for between half of that and all`(
        haste: Double, afterFailure: UInt64, afterLoss: UInt64
    ) {
        var connector = connector(["role": .string("edge")], haste: haste)
        #expect(connector.failed(at: start) == start + Milliseconds(afterFailure))
        connector.opened(at: start)
        #expect(connector.lost(at: start) == start + Milliseconds(afterLoss))
        var other = self.connector(haste: haste)
        #expect(other.failed(at: start) == seconds(5))
    }

    @Test func `waits one second for a route container`() {
        var connector = connector(["role": .string("route-container")])
        _ = connector.begin()
        #expect(connector.failed(at: start) == seconds(1))
        _ = connector.begin()
        connector.opened(at: start)
        #expect(connector.lost(at: start) == seconds(1))
    }

    @Test func `goes to the next place after two failures, and back`() {
        var connector = connector()
        connector.learn([Connector.Place(host: "b", port: "1")])
        #expect(connector.failoverText == "amqp://127.0.0.1:amqp, amqp://b:1")
        #expect(connector.failed(at: start) == seconds(1))
        #expect(connector.place.host == "127.0.0.1")
        _ = connector.failed(at: start)
        #expect(connector.failoverText == "amqp://b:1, amqp://127.0.0.1:amqp")
        // What the peer takes back is forgotten, but for the place in use.
        connector.learn([])
        #expect(connector.places.count == 2)
        for _ in 0..<2 { _ = connector.failed(at: start) }
        connector.learn([])
        #expect(connector.failoverText == "amqp://127.0.0.1:amqp")
    }

    @Test func `does not take a late answer to an earlier try`() {
        var connector = connector()
        let first = connector.begin()
        _ = connector.failed(at: start)
        #expect(!connector.awaits(first))
        let second = connector.begin()
        #expect(!connector.awaits(first))
        #expect(connector.awaits(second))
    }
}
