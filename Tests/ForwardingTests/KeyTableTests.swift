import Seeded
import Testing

@testable import Forwarding

@Suite struct `A key table` {
    private final class Thing {}

    @Test func `holds what a dictionary would hold`() {
        var seed = Seed()
        var table = KeyTable<Thing>()
        var twin: [[UInt8]: Thing] = [:]
        // Few keys, so that they come again, some the start of others, the empty one among them.
        let keys = (0..<300).map { _ in
            (0..<seed.below(12)).map { _ in UInt8(seed.below(2)) }
        }
        for step in 0..<20_000 {
            let key = keys[seed.below(keys.count)]
            // It fills, empties, and fills again.
            if seed.below(10) < (step / 2_000 % 2 == 0 ? 7 : 3) {
                let thing = Thing()
                table.set(key, to: thing)
                twin[key] = thing
            } else {
                table.remove(key)
                twin[key] = nil
            }
            #expect(table.count == twin.count)
            let looked = keys[seed.below(keys.count)]
            #expect(looked.withUnsafeBytes { table.find($0) } === twin[looked])
        }
        for key in keys { #expect(key.withUnsafeBytes { table.find($0) } === twin[key]) }
    }

    @Test func `lets go of what is removed or replaced`() {
        var table = KeyTable<Thing>()
        weak var first: Thing?
        weak var second: Thing?
        do {
            let (one, two) = (Thing(), Thing())
            (first, second) = (one, two)
            table.set([1], to: one)
            table.set([1], to: two)
        }
        #expect(first == nil)
        #expect(second != nil)
        table.remove([1])
        #expect(second == nil)
    }
}
