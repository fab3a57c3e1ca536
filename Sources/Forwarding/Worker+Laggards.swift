internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import Sessions

/// Receivers that are left behind.
///
/// A pre-settled message keeps its sender's credit until it has left, so that nothing is lost where
/// receivers are slower than senders. But a receiver that takes a message a second must not set the
/// pace of others: one that has held them up for a second in all is left behind. It keeps the newest
/// messages, as many as its link's capacity, and loses the oldest, until it has caught up.
extension Worker {
    /// How often a receiver that may hold others up is looked at.
    private static let lookInterval: Milliseconds = 100
    private static let mostHeldUp: Milliseconds = .seconds(1)
    /// A receiver whose next message has waited for less goes on, however slow it may be.
    private static let longWait: Milliseconds = 200
    /// A link of messages for several addresses counts as shared for so long after the last change.
    private static let sharedFor: Milliseconds = .seconds(3)

    /// A pre-settled message waits for the link. It is looked after if its sender has no credit left.
    func noteLag(_ ticket: Ticket, on link: OutgoingLink) {
        guard link.lag == nil, link.kind == .consumer, holdsSenderUp(ticket) else { return }
        lookAgain(link, Lag(heldUp: 0, due: now))
    }

    private func lookAgain(_ link: OutgoingLink, _ lag: Lag) {
        let due = now + Self.lookInterval
        link.lag = Lag(heldUp: lag.heldUp, due: due)
        wakeForReceiver(link, at: due)
    }

    /// The time has come to look at a link.
    func checkLag(_ link: OutgoingLink) {
        guard let lag = link.lag, lag.due <= now else { return }
        guard let next = link.queue.first else { return link.lag = nil }
        var heldUp = lag.heldUp
        let isOld = now.since(deliveries[next].arrived) >= Self.longWait
        if isOld, holdsSenderUp(next), holdsOthersUp(next, link) {
            heldUp = Milliseconds(heldUp.count + Self.lookInterval.count)
        }
        guard heldUp >= Self.mostHeldUp else {
            return lookAgain(link, Lag(heldUp: heldUp, due: now))
        }
        link.lag = nil
        leaveBehind(link)
    }

    private func leaveBehind(_ link: OutgoingLink) {
        link.isBehind = true
        log.write(
            .routerCore, .info,
            "[C\(link.connection.id.number)][L\(link.id.number)] Receiver is left behind: it has held "
                + "up others; the oldest pre-settled messages beyond \(link.capacity) are dropped until "
                + "it has caught up")
        loosen(link)
    }

    /// Nothing waits any more: what comes now is waited for again.
    @inline(__always)
    func noteCaughtUp(_ link: OutgoingLink) {
        if link.isBehind, link.queue.isEmpty { link.isBehind = false }
    }

    // MARK: What it holds up

    /// The message is pre-settled, and its sender waits for credit.
    private func holdsSenderUp(_ ticket: Ticket) -> Bool {
        guard deliveries[ticket].isSettled else { return false }
        switch deliveries[ticket].origin {
        case .nobody, .delivery: return false
        case .credit(let link), .held(_, let link): return link.outstanding >= link.capacity
        case .parcel: return true
        case .group(let group):
            guard groups.contains(group) else { return false }
            guard let link = groups[group].source.link else { return groups[group].isFromParcel }
            return link.outstanding >= link.capacity
        }
    }

    private func holdsOthersUp(_ ticket: Ticket, _ link: OutgoingLink) -> Bool {
        switch deliveries[ticket].origin {
        case .nobody, .delivery: return false
        case .credit(let source), .held(_, let source): return isShared(source)
        case .parcel(_, let isFromShared): return isFromShared
        case .group(let group):
            if groups[group].isMulticast, hasIdleCompanion(link) { return true }
            return groups[group].source.link.map(isShared) ?? groups[group].isFromShared
        }
    }

    /// The link's messages are for several addresses.
    func isShared(_ link: IncomingLink) -> Bool { now < link.sharedAt + Self.sharedFor }

    /// Another receiver of the address waits for messages.
    private func hasIdleCompanion(_ link: OutgoingLink) -> Bool {
        guard let route = link.route else { return false }
        return route.outlets.contains { outlet in
            switch outlet {
            case .local(let other):
                other !== link && other.queue.isEmpty && other.link.credit > 0
            case .foreign(let description): description.load.value == 0
            }
        }
    }
}

/// How long a receiver has held up others, until it is looked at again.
struct Lag {
    let heldUp: Milliseconds
    let due: Instant
}
