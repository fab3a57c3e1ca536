import Testing

@testable import Forwarding

@Suite struct `A histogram of times` {
    @Test func `counts each time in its range, up to the bound and not above`() {
        let times = TimeHistogram()
        times.noteAtOnce()
        for bound in TimeHistogram.bounds {
            let nanoseconds = UInt64((bound * 1e9).rounded())
            times.note(nanoseconds)
            times.note(nanoseconds + 1)
        }
        #expect(times.reading.counts == [2] + Array(repeating: 2, count: 10) + [1])
    }

    @Test(arguments: [0, 1, .max] as [UInt64])
    func `takes any time`(nanoseconds: UInt64) {
        let times = TimeHistogram()
        times.note(nanoseconds)
        #expect(times.reading.counts.reduce(0, +) == 1)
        #expect(times.reading.seconds == Double(nanoseconds) / 1e9)
    }

    @Test func `adds up over workers`() {
        let one = TimeHistogram()
        let other = TimeHistogram()
        one.note(2_000_000_000)
        other.note(3_000_000_000)
        other.noteAtOnce()
        var sum = TimeHistogram.Reading()
        sum.add(one.reading)
        sum.add(other.reading)
        #expect(sum.counts.reduce(0, +) == 3)
        #expect(sum.seconds == 5)
    }
}
