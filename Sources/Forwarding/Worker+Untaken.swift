internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Pre-settled messages that a receiver does not take.
extension Worker {
    /// Messages wait for a receiver that gives no credit: it is looked at again in time.
    @inline(__always)
    func noteStarvation(_ link: OutgoingLink) {
        guard !link.queue.isEmpty, link.link.credit <= 0, link.starvedSince == nil,
            link.kind == .consumer, !link.isStuck
        else { return }
        link.starvedSince = now
        if link.starvationDue == nil { timeStarvation(link, since: now) }
    }

    /// One timer for a link, however often it starves until then.
    private func timeStarvation(_ link: OutgoingLink, since: Instant) {
        let due = since + settings.presettledHold
        link.starvationDue = due
        wakeForReceiver(link, at: due)
    }

    /// One of the connection's receivers is to be looked at then.
    func wakeForReceiver(_ link: OutgoingLink, at due: Instant) {
        guard due < link.connection.receiversDue else { return }
        link.connection.receiversDue = due
        wake(link.connection, at: due)
    }

    /// After the hold time pre-settled messages no longer keep their senders' credit, and those
    /// beyond the link's capacity are dropped.
    func checkStarvation(_ link: OutgoingLink) {
        guard let due = link.starvationDue, due <= now else { return }
        link.starvationDue = nil
        guard let since = link.starvedSince else { return }
        guard since + settings.presettledHold <= now else {
            return timeStarvation(link, since: since)
        }
        link.starvedSince = nil
        guard link.link.credit <= 0, !link.queue.isEmpty else { return }
        link.isStuck = true
        loosen(link)
    }

    /// Pre-settled messages that wait no longer keep their senders' credit, and those beyond the
    /// link's capacity are dropped.
    func loosen(_ link: OutgoingLink) {
        for ticket in link.queue.all where deliveries[ticket].isSettled {
            releaseCredit(of: ticket)
        }
        while link.queue.count > link.capacity || settings.budget.isFull, dropOldest(on: link) {}
        link.tellLoad()
    }

    /// The receiver gave credit, or asked for a drain.
    func creditChanged(_ link: OutgoingLink) {
        if link.link.credit > 0 { meetCredit(link) }
        link.counters.tell(credit: link.link.credit)
        if link.kind == .routed { passCredit(of: link) }
        send(from: link)
    }

    /// The receiver has given credit. What another worker sends may use all of it before the engine's
    /// event for it is handled, so that this is said wherever credit is met.
    @inline(__always)
    func meetCredit(_ link: OutgoingLink) {
        link.starvedSince = nil
        link.isStuck = false
    }

    /// The sender of a waiting pre-settled message gets its credit back now.
    func releaseCredit(of ticket: Ticket) {
        guard deliveries[ticket].isWhole else { return }
        dropAccount(of: ticket)
        copyLeft(ticket)
        deliveries[ticket].origin = .nobody
    }

    /// Drops the pre-settled message that has waited longest, the next one to be sent excepted.
    @discardableResult
    func dropOldest(on link: OutgoingLink) -> Bool {
        let oldest = link.queue.removeBehindFirst { deliveries[$0].isSettled }
        guard let oldest else { return false }
        countDropped(on: link, entry: deliveries[oldest].entry)
        dropWaiting(of: oldest)
        copyLeft(oldest)
        remove(oldest)
        return true
    }

    func countDropped(on link: OutgoingLink, entry: EntryRouter) {
        link.counters.countForeign(entry)
        link.counters.droppedPresettled.raise()
        link.counters.presettled.raise()
        handle.counters.droppedPresettled.raise()
    }

    func dropWaiting(of ticket: Ticket) {
        guard let waiting = deliveries[ticket].waiting else { return }
        deliveries[ticket].waiting = nil
        bytesLeft(waiting.count, of: ticket)
    }

    /// Bytes of a copy that waited wait no longer: its sender may go on.
    func bytesLeft(_ bytes: Int, of ticket: Ticket) {
        guard !deliveries[ticket].isUnowned else { return settings.budget.add(-bytes) }
        switch deliveries[ticket].origin {
        case .nobody: break
        case .credit(let link), .delivery(_, let link), .held(_, let link): letGo(bytes, for: link)
        case .parcel(let place, _): soleBytesLeft(bytes, of: ticket, place)
        case .group(let group): groupBytesLeft(bytes, of: group)
        }
    }
}
