import EventLoop
import Seeded
import Testing

@Suite struct `A ring` {
    /// More than it keeps room for when it is empty.
    @Test func `is emptied and filled again`() {
        var ring = Ring<Int>()
        for _ in 0..<3 {
            for number in 0..<1_000 { ring.append(number) }
            #expect(ring.remove(from: 500) { $0 == 700 } == 700)
            #expect(ring.popLast() == 999)
            for number in 0..<999 where number != 700 { #expect(ring.popFirst() == number) }
            #expect(ring.isEmpty && ring.first == nil && ring.last == nil)
        }
    }

    /// Nothing to lose: it does to an array what it does to the ring.
    @Test func `holds what an array would hold`() {
        var seed = Seed()
        var ring = Ring<Int>()
        var twin: [Int] = []
        for number in 0..<20_000 {
            switch seed.below(8) {
            case 0..<4:
                ring.append(number)
                twin.append(number)
            case 4..<7:
                let popped = ring.popFirst()
                #expect(popped == (twin.isEmpty ? nil : twin.removeFirst()))
            default:
                let start = seed.below(3)
                let wanted = seed.below(5)
                let removed = ring.remove(from: start) { $0 % 5 == wanted }
                let place = twin.indices.first { $0 >= start && twin[$0] % 5 == wanted }
                #expect(removed == place.map { twin.remove(at: $0) })
            }
            #expect(ring.count == twin.count)
            #expect(ring.first == twin.first)
        }
        #expect(ring.elements == twin)
    }

    @Test func `lets go of what it holds when it goes`() {
        final class Thing {}
        weak var thing: Thing?
        do {
            var ring = Ring<Thing>()
            let held = Thing()
            thing = held
            ring.append(held)
        }
        #expect(thing == nil)
    }
}
