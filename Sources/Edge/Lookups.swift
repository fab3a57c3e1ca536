package import Basis

/// Attaches at an edge that wait for the interior to say whether they go on to it (IR 8.5): each for
/// so long at the most.
package struct Lookups<Waiting: Sendable>: Sendable {
    /// Then the edge decides alone (RS-295).
    package static var patience: Milliseconds { .seconds(3) }

    /// By the number of the question, which grows.
    private var waiting: [UInt64: (who: Waiting, due: Instant)] = [:]
    private var last: UInt64 = 0

    package init() {}

    /// The number of the question.
    package mutating func ask(for who: Waiting, at now: Instant) -> UInt64 {
        last += 1
        waiting[last] = (who, now + Self.patience)
        return last
    }

    /// Who has waited for this answer; nil if it comes too late, or nobody has asked.
    package mutating func answered(_ number: UInt64) -> Waiting? {
        waiting.removeValue(forKey: number)?.who
    }

    /// Those that have waited for too long, in their order.
    package mutating func overdue(at now: Instant) -> [Waiting] { take { $0 <= now } }

    /// The uplink is lost: all of them, in their order (RS-493).
    package mutating func giveUp() -> [Waiting] { take { _ in true } }

    /// They wait no more: they are gone.
    package mutating func forget(where isGone: (Waiting) -> Bool) {
        for (number, entry) in waiting where isGone(entry.who) { waiting[number] = nil }
    }

    /// When the next has waited for too long.
    package var due: Instant? {
        waiting.keys.min().flatMap { waiting[$0]?.due }
    }

    private mutating func take(_ isDue: (Instant) -> Bool) -> [Waiting] {
        var taken: [Waiting] = []
        for number in waiting.keys.sorted() {
            guard let entry = waiting[number], isDue(entry.due) else { break }
            waiting[number] = nil
            taken.append(entry.who)
        }
        return taken
    }
}
