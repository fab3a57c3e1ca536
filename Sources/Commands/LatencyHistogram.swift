/// How often which latency was seen, in a fixed amount of memory: a value is known to one part in
/// 32.
///
///     values   0 1 2 ... 31 | 32 33 ... 63 | 64 66 ... 126 | 128 132 ...
///     octave        0       |      1       |       2       |    3          32 slots each
struct LatencyHistogram {
    private static let slots = 32
    private static let octaves = 60
    private var counts = [Int](repeating: 0, count: slots * octaves)
    private(set) var count = 0
    private(set) var largest: UInt64 = 0
    private var sum = 0.0

    /// Takes note of a latency, in nanoseconds.
    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.slot(of: nanoseconds)] += 1
        count += 1
        largest = max(largest, nanoseconds)
        sum += Double(nanoseconds)
    }

    var mean: UInt64 { count == 0 ? 0 : UInt64(sum / Double(count)) }

    /// The latency that so many hundredths of all did not exceed; 0 if there are none.
    func percentile(_ percent: Double) -> UInt64 {
        let rank = max(1, Int((Double(count) * percent / 100).rounded(.up)))
        var seen = 0
        for slot in counts.indices where counts[slot] > 0 {
            seen += counts[slot]
            if seen >= rank { return min(Self.highest(inSlot: slot), largest) }
        }
        return 0
    }

    private static func slot(of value: UInt64) -> Int {
        guard value >= UInt64(slots) else { return Int(value) }
        let octave = 63 - value.leadingZeroBitCount - 4
        let place = Int(value >> UInt64(octave - 1)) - slots
        return octave * slots + place
    }

    private static func highest(inSlot slot: Int) -> UInt64 {
        let octave = slot / slots
        guard octave > 0 else { return UInt64(slot) }
        let shift = UInt64(octave - 1)
        return (UInt64(slot % slots + slots + 1) << shift) &- 1
    }

    /// How many latencies there are in each step, from the least to the greatest seen. Steps end at
    /// 1, 2, 5, 10 microseconds and so on.
    var bars: [(below: UInt64, count: Int)] {
        var bars: [(below: UInt64, count: Int)] = []
        var seen = 0
        var bound: UInt64 = 1_000
        var steps = ([2, 5, 10] as [UInt64]).makeIterator()
        var decade: UInt64 = 1_000
        while seen < count {
            let inside = counts.indices.reduce(0) { sum, slot in
                Self.highest(inSlot: slot) < bound ? sum + counts[slot] : sum
            }
            if inside > 0 || !bars.isEmpty { bars.append((bound, inside - seen)) }
            seen = inside
            guard bound < UInt64.max / 100 else { break }
            if let step = steps.next() {
                bound = decade * step
            } else {
                decade *= 10
                bound = decade * 2
                steps = ([5, 10] as [UInt64]).makeIterator()
            }
        }
        return bars
    }

    /// A line for each bar, the longest as wide as may be.
    func chart(width: Int) -> String {
        let bars = bars
        guard let most = bars.map(\.count).max(), most > 0 else { return "" }
        let room = max(10, width - 24)
        return bars.map { bar in
            let length = bar.count * room * 2 / most
            let blocks =
                String(repeating: "█", count: length / 2) + (length.isMultiple(of: 2) ? "" : "▌")
            let share = Cell.fixed(Double(bar.count) * 100 / Double(count), 1)
            let label = "< " + Self.text(bar.below)
            return String(repeating: " ", count: max(0, 12 - label.count)) + label + " "
                + String(repeating: " ", count: max(0, 5 - share.count)) + share + "% " + blocks
                + "\n"
        }.joined()
    }

    /// `850 ns`, `12.3 µs`, `1.50 ms`, `2.00 s`
    static func text(_ nanoseconds: UInt64) -> String {
        let units = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)]
        let value = Double(nanoseconds)
        let unit = units.last { value >= $0.1 } ?? units[0]
        let number = value / unit.1
        let digits = unit.1 == 1 || number >= 100 ? 0 : number >= 10 ? 1 : 2
        return "\(Cell.fixed(number, digits)) \(unit.0)"
    }
}
