public import Basis

/// What is due when: a binary heap by instant. Entries are not taken back; their owner tells a
/// stale one by its own state.
public struct TimerHeap: ~Copyable {
    /// A token that becomes due.
    public struct Entry: Sendable {
        public let due: Instant
        public let token: UInt64
    }

    private var entries: [Entry] = []

    public init() {}

    /// When the next entry is due, if there is one.
    public var nextDue: Instant? { entries.first?.due }

    public mutating func add(_ token: UInt64, due: Instant) {
        entries.append(Entry(due: due, token: token))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].due < entries[parent].due else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes one token that is due at `now`, if any is.
    public mutating func popDue(at now: Instant) -> UInt64? {
        guard let first = entries.first, first.due <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return first.token
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].due < entries[least].due {
                least = child
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
