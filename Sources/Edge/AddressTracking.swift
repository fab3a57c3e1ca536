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
        /// What is still to be told.
        var due = UniqueQueue<String>()
    }

    private var edges: [UplinkID: Edge] = [:]
    /// Those with something due.
    private var pending = UniqueQueue<UplinkID>()

    package init() {}

    /// The edge's tracking link is attached: it is told of all.
    package mutating func listens(_ id: UplinkID) {
        edges[id, default: Edge()].isListening = true
        for key in edges[id]?.reachable.sorted() ?? [] { tell(id, of: key) }
    }

    /// The edge's tracking link is gone.
    package mutating func listensNoMore(_ id: UplinkID) {
        edges[id]?.isListening = false
        edges[id]?.due.removeAll()
        pending.remove(id)
    }

    /// The connection is gone.
    package mutating func left(_ id: UplinkID) {
        edges[id] = nil
        pending.remove(id)
    }

    /// An address that the edge has producers of has consumers elsewhere, or no longer; nil if the
    /// edge has producers of it no more, and is told nothing.
    package mutating func changed(_ id: UplinkID, _ key: String, _ isReachable: Bool?) {
        if isReachable == true {
            edges[id, default: Edge()].reachable.insert(key)
        } else {
            edges[id]?.reachable.remove(key)
        }
        if isReachable != nil {
            tell(id, of: key)
        } else {
            edges[id]?.due.remove(key)
            if edges[id]?.due.isEmpty == true { pending.remove(id) }
        }
    }

    private mutating func tell(_ id: UplinkID, of key: String) {
        guard edges[id]?.isListening == true else { return }
        edges[id]?.due.append(key)
        pending.append(id)
    }

    /// Edges that are still to be told something, the one that waits longest first.
    package var waiting: [UplinkID] { pending.elements }
    package var isAnyoneWaiting: Bool { !pending.isEmpty }

    /// The next words for an edge, `most` at the most.
    package mutating func next(for id: UplinkID, most: Int) -> [Word] {
        var words: [Word] = []
        while words.count < most, let key = edges[id]?.due.popFirst() {
            words.append(Word(key: key, isReachable: edges[id]?.reachable.contains(key) == true))
        }
        if edges[id]?.due.isEmpty == true { pending.remove(id) }
        return words
    }
}
