internal import Forwarding

/// What connections have carried, by something that they belong to; it never falls when one ends.
struct TrafficTotals<Owner: Hashable & Sendable>: Sendable {
    struct Total: Hashable, Sendable {
        var connections = 0
        var received: UInt64 = 0
        var sent: UInt64 = 0

        mutating func add(_ traffic: borrowing Traffic) {
            received &+= traffic.received.count
            sent &+= traffic.sent.count
        }
    }

    private var ended: [Owner: Total] = [:]
    private var living: [ConnectionID: Living] = [:]

    private struct Living {
        let owner: Owner
        let counters: ConnectionCounters
    }

    var count: Int { ended.count }
    func knows(_ owner: Owner) -> Bool { ended[owner] != nil }

    mutating func opened(_ id: ConnectionID, of owner: Owner, _ counters: ConnectionCounters) {
        if ended[owner] == nil { ended[owner] = Total() }
        living[id] = Living(owner: owner, counters: counters)
    }

    mutating func closed(_ id: ConnectionID) {
        guard let connection = living.removeValue(forKey: id) else { return }
        ended[connection.owner]?.add(connection.counters.traffic)
    }

    /// What it had is told no more.
    mutating func forget(_ owner: Owner) { ended[owner] = nil }

    /// Of each owner that has had a connection.
    var totals: [Owner: Total] {
        var totals = ended
        for connection in living.values {
            totals[connection.owner]?.add(connection.counters.traffic)
            totals[connection.owner]?.connections += 1
        }
        return totals
    }
}
