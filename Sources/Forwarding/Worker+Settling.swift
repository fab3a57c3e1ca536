internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Carries states and settlement from receivers to senders and back (RS-185 to RS-188).
extension Worker {
    // MARK: What a receiver does

    @inline(__always)
    func consumerChanged(
        _ delivery: DeliveryID, _ context: UInt64, _ disposition: Disposition
    ) {
        let ticket = Ticket(packed: context)
        guard deliveries.contains(ticket) else { return }
        let link = deliveries[ticket].link
        if case .delivery(let incoming, let sender) = deliveries[ticket].origin,
            disposition.isSettled, disposition.outcome.state == .accepted, link.active != ticket
        {
            return accepted(ticket, delivery, link, incoming, sender)
        }
        stateChanged(ticket, delivery, disposition.outcome, isSettled: disposition.isSettled)
    }

    /// The usual end: accepted and settled, by the only receiver.
    @inline(__always)
    private func accepted(
        _ ticket: Ticket, _ delivery: DeliveryID, _ link: OutgoingLink, _ incoming: DeliveryID,
        _ sender: IncomingLink
    ) {
        countEnd(of: ticket, .accepted, on: link)
        link.link.forget(delivery)
        link.unsettled -= 1
        link.tellLoad()
        countOut(sender, isSettled: false, .accepted, since: deliveries[ticket].arrived)
        sender.link.dispose(incoming, .accepted, isSettled: true)
        enqueue(sender.connection)
        if !sender.isOfRouter { repay(sender) }
        untrack(ticket)
        deliveries.remove(ticket)
    }

    private func stateChanged(
        _ ticket: Ticket, _ delivery: DeliveryID, _ outcome: Outcome, isSettled: Bool
    ) {
        let link = deliveries[ticket].link
        if outcome.state != .none { deliveries[ticket].lastState = outcome.state }
        guard link.active != ticket else {
            // Still being sent: the state counts now, the settlement when all is sent.
            if isSettled { deliveries[ticket].isSettledEarly = true }
            return outcomeChanged(ticket, outcome, isSettled: false)
        }
        guard isSettled else { return outcomeChanged(ticket, outcome, isSettled: false) }
        countEnd(of: ticket, deliveries[ticket].lastState, on: link)
        link.link.forget(delivery)
        enqueue(link.connection)
        link.unsettled -= 1
        link.tellLoad()
        outcomeChanged(ticket, outcome, isSettled: true)
    }

    /// The receiver had settled before the last byte was sent (RS-401).
    func consumerSettled(_ ticket: Ticket, on link: OutgoingLink) {
        countEnd(of: ticket, deliveries[ticket].lastState, on: link)
        if let sending = deliveries[ticket].sending { link.link.forget(sending.delivery) }
        link.unsettled -= 1
        outcomeChanged(ticket, Outcome(deliveries[ticket].lastState), isSettled: true)
    }

    /// Tells the origin of a copy what became of it. When settled, the copy is forgotten.
    func outcomeChanged(_ ticket: Ticket, _ outcome: Outcome, isSettled: Bool) {
        if deliveries[ticket].isSettled {
            // Pre-settled, and watched only to know when it has left.
            guard isSettled else { return }
            copyLeft(ticket)
            return remove(ticket)
        }
        switch deliveries[ticket].origin {
        case .nobody, .credit, .held: break
        case .delivery(let incoming, let link):
            enqueue(link.connection)
            guard isSettled else {
                if outcome.state != .none {
                    link.link.dispose(incoming, outcome, isSettled: false)
                }
                break
            }
            let state = outcome.state == .none ? deliveries[ticket].lastState : outcome.state
            countOut(link, isSettled: false, state, since: deliveries[ticket].arrived)
            link.link.dispose(incoming, outcome, isSettled: true)
            if !link.isOfRouter { repay(link) }
        case .parcel(let place, _): tellOutcome(to: place, outcome, isSettled: isSettled)
        case .group(let group):
            let isFirst =
                deliveries[ticket].firstTerminal(outcome.state)
                || isSettled && !deliveries[ticket].hasDecided
            if isFirst { deliveries[ticket].hasDecided = true }
            if isSettled { forgetCopy(ticket, of: group) }
            copyChanged(of: group, outcome, isSettled: isSettled, isFirst: isFirst)
        }
        if isSettled { remove(ticket) }
    }

    /// A pre-settled message under flow control has left.
    private func settle(
        _ incoming: DeliveryID, on link: IncomingLink, since arrived: Instant
    ) {
        link.counters.presettledInside.lower()
        countOut(link, isSettled: true, .accepted, since: arrived)
        link.link.dispose(incoming, .accepted, isSettled: true)
        enqueue(link.connection)
        if !link.isOfRouter { repay(link) }
    }

    /// A pre-settled copy has left, or was given up: its sender's credit returns.
    func copyLeft(_ ticket: Ticket) {
        switch deliveries[ticket].origin {
        case .nobody: break
        case .credit(let link):
            link.counters.presettledInside.lower()
            countOut(link, isSettled: true, .none, since: deliveries[ticket].arrived)
            repay(link)
        case .held(let incoming, let link):
            settle(incoming, on: link, since: deliveries[ticket].arrived)
        case .delivery: break
        case .parcel(let place, _):
            deliveries[ticket].origin = .nobody
            tellLeft(0, place, isWhole: true)
        case .group(let group):
            deliveries[ticket].origin = .nobody
            forgetCopy(ticket, of: group)
            copyLeftGroup(group)
        }
    }

    func remove(_ ticket: Ticket) {
        if deliveries[ticket].isStream { deliveries[ticket].link.counters.streams.lower() }
        untrack(ticket)
        deliveries.remove(ticket)
    }

    // MARK: What a sender does

    /// The sender set a state or settled a delivery that was sent on (RS-188).
    func senderChanged(_ context: UInt64, _ disposition: Disposition) {
        let (ticket, isGroup) = Ticket.context(context)
        let (outcome, isSettled) = (disposition.outcome, disposition.isSettled)
        if isGroup {
            guard groups.contains(ticket) else { return }
            return senderChanged(group: ticket, outcome, isSettled: isSettled)
        }
        guard deliveries.contains(ticket),
            case .delivery(let incoming, let link) = deliveries[ticket].origin
        else { return }
        show(outcome, on: ticket)
        guard isSettled else { return }
        let state = deliveries[ticket].lastState
        let arrived = deliveries[ticket].arrived
        link.link.forget(incoming)
        enqueue(link.connection)
        let isTrunk = link.isOfRouter
        if isTrunk { dropAccount(of: ticket) }
        link.counters.presettledInside.raise()
        guard settle(ticket, owner: isTrunk ? .nobody : .credit(link)) else {
            if isTrunk {
                link.counters.presettledInside.lower()
                countOut(link, isSettled: true, .none, since: arrived)
            }
            return
        }
        link.counters.presettledInside.lower()
        countOut(link, isSettled: false, state, since: arrived)
        if !isTrunk { repay(link) }
    }

    /// What waits of a copy waits on, but no longer on its sender's behalf.
    func dropAccount(of ticket: Ticket) {
        guard let waiting = deliveries[ticket].waiting, !deliveries[ticket].isUnowned else {
            return
        }
        bytesLeft(waiting.count, of: ticket)
        settings.budget.add(waiting.count)
        deliveries[ticket].isUnowned = true
    }

    /// All of the copy was sent, and its receiver has not settled it.
    func isWithReceiver(_ ticket: Ticket) -> Bool {
        deliveries[ticket].sending != nil && deliveries[ticket].link.active != ticket
    }

    /// Shows a sender's state to the receiver of a copy, with its transfer if that is to come.
    func show(_ outcome: Outcome, on ticket: Ticket) {
        guard outcome.state != .none else { return }
        guard let sending = deliveries[ticket].sending else {
            deliveries[ticket].state = outcome
            return
        }
        let link = deliveries[ticket].link
        link.link.dispose(sending.delivery, outcome, isSettled: false)
        enqueue(link.connection)
    }

    /// Settles a copy that its sender has settled. True if the receiver had it, and so it is
    /// forgotten; else it leaves like a pre-settled one, whose `owner` hears when it has.
    func settle(_ ticket: Ticket, owner: OutgoingDelivery.Origin) -> Bool {
        guard isWithReceiver(ticket), let sending = deliveries[ticket].sending else {
            deliveries[ticket].isSettled = true
            deliveries[ticket].origin = owner
            return false
        }
        let link = deliveries[ticket].link
        countEnd(of: ticket, deliveries[ticket].lastState, on: link)
        link.link.dispose(sending.delivery, .none, isSettled: true)
        enqueue(link.connection)
        link.unsettled -= 1
        link.tellLoad()
        remove(ticket)
        return true
    }

    // MARK: Lost links

    /// A session is gone, and with it all that was not settled on it: told by the session's own
    /// lists, once, and not by each link's.
    func giveUpDeliveries(of session: Session) {
        for (_, context) in session.received.removeAll() { disown(context) }
        for (_, context) in session.sent.removeAll() { giveBackSent(Ticket(packed: context)) }
    }

    /// The sender is gone: nobody hears what becomes of its deliveries (RS-194, RS-165).
    func disown(deliveriesOf link: IncomingLink) {
        for (delivery, context) in link.link.unsettled {
            link.link.forget(delivery)
            disown(context)
        }
    }

    private func disown(_ context: UInt64) {
        let (ticket, isGroup) = Ticket.context(context)
        if !isGroup {
            if deliveries.contains(ticket) { disown(delivery: ticket) }
        } else if groups.contains(ticket) {
            sourceLost(ticket)
        }
    }

    /// What had not been sent waits on, unless the router is full of what waits: nobody would know how
    /// many senders have come and gone to fill it.
    private func disown(delivery ticket: Ticket) {
        deliveries[ticket].origin = .nobody
        deliveries[ticket].isUnowned = true
        let link = deliveries[ticket].link
        guard settings.budget.isFull, deliveries[ticket].sending == nil else { return }
        link.queue.remove(ticket)
        giveBackUnsent(ticket, on: link)
        link.tellLoad()
    }

    /// The receiver is gone (RS-192): sent and unsettled becomes modified, unsent released.
    func giveBack(deliveriesOf link: OutgoingLink) {
        for ticket in link.queue.popAll() where deliveries.contains(ticket) {
            guard deliveries[ticket].link === link else {
                takeTurn(ticket)
                continue
            }
            giveBackUnsent(ticket, on: link)
        }
        if let active = link.active, deliveries.contains(active) {
            link.active = nil
            giveBackUnsent(active, on: link)
        }
        for (delivery, context) in link.link.unsettled {
            link.link.forget(delivery)
            giveBackSent(Ticket(packed: context))
        }
    }

    private func giveBackSent(_ ticket: Ticket) {
        guard deliveries.contains(ticket) else { return }
        let link = deliveries[ticket].link
        // What is still being sent is given back with what waits.
        guard link.active != ticket else { return }
        countEnd(of: ticket, .modified, on: link)
        if deliveries[ticket].isSettled {
            copyLeft(ticket)
            remove(ticket)
        } else {
            outcomeChanged(ticket, Outcome(.modified), isSettled: true)
        }
    }

    private func giveBackUnsent(_ ticket: Ticket, on link: OutgoingLink) {
        if let sending = deliveries[ticket].sending { link.link.forget(sending.delivery) }
        dropWaiting(of: ticket)
        if deliveries[ticket].isSettled {
            countDropped(on: link, entry: deliveries[ticket].entry)
            copyLeft(ticket)
            remove(ticket)
        } else {
            countEnd(of: ticket, .released, on: link)
            outcomeChanged(ticket, Outcome(.released), isSettled: true)
        }
    }
}
