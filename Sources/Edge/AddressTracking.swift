/// What an interior router tells its edges of the addresses that they have producers of: whether
/// there are consumers other than theirs (IR 8.4).
///
/// An edge that is slow to take what it is told holds nothing up and fills nothing: of each address
/// it is told the newest.
package struct AddressTracking: Sendable {
    package struct Word: Hashable, Sendable {
        package let key: String
        package let isReachable: Bool
    }

    private struct Edge: Sendable {
        /// Its tracking link is attached.
        var isListening = false
        /// Addresses with consumers, by key.
        var reachable: Set<String> = []
        /// What is still to be told, in order.
        var due: [String] = []
        var isDue: Set<String> = []

        mutating func tell(_ key: String) {
            if isListening, isDue.insert(key).inserted { due.append(key) }
        }
    }

    private var edges: [UplinkID: Edge] = [:]

    package init() {}

    /// The edge's tracking link is attached: it is told of all.
    package mutating func listens(_ id: UplinkID) {
        var edge = edges[id] ?? Edge()
        edge.isListening = true
        for key in edge.reachable.sorted() { edge.tell(key) }
        edges[id] = edge
    }

    /// The edge's tracking link is gone.
    package mutating func listensNoMore(_ id: UplinkID) {
        edges[id]?.isListening = false
        edges[id]?.due = []
        edges[id]?.isDue = []
    }

    /// The connection is gone.
    package mutating func left(_ id: UplinkID) { edges[id] = nil }

    /// An address that the edge has producers of has consumers elsewhere, or no longer; nil if the
    /// edge has producers of it no more, and is told nothing.
    package mutating func changed(_ id: UplinkID, _ key: String, _ isReachable: Bool?) {
        var edge = edges[id] ?? Edge()
        if isReachable == true { edge.reachable.insert(key) } else { edge.reachable.remove(key) }
        if isReachable != nil { edge.tell(key) }
        edges[id] = edge
    }

    /// Edges that are still to be told something.
    package var waiting: [UplinkID] {
        edges.filter { !$0.value.due.isEmpty }.keys.sorted()
    }

    /// The next words for an edge, `most` at the most.
    package mutating func next(for id: UplinkID, most: Int) -> [Word] {
        guard most > 0, var edge = edges[id] else { return [] }
        let keys = edge.due.prefix(most)
        edge.due.removeFirst(keys.count)
        edge.isDue.subtract(keys)
        edges[id] = edge
        return keys.map { Word(key: $0, isReachable: edge.reachable.contains($0)) }
    }
}
