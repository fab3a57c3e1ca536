/// Which worker a new connection goes to.
///
/// Connections are packed on the first workers until those are busy: at low load a hand-off between
/// threads is most of a message's latency, and connections that come one after the other often
/// belong together. A connection never moves, so that packing has a bound: those that come while all
/// is quiet may become busy later.
package struct Placement: Sendable {
    private var assigned: [Int]
    private var current = 0
    /// Connections placed on `current` one after the other.
    private var run = 0

    /// Thousandths of a second's work that make a worker busy.
    package static let busy: UInt64 = 600
    /// Connections that a worker may have more than the one with the fewest.
    package static let packing = 64
    /// Connections in a row that stay together when the bound is reached.
    package static let together = 8

    package init(workerCount: Int) { assigned = Array(repeating: 0, count: workerCount) }

    /// The worker for the next connection; `busyness` is each worker's, in thousandths.
    package mutating func place(busyness: [UInt64]) -> Int {
        let fewest = assigned.min() ?? 0
        let chosen = choice(busyness, fewest)
        run = chosen == current ? run + 1 : 1
        current = chosen
        assigned[chosen] += 1
        return chosen
    }

    /// A connection that must be on a certain worker is there.
    package mutating func placed(on worker: Int) { assigned[worker] += 1 }

    /// A connection of the worker has gone.
    package mutating func left(_ worker: Int) { assigned[worker] -= 1 }

    private func choice(_ busyness: [UInt64], _ fewest: Int) -> Int {
        if busyness[current] < Self.busy, run < Self.together,
            assigned[current] < fewest + Self.packing + Self.together
        {
            return current
        }
        for worker in assigned.indices
        where busyness[worker] < Self.busy && assigned[worker] < fewest + Self.packing {
            return worker
        }
        return assigned.firstIndex(of: fewest) ?? 0
    }
}
