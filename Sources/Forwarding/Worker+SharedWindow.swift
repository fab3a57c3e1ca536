internal import AMQP
internal import EventLoop
internal import Sessions

/// The window of a session that several links share.
///
/// What comes for a paused link is held and takes up the window of its session. Another link of the
/// session, whose receiver takes what comes, would then get no more; and if the paused ones wait for
/// that receiver too, nothing moves again. So the window does not count what is held for one sender,
/// up to a bound, while others share it.
extension Worker {
    func shareWindow(of link: IncomingLink) {
        let session = link.link.session
        guard session.incomingWindow < session.windowMax / 4, hasCompanion(link) else { return }
        guard link.heldBytes + link.waitingBytes < settings.budget.ofOneSender else { return }
        session.letGo(link.countedFrames)
        link.countedFrames = 0
        enqueue(link.connection)
    }

    /// Another link of the session goes on.
    private func hasCompanion(_ link: IncomingLink) -> Bool {
        link.connection.incoming.contains { ticket in
            guard ticket != link.ticket, incomingLinks.contains(ticket) else { return false }
            let other = incomingLinks[ticket]
            return other.link.session === link.link.session && !other.isPaused
        }
    }
}
