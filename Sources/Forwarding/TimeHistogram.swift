/// How long things took, counted in fixed ranges. Its worker writes, any thread reads.
///
/// The times are from turn to turn of the worker's loop, whose clock is read anyway. To note one
/// allocates nothing and takes no lock: it raises one count, and the sum.
public struct TimeHistogram: ~Copyable, Sendable {
    /// Where the ranges end, in seconds; what is above the last has a range of its own.
    public static let bounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]
    private static let limits: InlineArray<11, UInt64> = [
        100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 500_000_000,
        1_000_000_000, 5_000_000_000, 30_000_000_000,
    ]

    private let ranges: InlineArray<12, Counter>
    private let sum = Counter()

    public init() { ranges = InlineArray { _ in Counter() } }

    /// Something was done within the turn in which it came.
    @inline(__always)
    func noteAtOnce() { ranges[0].raise() }

    @inline(__always)
    func note(_ nanoseconds: UInt64) {
        guard nanoseconds > 0 else { return noteAtOnce() }
        noteLater(nanoseconds)
    }

    private func noteLater(_ nanoseconds: UInt64) {
        var place = 0
        while place < Self.limits.count, nanoseconds > Self.limits[place] { place += 1 }
        ranges[place].raise()
        sum.raise(by: nanoseconds)
    }

    /// What was noted so far.
    public var reading: Reading {
        Reading(counts: ranges.indices.map { ranges[$0].count }, nanoseconds: sum.count)
    }

    public struct Reading: Hashable, Sendable {
        /// How many took as long as each range says; the last is for those above all bounds.
        public private(set) var counts: [UInt64] = []
        private var nanoseconds: UInt64 = 0

        /// Nothing.
        public init() {}

        init(counts: [UInt64], nanoseconds: UInt64) {
            self.counts = counts
            self.nanoseconds = nanoseconds
        }

        public var seconds: Double { Double(nanoseconds) / 1e9 }

        /// With another worker's.
        public mutating func add(_ other: Reading) {
            guard !counts.isEmpty else { return self = other }
            for place in counts.indices { counts[place] &+= other.counts[place] }
            nanoseconds &+= other.nanoseconds
        }
    }
}

/// Bytes of a connection's protocol, without what TLS and WebSockets add. Its worker writes.
public struct Traffic: ~Copyable, Sendable {
    public let received = Counter()
    public let sent = Counter()

    public init() {}
}
