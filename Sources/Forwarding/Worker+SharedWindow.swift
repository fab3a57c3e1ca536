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
        guard isNearlyClosed(link.link.session), hasCompanion(link) else { return }
        leaveOut(link)
    }

    /// A link goes on again: if others of its session have taken the window up meanwhile, nothing would
    /// come for it any more.
    func shareWindow(with link: IncomingLink) {
        let session = link.link.session
        guard isNearlyClosed(session) else { return }
        for ticket in link.connection.incoming where incomingLinks.contains(ticket) {
            let other = incomingLinks[ticket]
            guard other.isPaused, other.countedFrames > 0, other.link.session === session else {
                continue
            }
            leaveOut(other)
        }
    }

    private func isNearlyClosed(_ session: Session) -> Bool {
        session.incomingWindow < session.windowMax / 4
    }

    /// The window no longer counts what is held for the link.
    private func leaveOut(_ link: IncomingLink) {
        let session = link.link.session
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
