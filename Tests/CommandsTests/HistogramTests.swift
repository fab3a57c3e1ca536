import Seeded
import Testing

@testable import Commands

@Suite struct `A histogram of latencies` {
    @Test func `is empty at first`() {
        let histogram = LatencyHistogram()
        #expect(histogram.percentile(50) == 0)
        #expect(histogram.mean == 0)
        #expect(histogram.chart(width: 80).isEmpty)
    }

    @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 1_000, 123_456_789, UInt64.max])
    func `knows a value to one part in 32`(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(value)
        histogram.record(value)
        histogram.record(.max)
        let found = histogram.percentile(50)
        #expect(found >= value)
        #expect(found - value <= value / 32)
    }

    @Test func `agrees with sorting all values`() {
        var seed = Seed()
        for _ in 0..<20 { compare(&seed) }
    }

    private func compare(_ seed: inout Seed) {
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<1_000 {
            let value = seed.next() >> (seed.next() % 60)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for percent in [1.0, 50, 90, 99, 99.9, 100] {
            let exact = values[Int((Double(values.count) * percent / 100).rounded(.up)) - 1]
            let found = histogram.percentile(percent)
            #expect(
                found >= exact && found - exact <= exact / 32, "\(percent) of seed \(seed.number)")
        }
        #expect(histogram.largest == values.last)
    }

    @Test func `has bars that end at round numbers and hold all values`() {
        var histogram = LatencyHistogram()
        for value in [4_000, 4_500, 9_000, 150_000] as [UInt64] { histogram.record(value) }
        let bars = histogram.bars
        #expect(bars.map(\.below) == [5_000, 10_000, 20_000, 50_000, 100_000, 200_000])
        #expect(bars.map(\.count) == [2, 1, 0, 0, 0, 1])
    }

    @Test(arguments: [
        (0, "0 ns"), (850, "850 ns"), (1_000, "1.00 µs"), (12_345, "12.3 µs"),
        (1_500_000, "1.50 ms"), (2_000_000_000, "2.00 s"), (120_000_000_000, "120 s"),
    ])
    func `writes times for people`(nanoseconds: UInt64, text: String) {
        #expect(LatencyHistogram.text(nanoseconds) == text)
    }
}
