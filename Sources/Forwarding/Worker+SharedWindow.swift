internal import AMQP
internal import EventLoop

/// The window of a session that several links share.
///
/// What a paused link leaves in the engine takes up the window of its session. Another link of the
/// session, whose receiver takes what comes, then gets no more of its own message; and if the paused
/// ones wait for that receiver too, nothing moves again. So a pause yields: the bytes are taken in,
/// beyond what may wait of one message, but not beyond what may wait of one sender.
extension Worker {
    /// Sees to it that links which wait for more of a message get it, after `link`, in the middle of
    /// one, was paused or has taken all that is there.
    func shareWindow(of link: IncomingLink) {
        let session = link.link.session
        guard session.incomingBytes > 0, link.connection.incoming.count > 1 else { return }
        var starved: IncomingLink?
        var paused: [IncomingLink] = []
        for ticket in link.connection.incoming where incomingLinks.contains(ticket) {
            let other = incomingLinks[ticket]
            guard other.isInMessage, other.link.session == session else { continue }
            if !other.isPaused { starved = other }
            if other.isPaused, other.streaming != nil { paused.append(other) }
        }
        guard let starved, !paused.isEmpty else { return }
        enqueue(link.connection)
        guard session.incomingBytes >= session.incomingCapacity / 2 else {
            // Small frames use up the window long before the bytes do: it is said anew.
            return starved.link.grant(credit: 0)
        }
        for other in paused { takeIn(other) }
    }

    private func takeIn(_ link: IncomingLink) {
        while link.waitingBytes < IncomingLink.mostWaitingBytes, let group = link.streaming,
            let delivery = link.link.current, delivery.pending > 0
        {
            guard receiveMore(of: group, on: link, delivery, isUrgent: true) else { return }
        }
    }
}
