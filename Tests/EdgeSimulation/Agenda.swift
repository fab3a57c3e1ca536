internal import Basis

/// What is to happen, in order of time, then of posting.
struct Agenda<Event> {
    private struct Entry {
        let due: UInt64
        let order: UInt64
        let event: Event

        func precedes(_ other: Entry) -> Bool {
            due < other.due || (due == other.due && order < other.order)
        }
    }

    private var heap: [Entry] = []
    private var posted: UInt64 = 0

    var nextDue: Instant? { heap.first.map { Instant(nanoseconds: $0.due) } }

    mutating func post(_ event: Event, due: Instant) {
        posted += 1
        heap.append(Entry(due: due.nanoseconds, order: posted, event: event))
        var place = heap.count - 1
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func popFirst() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first.event }
        heap[0] = last
        var place = 0
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(heap[place]) else { break }
            heap.swapAt(place, child)
            place = child
        }
        return first.event
    }
}
