package import Basis

/// What can only be seen of a link by looking again and again: how fast it settles, since when it
/// has had no credit, and which of its deliveries are stuck (MG-143 to MG-145).
///
/// The worker that owns the link counts nothing for this: its counters are sampled once a second.
package struct LinkHistory: Sendable {
    /// A link's counters at one moment.
    package struct Sample: Sendable {
        package var settled: UInt64
        /// Credit there is, and the delivery at which it will be used up.
        package var credit: UInt64
        package var creditLimit: UInt64
        /// Deliveries that wait to be sent or to be settled, those that were sent on while they
        /// arrived left out.
        package var outstanding: UInt64

        package init(settled: UInt64, credit: UInt64, creditLimit: UInt64, outstanding: UInt64) {
            self.settled = settled
            self.credit = credit
            self.creditLimit = creditLimit
            self.outstanding = outstanding
        }
    }

    /// What a sweep has found for the first time.
    package struct Findings: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The link has its first stuck delivery.
        package static let stuck = Findings(rawValue: 1)
        /// It has had no credit for too long.
        package static let blocked = Findings(rawValue: 2)
    }

    /// Seconds over which the settle rate is taken.
    private static let depth = 5

    /// The last counts of settlements, one for each second; `settled[next]` is the oldest.
    private var settled: InlineArray<5, UInt64>
    private var next = 0
    private var lastSettled: UInt64
    /// When it last settled something, or was made.
    private var settledAt: Instant
    private var lastLimit: UInt64
    /// When it was first seen without credit; nil while it has some.
    private var zeroSince: Instant?
    /// Deliveries that a sweep has found stuck and that are not settled.
    package private(set) var stuck: UInt64 = 0
    package private(set) var isBlocked = false

    package init(_ sample: Sample, at now: Instant) {
        settled = InlineArray(repeating: sample.settled)
        lastSettled = sample.settled
        settledAt = now
        lastLimit = sample.creditLimit
        if sample.credit == 0 { zeroSince = now }
    }

    /// Settlements in the last five seconds, divided by five.
    package var settledPerSecond: Int {
        Int((lastSettled &- settled[next]) / UInt64(Self.depth))
    }

    package func zeroCreditSeconds(at now: Instant) -> UInt64 {
        zeroSince.map { now.since($0).count / 1_000 } ?? 0
    }

    /// To be called once a second.
    package mutating func take(_ sample: Sample, at now: Instant) {
        let settledNow = sample.settled &- lastSettled
        if settledNow > 0 {
            settledAt = now
            // The oldest are settled first, and those are the stuck ones.
            stuck -= min(stuck, settledNow)
        }
        stuck = min(stuck, sample.outstanding)
        settled[next] = lastSettled
        next = (next + 1) % Self.depth
        lastSettled = sample.settled
        // Credit that came and went between two looks has moved the limit.
        if sample.credit > 0 || sample.creditLimit != lastLimit {
            zeroSince = nil
            isBlocked = false
        }
        if sample.credit == 0, zeroSince == nil { zeroSince = now }
        lastLimit = sample.creditLimit
    }

    /// Looks for stuck deliveries and for want of credit; to be called every half minute.
    package mutating func sweep(
        _ sample: Sample, age: Milliseconds, at now: Instant
    ) -> Findings {
        var findings: Findings = []
        if sample.outstanding > 0, settledAt + age < now {
            if stuck == 0 { findings.insert(.stuck) }
            stuck = sample.outstanding
        }
        if let zeroSince, zeroSince + age < now, !isBlocked {
            isBlocked = true
            findings.insert(.blocked)
        }
        return findings
    }
}
