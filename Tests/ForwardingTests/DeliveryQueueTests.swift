import EventLoop
import Seeded
import Testing

@testable import Forwarding

@Suite struct `A delivery queue` {
    /// Every delivery with its priority, in the order of arrival.
    private struct Twin {
        var waiting: [(ticket: Ticket, priority: UInt8)] = []

        /// The oldest of the highest priority.
        var next: Int? {
            let highest = waiting.map(\.priority).max()
            return waiting.firstIndex { $0.priority == highest }
        }

        /// The lowest priority that has one is looked at first, as it waits longest there.
        func behindFirst(where isRight: (Ticket) -> Bool) -> Int? {
            for priority in 0...9 as ClosedRange<UInt8> {
                if let place = waiting.indices.first(where: {
                    waiting[$0].priority == priority && $0 != next && isRight(waiting[$0].ticket)
                }) {
                    return place
                }
            }
            return nil
        }

        mutating func popAll() -> [Ticket] {
            var all: [Ticket] = []
            while let next { all.append(waiting.remove(at: next).ticket) }
            return all
        }
    }

    @Test func `holds what a list with priorities would hold`() {
        var seed = Seed()
        var queue = DeliveryQueue()
        var twin = Twin()
        for number in 0..<20_000 as Range<UInt32> {
            let ticket = Ticket(slot: number, generation: 1)
            switch seed.below(20) {
            case 0..<9:
                // Most have the middle priority; more than 9 counts as 9.
                let priority = seed.once(in: 2) ? 4 : UInt8(seed.below(12))
                queue.append(ticket, priority: priority)
                twin.waiting.append((ticket, min(priority, 9)))
            case 9..<16:
                let popped = queue.popFirst()
                #expect(popped == twin.next.map { twin.waiting.remove(at: $0).ticket })
            case 16:
                let wanted = UInt32(seed.below(3))
                let removed = queue.removeBehindFirst { $0.slot % 3 == wanted }
                let place = twin.behindFirst { $0.slot % 3 == wanted }
                #expect(removed == place.map { twin.waiting.remove(at: $0).ticket })
            case 17..<19:
                guard !twin.waiting.isEmpty else { continue }
                let place = seed.below(twin.waiting.count)
                queue.remove(twin.waiting.remove(at: place).ticket)
            default:
                guard seed.once(in: 20) else { continue }
                let all = queue.popAll()
                #expect(all == twin.popAll())
            }
            Self.compare(queue, twin)
        }
        let all = queue.popAll()
        #expect(all == twin.popAll())
        Self.compare(queue, twin)
    }

    private static func compare(_ queue: borrowing DeliveryQueue, _ twin: Twin) {
        let (count, isEmpty, first) = (queue.count, queue.isEmpty, queue.first)
        #expect(count == twin.waiting.count)
        #expect(isEmpty == twin.waiting.isEmpty)
        #expect(first == twin.next.map { twin.waiting[$0].ticket })
        let all = Set(queue.all)
        #expect(all == Set(twin.waiting.map(\.ticket)))
    }

    @Test func `is not changed by the removal of what it does not hold`() {
        var queue = DeliveryQueue()
        let (held, other) = (Ticket(slot: 1, generation: 1), Ticket(slot: 1, generation: 2))
        queue.remove(held)
        queue.append(held, priority: 9)
        queue.remove(other)
        let all = queue.popAll()
        #expect(all == [held])
    }
}
