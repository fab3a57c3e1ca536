internal import Synchronization

/// The octets of messages that may wait in the router, all workers and senders together.
///
/// A sender may have a quarter of what is left waiting: the fuller the router, the less, so that those
/// with the most are paused first, and one that has little goes on.
public final class MemoryBudget: Sendable {
    package let limit: Int
    private let used = Atomic<Int>(0)

    /// `limit` is in octets.
    package init(limit: Int) { self.limit = max(limit, Self.least) }

    /// With less no message of the largest usual frame could wait.
    private static let least = 4 << 20
    /// What one sender may have waiting at the most, and may always have.
    private static let mostOfOne = 16 << 20
    private static let leastOfOne = 64 << 10

    /// Counts octets that wait from now on; a negative count waits no longer.
    func add(_ octets: Int) { used.wrappingAdd(octets, ordering: .relaxed) }

    /// Octets that wait now.
    package var waiting: Int { used.load(ordering: .relaxed) }

    /// Senders get next to nothing any more.
    package var isFull: Bool { waiting >= limit }

    /// The octets that one sender may have waiting now.
    var ofOneSender: Int {
        let left = limit - used.load(ordering: .relaxed)
        return min(Self.mostOfOne, max(Self.leastOfOne, left / 4))
    }

    /// The octets that a session's window may let in before they are taken: at first, and at most.
    var ofOneWindow: (first: Int, most: Int) {
        (min(4 << 20, limit / 16), min(16 << 20, limit / 4))
    }
}
