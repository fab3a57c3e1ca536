internal import AMQP
internal import Basis
internal import EventLoop

/// The credit that senders get (RS-35 to RS-39, RS-54 to RS-56).
extension Worker {
    /// Gives back the credit of one delivery, at the end of the turn.
    @inline(__always)
    func repay(_ link: IncomingLink) {
        link.outstanding -= 1
        guard !link.isDraining, link.phase == .attached else { return }
        link.owedCredit += 1
        guard !link.isIndebted, link.owedCredit >= link.leastPaid else { return }
        link.isIndebted = true
        link.connection.indebted.append(link.ticket)
        enqueue(link.connection)
    }

    func payCredit(_ connection: PeerConnection) {
        for ticket in connection.indebted where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            link.isIndebted = false
            guard link.owedCredit > 0 else { continue }
            if link.owedCredit >= Self.manyInOneTurn { widenWindow(of: link) }
            link.link.grant(credit: link.owedCredit)
            link.owedCredit = 0
            link.counters.tell(credit: link.link.credit)
        }
        connection.indebted.removeAll(keepingCapacity: true)
    }

    /// Deliveries of one link in one turn that can only be small ones.
    private static let manyInOneTurn = 16

    /// Lets the link's session hold a frame for each credit.
    ///
    /// Never taken back: what a peer was allowed to send it may send, and the engine would end the
    /// session for it.
    private func widenWindow(of link: IncomingLink) {
        let session = link.link.session
        let wide = link.connection.incomingCapacity.wide
        if session.incomingCapacity < wide { session.setIncomingCapacity(wide) }
    }

    /// Gives a sender all the credit that it may have.
    func grantAll(_ link: IncomingLink) {
        guard link.phase == .attached else { return }
        if link.isDraining {
            link.isDraining = false
            link.link.setDrain(false)
        }
        let missing = link.capacity - link.link.credit - link.outstanding - link.owedCredit
        if missing > 0 { link.link.grant(credit: missing) }
        link.counters.tell(credit: link.link.credit)
    }

    /// Asks a sender for its credit back: nobody is there to take its messages (RS-38).
    func drain(_ link: IncomingLink) {
        guard !link.isDraining else { return }
        link.isDraining = true
        link.owedCredit = 0
        link.link.drain()
        enqueue(link.connection)
    }

    /// The sender has answered a drain. It may have got credit again meanwhile, and have given
    /// that back too, as it was on its way: it gets it anew.
    func creditGivenBack(_ link: IncomingLink) {
        if link.link.drained() > 0, !link.isDraining {
            grantAll(link)
            enqueue(link.connection)
        }
        link.counters.tell(credit: link.link.credit)
    }
}
