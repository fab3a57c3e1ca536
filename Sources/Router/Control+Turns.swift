package import Basis
internal import EventLoop
package import Forwarding

/// A router that its maker turns, control and workers, on a clock of its own.
extension Control {
    /// One turn of all loops on a clock of the caller's, who gives them no threads. False if there was
    /// nothing to do.
    package func turn(at time: Instant) -> Bool {
        let isDue = ownDue.map { $0 <= time } ?? false
        now = time
        turnBegan = .never
        let ready = poller.wait(milliseconds: 0)
        if ready > 0 || isDue { turn(ready) }
        var hasWorked = ready > 0 || isDue
        for worker in turnedWorkers where worker.turn(at: time) { hasWorked = true }
        return hasWorked
    }

    /// When any of them wants a turn although nobody says anything; nil if not at all.
    package var nextDue: Instant? {
        ([ownDue] + turnedWorkers.map(\.nextDue)).compactMap { $0 }.min()
    }

    /// What the workers that the caller turns have hold of.
    package var holding: Holding { turnedWorkers.map(\.holding).reduce(Holding(), +) }

    /// Octets of messages that wait in the router, and the most that may.
    package var budgeted: (waiting: Int, limit: Int) { (budget.waiting, budget.limit) }
}
