internal import EventLoop

/// What other workers' numbers for their messages are here. A worker's numbers are places in a table of
/// its own, so that they lie close together:
///
///     worker 1:  place 0 → [ 17 ]   place 1 → [    ]   place 2 → [ 18 ]
struct OriginTable {
    private struct Entry {
        var generation: UInt32 = 0
        var ticket = Ticket(slot: 0, generation: 0)
    }

    private var places: [[Entry]] = []

    /// Nil for a number that stands for nothing here, or for nothing any more.
    @inline(__always)
    subscript(origin: WorkerTicket) -> Ticket? {
        get {
            let (worker, slot) = (origin.worker, Int(origin.ticket.slot))
            guard worker < places.count, slot < places[worker].count,
                places[worker][slot].generation == origin.ticket.generation
            else { return nil }
            return places[worker][slot].ticket
        }
        set {
            let (worker, slot) = (origin.worker, Int(origin.ticket.slot))
            guard let newValue else {
                if self[origin] != nil { places[worker][slot].generation = 0 }
                return
            }
            while worker >= places.count { places.append([]) }
            if slot >= places[worker].count { makeRoom(for: slot, of: worker) }
            places[worker][slot] = Entry(
                generation: origin.ticket.generation, ticket: newValue)
        }
    }

    private mutating func makeRoom(for slot: Int, of worker: Int) {
        let missing = max(64, slot + 1, places[worker].count * 2) - places[worker].count
        places[worker].append(contentsOf: repeatElement(Entry(), count: missing))
    }
}
