import Testing

@testable import Forwarding

@Suite struct `The memory of messages that wait` {
    private static let megabyte = 1 << 20

    @Test func `lets each sender have what it needs while there is much left`() {
        let budget = MemoryBudget(limit: 1 << 30)
        #expect(budget.ofOneSender == 16 * Self.megabyte)
        budget.add(900 * Self.megabyte)
        #expect(budget.ofOneSender == 16 * Self.megabyte)
    }

    /// Senders with any demands take turns; each waits once it has as much as it may.
    @Test(arguments: [4, 64, 1_024], [1, 10, 1_000])
    func `is never more than its bound and a little for each sender`(megabytes: Int, senders: Int) {
        let budget = MemoryBudget(limit: megabytes * Self.megabyte)
        var waiting = Array(repeating: 0, count: senders)
        for _ in 0..<2_000 {
            var isPaused = true
            for sender in waiting.indices where waiting[sender] <= budget.ofOneSender {
                waiting[sender] += 60_000
                budget.add(60_000)
                isPaused = false
            }
            if isPaused { break }
        }
        #expect(budget.waiting == waiting.reduce(0, +))
        #expect(budget.waiting <= budget.limit + senders * (64 << 10 + 60_000))
        #expect(waiting.allSatisfy { $0 <= budget.ofOneSender + 16 * Self.megabyte })
    }

    @Test func `pauses the senders with most first`() {
        let budget = MemoryBudget(limit: 64 * Self.megabyte)
        let (much, little) = (10 * Self.megabyte, 100_000)
        budget.add(much + little)
        #expect(much <= budget.ofOneSender)
        var others = 0
        while much <= budget.ofOneSender {
            budget.add(Self.megabyte)
            others += Self.megabyte
        }
        #expect(others < budget.limit)
        #expect(little <= budget.ofOneSender)
    }

    @Test(arguments: [0, 1, 64 << 20, Int.max / 2])
    func `leaves every sender a little, however full it is`(beyond: Int) {
        let budget = MemoryBudget(limit: 64 << 20)
        budget.add(budget.limit + beyond)
        #expect(budget.isFull)
        #expect(budget.ofOneSender == 64 << 10)
        budget.add(-budget.waiting)
        #expect(!budget.isFull)
        #expect(budget.ofOneSender == 16 * Self.megabyte)
    }

    @Test(arguments: [Int.min, -1, 0, 1, 1 << 20])
    func `has room for some messages, whatever is configured`(limit: Int) {
        let budget = MemoryBudget(limit: limit)
        #expect(budget.limit == 4 * Self.megabyte)
        #expect(budget.ofOneWindow.first == 256 << 10)
        #expect(budget.ofOneWindow.most == Self.megabyte)
    }

    @Test func `has the widest windows where there is much of it`() {
        let budget = MemoryBudget(limit: .max)
        #expect(budget.ofOneWindow.first == 4 * Self.megabyte)
        #expect(budget.ofOneWindow.most == 16 * Self.megabyte)
        #expect(budget.ofOneSender == 16 * Self.megabyte)
    }
}
