import Basis
import Testing

@testable import Forwarding

@Suite struct `The rate of attaches` {
    private func time(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test func `is not bounded by zero`() {
        var rate = AttachRate(perSecond: 0, at: time(0))
        for _ in 0..<1_000 {
            let rest = rate.take(at: time(0))
            #expect(rest == nil)
        }
    }

    /// Whoever rests when told to comes to the rate, whatever it tries.
    @Test(arguments: [1, 7, 100, 10_000])
    func `is what the setting says`(perSecond: Int) {
        var rate = AttachRate(perSecond: perSecond, at: time(0))
        var now: UInt64 = 0
        var count = 0
        while now < 10_000 {
            count += 1
            if let rest = rate.take(at: time(now)) { now += rest.count }
        }
        // A second's worth at once, then the rate; and a whole step at least.
        #expect(count >= 10 * perSecond)
        #expect(count <= 11 * perSecond + 12)
    }

    @Test func `survives a clock that stands or leaps`() {
        var rate = AttachRate(perSecond: Int(Int32.max), at: time(5))
        for now in [time(5), time(0), .never] {
            let rest = rate.take(at: now)
            #expect(rest == nil)
        }
    }
}
