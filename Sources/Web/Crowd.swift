internal import EventLoop

/// How many connections each listener has, and each host of them.
struct Crowd {
    private struct Place: Hashable {
        let listener: UInt64
        /// Nil for all hosts.
        let host: String?
    }

    private var counts: [Place: Int] = [:]

    private func count(_ visitor: WebThread.Visitor, host: String?) -> Int {
        counts[Place(listener: visitor.listener, host: host)] ?? 0
    }

    func hasTooMany(ofHost visitor: WebThread.Visitor) -> Bool {
        count(visitor, host: visitor.peer.host) >= visitor.site.mostOfHost
    }

    /// One more would be too many.
    func isFull(_ visitor: WebThread.Visitor) -> Bool {
        hasTooMany(ofHost: visitor) || count(visitor, host: nil) >= visitor.site.mostConnections
    }

    mutating func enter(_ visitor: WebThread.Visitor) { change(visitor, by: 1) }
    mutating func leave(_ visitor: WebThread.Visitor) { change(visitor, by: -1) }

    private mutating func change(_ visitor: WebThread.Visitor, by amount: Int) {
        for host in [nil, visitor.peer.host] {
            let place = Place(listener: visitor.listener, host: host)
            let count = (counts[place] ?? 0) + amount
            counts[place] = count > 0 ? count : nil
        }
    }
}
