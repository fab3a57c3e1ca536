internal import EventLoop

/// The newest lines (MG-126).
final class LogMemory: Sendable {
    private static let size = 1_000

    private struct Ring {
        var entries: [LogEntry] = []
        var start = 0
    }

    private let ring = Guarded(Ring())

    func append(_ entry: LogEntry) {
        ring.withLock { ring in
            guard ring.entries.count == Self.size else { return ring.entries.append(entry) }
            ring.entries[ring.start] = entry
            ring.start = (ring.start + 1) % Self.size
        }
    }

    /// Oldest first, at most `limit`; all if that is not positive.
    func entries(limit: Int) -> [LogEntry] {
        ring.withLock { ring in
            let ordered = ring.entries[ring.start...] + ring.entries[..<ring.start]
            return Array(limit > 0 ? ordered.suffix(limit) : ordered[...])
        }
    }
}
