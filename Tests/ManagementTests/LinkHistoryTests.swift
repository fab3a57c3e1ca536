import Basis
import Management
import Testing

@Suite struct `The history of a link` {
    private func second(_ number: UInt64) -> Instant { Instant(milliseconds: number * 1_000) }

    private func sample(
        settled: UInt64 = 0, credit: UInt64 = 1, limit: UInt64 = 1, outstanding: UInt64 = 0
    ) -> LinkHistory.Sample {
        LinkHistory.Sample(
            settled: settled, credit: credit, creditLimit: limit, outstanding: outstanding)
    }

    @Test func `takes the rate over five seconds (MG-145)`() {
        var history = LinkHistory(sample(), at: second(0))
        history.take(sample(settled: 52), at: second(1))
        #expect(history.settledPerSecond == 10)
        for now in 2...5 {
            history.take(sample(settled: 52), at: second(UInt64(now)))
            #expect(history.settledPerSecond == 10)
        }
        history.take(sample(settled: 52), at: second(6))
        #expect(history.settledPerSecond == 0)
    }

    @Test func `counts each stuck delivery once, until it settles (MG-143)`() {
        var history = LinkHistory(sample(), at: second(0))
        let two = sample(outstanding: 2)
        #expect(history.sweep(two, age: .seconds(10), at: second(10)).isEmpty)
        #expect(history.sweep(two, age: .seconds(10), at: second(30)) == .stuck)
        #expect(history.sweep(two, age: .seconds(10), at: second(60)).isEmpty)
        #expect(history.stuck == 2)
        history.take(sample(settled: 1, outstanding: 1), at: second(61))
        #expect(history.stuck == 1)
        history.take(sample(settled: 1, outstanding: 0), at: second(62))
        #expect(history.stuck == 0)
    }

    @Test func `is blocked without credit until some comes (MG-144)`() {
        let none = sample(credit: 0, limit: 5)
        var history = LinkHistory(none, at: second(0))
        #expect(history.sweep(none, age: .seconds(10), at: second(30)) == .blocked)
        #expect(history.zeroCreditSeconds(at: second(30)) == 30)
        // Credit that was given and used up between two looks.
        history.take(sample(credit: 0, limit: 6), at: second(31))
        #expect(!history.isBlocked)
        #expect(history.zeroCreditSeconds(at: second(31)) == 0)
    }
}
