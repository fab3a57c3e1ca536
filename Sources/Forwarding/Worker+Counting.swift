internal import AMQP
internal import Basis
internal import EventLoop

/// Counts what becomes of deliveries (RS-190, MG-138 to MG-145).
extension Worker {
    /// A message has come for an address (MG-151).
    @inline(__always)
    func countIngress(_ link: IncomingLink, _ route: Route) {
        route.counters.ingress.raise()
        guard link.isFromContainer else { return }
        route.counters.ingressRouteContainer.raise()
        handle.counters.ingressRouteContainer.raise()
    }

    /// Takes that back: the address had no consumer at all, or the message will be counted again.
    func countNoIngress(_ link: IncomingLink, _ route: Route) {
        route.counters.ingress.lower()
        guard link.isFromContainer else { return }
        route.counters.ingressRouteContainer.lower()
        handle.counters.ingressRouteContainer.lower()
    }

    /// A copy goes to a receiver's link, or to another router.
    @inline(__always)
    func countEgress(_ link: OutgoingLink, _ route: Route?) {
        if link.isEgress {
            guard !link.isCountedApart else { return countApart(link, route) }
            handle.counters.egress.raise()
            route?.counters.egress.raise()
        } else {
            handle.counters.transit.raise()
            route?.counters.transit.raise()
        }
    }

    private func countApart(_ link: OutgoingLink, _ route: Route?) {
        if !link.isFallback {
            handle.counters.egress.raise()
            route?.counters.egress.raise()
        }
        guard link.isToContainer else { return }
        route?.counters.egressRouteContainer.raise()
        handle.counters.egressRouteContainer.raise()
    }

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
            if link.isOfRouter {
                totals.settleTimes.routers.note(time(since: arrived))
            } else {
                totals.settleTimes.clients.note(time(since: arrived))
            }
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

    /// Nanoseconds, from turn to turn.
    @inline(__always)
    private func time(since arrived: Instant) -> UInt64 {
        now > arrived ? now.nanoseconds &- arrived.nanoseconds : 0
    }

    /// A delivery begins to leave, some turns after it has come.
    func countBegun(on link: OutgoingLink, since arrived: Instant) {
        guard link.kind != .control else { return }
        if link.isToRouter {
            handle.counters.transferTimes.routers.note(time(since: arrived))
        } else {
            handle.counters.transferTimes.clients.note(time(since: arrived))
        }
    }

    /// A delivery leaves in the turn in which it has come.
    @inline(__always)
    func countBegunAtOnce(on link: OutgoingLink) {
        if link.isToRouter {
            handle.counters.transferTimes.routers.noteAtOnce()
        } else {
            handle.counters.transferTimes.clients.noteAtOnce()
        }
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
            default: counters.undecided.raise()
            }
        }
        if state != .released, state != .modified { counters.settled.raise() }
        counters.countForeign(deliveries[ticket].entry)
        countDelay(counters, since: deliveries[ticket].arrived, isIncoming: false)
    }

    /// A delivery that needs no answer has left over a receiver's link.
    @inline(__always)
    func countLeft(_ link: OutgoingLink, isSettled: Bool, entry: EntryRouter) {
        if isSettled {
            link.counters.presettled.raise()
        } else {
            link.counters.accepted.raise()
        }
        link.counters.settled.raise()
        link.counters.countForeign(entry)
    }

    /// Where a message for a receiver here entered the mesh (MG-141).
    @inline(__always)
    func entry(of message: borrowing ArrivingMessage, to link: OutgoingLink) -> EntryRouter {
        message.link.kind == .trunk && link.kind == .consumer ? entry(of: message) : .here
    }

    func entry(of message: borrowing ArrivingMessage) -> EntryRouter {
        EntryRouter(origin(of: message))
    }

    /// A copy that begins to be sent before all of it has come: never called stuck (MG-143).
    func noteStream(_ record: inout OutgoingDelivery) {
        record.isStream = true
        record.link.counters.streams.raise()
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
        record.trunkLoad = route.raisedLoad(
            of: place(of: link), number: link.connection.trunk?.number ?? 0)
    }

    @inline(__always)
    func untrack(_ ticket: Ticket) {
        guard let load = deliveries[ticket].trunkLoad else { return }
        load.lower()
        deliveries[ticket].trunkLoad = nil
    }

    private func place(of link: OutgoingLink) -> WorkerTicket {
        WorkerTicket(worker: handle.number, ticket: link.connection.ticket)
    }
}
