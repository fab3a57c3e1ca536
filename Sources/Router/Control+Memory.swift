internal import EventLoop
internal import Forwarding

/// Gives the memory back that messages took which have gone.
extension Control {
    /// Growth that is worth giving back, and the waiting octets that show that it is not in use.
    private static let worthwhile: UInt64 = 16 << 20
    private static let fewOctets = 4 << 20

    /// What may wait in the router where the operator has said nothing: a quarter of what there is.
    static var usualBudget: Int { Int(clamping: (ProcessMemory.limit ?? 1 << 32) / 4) }

    /// Once a second while there are links, and until it is done after the last has gone. True if
    /// there is something to give back that is in use.
    func giveMemoryBack() -> Bool {
        let present = memoryNow
        // What links and connections take that have gone since may be had back, too.
        if present.inside * 2 < memoryAtRest.inside { memoryAtRest = memoryAtStart }
        guard present.resident > memoryAtRest.resident + Self.worthwhile else { return false }
        guard budget.waiting < Self.fewOctets else { return true }
        ProcessMemory.giveBack()
        memoryAtRest = memoryNow
        return false
    }

    var memoryNow: MemoryAtRest {
        MemoryAtRest(
            resident: ProcessMemory.residentNow ?? 0, inside: watches.count + connections.count)
    }
}

/// How much memory the process has while nothing waits.
struct MemoryAtRest {
    /// Bytes in real memory; 0 where the kernel does not say.
    var resident: UInt64 = 0
    /// Connections and links.
    var inside = 0
}
