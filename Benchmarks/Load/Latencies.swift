/// Times from sending to receipt, in microseconds: exact up to a second, beyond it as one.
struct Latencies {
    private var counts = [UInt32](repeating: 0, count: 1_000_001)
    private(set) var count: UInt64 = 0
    private(set) var longest: UInt64 = 0

    mutating func add(nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1_000
        counts[Int(min(microseconds, 1_000_000))] += 1
        count += 1
        longest = max(longest, microseconds)
    }

    /// The time that `part` of the messages kept to.
    func percentile(_ part: Double) -> UInt64 {
        let wanted = UInt64((Double(count) * part).rounded(.up))
        var seen: UInt64 = 0
        for microseconds in counts.indices {
            seen += UInt64(counts[microseconds])
            if seen >= wanted, seen > 0 { return min(UInt64(microseconds), longest) }
        }
        return longest
    }
}
