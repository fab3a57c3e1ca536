import Seeded
import Testing

@testable import Sessions

@Suite struct `A table of numbers` {
    @Test(arguments: [false, true])
    func `holds what a dictionary would hold, beyond the end of the circle too`(
        isScattered: Bool
    ) {
        var seed = Seed()
        for _ in 0..<Seed.rounds(20) {
            var table = NumberTable<Int>(scattered: isScattered)
            var twin: [UInt32: Int] = [:]
            let start = UInt32.max - UInt32(seed.below(200))
            let spread = seed.once(in: 2) ? 1 : UInt32(1) << UInt32(seed.below(32))
            for step in 0..<1_000 {
                let number = start &+ UInt32(seed.below(400)) &* spread
                if seed.once(in: 2) {
                    let old = table.set(number, to: step)
                    #expect(old == twin.updateValue(step, forKey: number))
                } else {
                    let removed = table.remove(number)
                    #expect(removed == twin.removeValue(forKey: number))
                }
                let asked = start &+ UInt32(seed.below(400)) &* spread
                #expect(table[asked] == twin[asked], "MARTLET_SEED=\(seed.number)")
            }
            #expect(table.count == twin.count)
            var all: [UInt32: Int] = [:]
            table.forEach { all[$0] = $1 }
            #expect(all == twin, "MARTLET_SEED=\(seed.number)")
        }
    }

    @Test func `gives much memory back when it is empty`() {
        var table = NumberTable<Int>()
        for number in 0..<1_000 { table.set(UInt32(number), to: 0) }
        for number in 0..<1_000 { table.remove(UInt32(number)) }
        #expect(table.entries.isEmpty)
    }

    @Test func `takes numbers that a stranger has picked to lie in one place`() {
        var table = NumberTable<Int>(scattered: true)
        for step in 0..<20_000 { table.set(UInt32(step) << 17 | UInt32(step) >> 15, to: step) }
        let longest = table.longestWay
        #expect(longest < 500, "of \(table.count)")
    }
}

extension NumberTable {
    /// Steps of the longest search.
    fileprivate var longestWay: Int {
        var longest = 0
        var run = 0
        for entry in entries {
            run = entry == nil ? 0 : run + 1
            longest = max(longest, run)
        }
        return longest
    }
}

@Suite struct `Free numbers` {
    @Test func `are given from the least on, those that came back first`() {
        var numbers = FreeNumbers()
        var taken = [numbers.take(upTo: 2), numbers.take(upTo: 2)]
        numbers.give(0)
        taken += [numbers.take(upTo: 2), numbers.take(upTo: 2), numbers.take(upTo: 2)]
        #expect(taken == [0, 1, 0, 2, nil])
        #expect(!numbers.hasOne(upTo: 2))
        #expect(numbers.hasOne(upTo: 3))
    }
}
