import Forwarding
import Testing

@testable import Router

@Suite struct `What connections have carried` {
    private func id(_ number: UInt64) -> ConnectionID { ConnectionID(number: number) }

    private func counters(_ received: UInt64, _ sent: UInt64) -> ConnectionCounters {
        let counters = ConnectionCounters()
        counters.traffic.received.raise(by: received)
        counters.traffic.sent.raise(by: sent)
        return counters
    }

    @Test func `stays when a connection ends, and goes on with the next`() {
        var totals = TrafficTotals<String>()
        let first = counters(5, 7)
        totals.opened(id(1), of: "B", first)
        #expect(totals.totals["B"] == .init(connections: 1, received: 5, sent: 7))
        first.traffic.sent.raise(by: 1)
        totals.closed(id(1))
        totals.closed(id(1))
        #expect(totals.totals["B"] == .init(connections: 0, received: 5, sent: 8))
        totals.opened(id(2), of: "B", counters(1, 1))
        totals.opened(id(3), of: "B", counters(1, 1))
        #expect(totals.totals["B"] == .init(connections: 2, received: 7, sent: 10))
    }

    @Test func `is no longer told of an owner that is gone`() {
        var totals = TrafficTotals<UInt64>()
        totals.opened(id(1), of: 9, counters(1, 1))
        totals.forget(9)
        #expect(totals.totals.isEmpty)
        totals.closed(id(1))
        #expect(totals.totals.isEmpty && totals.count == 0)
    }
}
