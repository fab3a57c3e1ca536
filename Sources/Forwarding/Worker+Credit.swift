internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// The credit that senders get (RS-35 to RS-39, RS-54 to RS-56).
extension Worker {
    /// Gives back the credit of one delivery, at the end of the turn.
    @inline(__always)
    func repay(_ link: IncomingLink) {
        link.outstanding -= 1
        guard !link.isDraining, link.phase == .attached, link.kind != .routed else { return }
        link.owedCredit += 1
        guard link.owedCredit >= link.leastPaid else { return }
        oweFlow(link)
    }

    /// The link's credit is told at the end of the turn.
    @inline(__always)
    private func oweFlow(_ link: IncomingLink) {
        guard !link.isIndebted else { return }
        link.isIndebted = true
        link.connection.indebted.append(link.ticket)
        enqueue(link.connection)
    }

    func payCredit(_ connection: PeerConnection) {
        for ticket in connection.indebted where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            link.isIndebted = false
            guard link.owedCredit > 0 else { continue }
            link.link.grant(link.owedCredit)
            link.owedCredit = 0
            link.counters.tell(credit: link.link.credit)
        }
        connection.indebted.removeAll(keepingCapacity: true)
    }

    /// Gives a sender all the credit that it may have.
    func grantAll(_ link: IncomingLink) {
        guard link.phase == .attached, !takesLeave(of: link) else { return }
        if link.isDraining {
            link.isDraining = false
            link.link.endDrain()
        }
        let missing = link.capacity - link.link.credit - link.outstanding - link.owedCredit
        if missing > 0 { link.owedCredit += missing }
        if link.owedCredit > 0 { oweFlow(link) }
        link.counters.tell(credit: link.link.credit + link.owedCredit)
    }

    /// Asks a sender for its credit back: nobody is there to take its messages (RS-38). From a container
    /// it is taken: RabbitMQ 3.10 breaks down when it is asked.
    func drain(_ link: IncomingLink) {
        guard !link.isDraining else { return }
        link.isDraining = true
        link.owedCredit = 0
        if link.autoLink == nil {
            link.link.drain()
        } else {
            link.link.set(credit: 0, isDraining: false)
        }
        enqueue(link.connection)
    }

    /// Takes leave of clients' senders. Those of management, and of other routers, go on.
    func drainAll() {
        isDraining = true
        for ticket in incomingLinks.tickets {
            let link = incomingLinks[ticket]
            guard link.phase == .attached, takesLeave(of: link) else { continue }
            link.kind == .routed ? link.link.drain() : drain(link)
            enqueue(link.connection)
        }
    }

    func takesLeave(of link: IncomingLink) -> Bool {
        guard isDraining else { return false }
        switch link.kind {
        case .targeted: return link.route?.isInProcess != true
        case .anonymous, .routed: return true
        case .trunk, .control: return false
        }
    }

    /// The sender has answered a drain. It may have got credit again meanwhile, and have given
    /// that back too, as it was on its way: it gets it anew.
    func creditGivenBack(_ link: IncomingLink) {
        guard link.kind != .routed else { return passSenderWord(of: link) }
        if link.link.takeReturned() > 0, !link.isDraining {
            grantAll(link)
            enqueue(link.connection)
        }
        link.counters.tell(credit: link.link.credit)
    }
}
