import Basis
import Edge
import Testing

@Suite("The choice of an uplink") struct UplinkChoiceTests {
    private var choice = UplinkChoice()
    private var now = Instant(milliseconds: 0)

    private mutating func open(_ number: UInt64, cost: Int) {
        choice.opened(UplinkID(number), cost: cost, at: now)
    }

    /// What takes the place of the one in use, which is lost; 0 for nothing.
    private mutating func lose() -> UInt64 {
        guard let lost = choice.active, choice.closed(lost, at: now) else { return 0 }
        return choice.takeNext()?.number ?? 0
    }

    @Test mutating func `replaces a lost one by the cheapest, and the oldest of equals`() {
        open(1, cost: 1)
        let taken = choice.takeNext()
        #expect(taken == UplinkID(1))
        for (number, cost) in [(2, 5), (3, 2), (4, 2)] as [(UInt64, Int)] {
            open(number, cost: cost)
        }
        #expect(choice.takesOverAt == nil)
        let wasInUse = choice.closed(UplinkID(2), at: now)
        #expect(!wasInUse)
        let others = [lose(), lose(), lose()]
        #expect(others == [3, 4, 0])
    }

    @Test mutating func `waits longer for one that is lost again and again`() {
        open(1, cost: 9)
        _ = choice.takeNext()
        var waits: [UInt64] = []
        for number in 10..<20 as Range<UInt64> {
            waits.append(wait(for: number))
            now = now + .seconds(1)
            open(100 + number, cost: 9)
            let next = lose()
            #expect(next == 100 + number)
        }
        #expect(waits == [30, 60, 120, 240, 480, 960, 1_920, 1_920, 1_920, 1_920])
        // One that stays makes good for all.
        _ = wait(for: 30)
        open(130, cost: 9)
        now = now + UplinkChoice.probation
        _ = lose()
        let last = wait(for: 31)
        #expect(last == 30)
    }

    /// A cheap one opens and takes over: the seconds until then.
    private mutating func wait(for number: UInt64) -> UInt64 {
        open(number, cost: 1)
        guard let due = choice.takesOverAt else { return 0 }
        let span = due.since(now)
        now = due
        let taken = choice.takeOver(at: now)
        #expect(taken == UplinkID(number))
        return span.count / 1_000
    }

    @Test mutating func `stays with what it has for one that is as dear or dearer`() {
        open(1, cost: 2)
        _ = choice.takeNext()
        open(2, cost: 2)
        open(3, cost: .max)
        #expect(choice.takesOverAt == nil)
    }
}
