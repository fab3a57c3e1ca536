internal import AMQP
internal import Basis
internal import EventLoop

/// Counts what becomes of deliveries (RS-190, MG-138 to MG-145).
extension Worker {
    /// A delivery of a sender's link is done with.
    @inline(__always)
    func countOut(
        _ link: IncomingLink, isSettled: Bool, _ state: DeliveryState, since arrived: Instant
    ) {
        let totals = handle.counters
        let counters = link.counters
        if isSettled {
            counters.presettled.raise()
            if link.kind != .trunk, link.kind != .control { totals.presettled.raise() }
        } else {
            switch state {
            case .accepted:
                counters.accepted.raise()
                totals.accepted.raise()
            case .rejected:
                counters.rejected.raise()
                totals.rejected.raise()
            case .released:
                counters.released.raise()
                totals.released.raise()
            case .modified:
                counters.modified.raise()
                totals.modified.raise()
            default: counters.undecided.raise()
            }
        }
        if state != .released, state != .modified { counters.settled.raise() }
        countDelay(counters, since: arrived, isIncoming: true)
    }

    /// A delivery of a receiver's link is done with.
    @inline(__always)
    func countEnd(of ticket: Ticket, _ state: DeliveryState, on link: OutgoingLink) {
        let counters = link.counters
        if deliveries[ticket].isSettled {
            counters.presettled.raise()
        } else {
            switch state {
            case .accepted: counters.accepted.raise()
            case .rejected: counters.rejected.raise()
            case .released: counters.released.raise()
            case .modified: counters.modified.raise()
            default: break
            }
        }
        if state != .released, state != .modified { counters.settled.raise() }
        countDelay(counters, since: deliveries[ticket].arrived, isIncoming: false)
    }

    @inline(__always)
    private func countDelay(_ counters: LinkCounters, since arrived: Instant, isIncoming: Bool) {
        guard now.nanoseconds &- arrived.nanoseconds > 1_000_000_000, now > arrived else { return }
        if now.since(arrived) > .seconds(10) {
            counters.delayed10Seconds.raise()
            if isIncoming { handle.counters.delayed10Seconds.raise() }
        } else {
            counters.delayed1Second.raise()
            if isIncoming { handle.counters.delayed1Second.raise() }
        }
    }

    // MARK: Load of trunks (RS-152)

    /// Counts an unsettled balanced delivery that goes to another router.
    @inline(__always)
    func track(_ route: Route?, on link: OutgoingLink, _ record: inout OutgoingDelivery) {
        guard link.kind == .trunk, let route, route.distribution == .balanced, !record.isSettled
        else { return }
        record.trunkLoad = route.raisedLoad(of: place(of: link))
    }

    @inline(__always)
    func untrack(_ ticket: Ticket) {
        guard let load = deliveries[ticket].trunkLoad else { return }
        load.count -= 1
        deliveries[ticket].trunkLoad = nil
    }

    private func place(of link: OutgoingLink) -> WorkerTicket {
        WorkerTicket(worker: handle.number, ticket: link.connection.ticket)
    }
}
