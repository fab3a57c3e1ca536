package import Basis

/// What is to happen, in order of time, then of posting.
package struct EventQueue<Event> {
    private struct Key {
        let due: UInt64
        let order: UInt64
        let slot: Int

        func precedes(_ other: Key) -> Bool {
            due < other.due || (due == other.due && order < other.order)
        }
    }

    private var keys: [Key] = []
    private var events: [Event?] = []
    private var free: [Int] = []
    private var posted: UInt64 = 0

    package init() {}

    package var nextDue: Instant? { keys.first.map { Instant(nanoseconds: $0.due) } }

    package mutating func post(_ event: Event, due: Instant) {
        let slot: Int
        if let last = free.popLast() {
            slot = last
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        posted += 1
        let key = Key(due: due.nanoseconds, order: posted, slot: slot)
        keys.append(key)
        var place = keys.count - 1
        while place > 0 {
            let parent = (place - 1) / 4
            if !key.precedes(keys[parent]) { break }
            keys[place] = keys[parent]
            place = parent
        }
        keys[place] = key
    }

    package mutating func popFirst() -> Event? {
        guard let first = keys.first, let key = keys.popLast() else { return nil }
        if !keys.isEmpty { sink(key) }
        free.append(first.slot)
        return events[first.slot].take()
    }

    private mutating func sink(_ key: Key) {
        var place = 0
        while true {
            let begin = 4 * place + 1
            if begin >= keys.count { break }
            var child = begin
            for other in begin..<min(begin + 4, keys.count)
            where keys[other].precedes(keys[child]) {
                child = other
            }
            if !keys[child].precedes(key) { break }
            keys[place] = keys[child]
            place = child
        }
        keys[place] = key
    }
}
