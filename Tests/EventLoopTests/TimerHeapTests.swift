import Basis
import EventLoop
import Seeded
import Testing

@Suite struct `A timer heap` {
    @Test func `gives tokens by their time, and none before it`() {
        var seed = Seed()
        var heap = TimerHeap()
        var twin: [(due: UInt64, token: UInt64)] = []
        var now: UInt64 = 0
        for token in 0..<5_000 as Range<UInt64> {
            let due = now + UInt64(seed.below(100))
            heap.add(token, due: Instant(milliseconds: due))
            twin.append((due, token))
            now += UInt64(seed.below(3))
            while let popped = heap.popDue(at: Instant(milliseconds: now)) {
                let place = twin.firstIndex { $0.token == popped }
                let entry = place.map { twin.remove(at: $0) }
                #expect(entry.map { $0.due <= now } == true)
                #expect(!twin.contains { $0.due < entry?.due ?? 0 })
            }
            #expect(!twin.contains { $0.due <= now })
            let next = twin.map(\.due).min().map { Instant(milliseconds: $0) }
            #expect(heap.nextDue == next)
        }
    }

    @Test(arguments: [.seconds(.max), Milliseconds(.max), .seconds(20_000_000_000)])
    func `never gives what is due too late to be counted`(span: Milliseconds) {
        var heap = TimerHeap()
        heap.add(1, due: Instant(milliseconds: 5) + span)
        #expect(heap.popDue(at: Instant(milliseconds: 1 << 40)) == nil)
    }
}
