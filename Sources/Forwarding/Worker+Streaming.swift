internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Messages that are sent on while they arrive (RS-208 to RS-212).
///
/// A part goes straight from the scratch buffer to the only receiver if that has room; else it
/// waits in chunks, of which every receiver's queue holds references. When one receiver has
/// `mostWaiting` bytes waiting, the sender's link is paused, its session's window closes, and it
/// goes on when the slowest has less than `fewWaiting`.
extension Worker {
    static let mostWaiting = 128 << 10
    static let fewWaiting = 64 << 10

    /// Begins to send a message whose first part has come.
    func startStream(
        _ message: borrowing ArrivingMessage, to link: OutgoingLink, over route: Route?
    ) {
        let group = openGroup(for: message, isMulticast: false)
        countEgress(link, route)
        groups[group].addCopy()
        message.link.streaming = group
        var record = OutgoingDelivery(
            link: link, origin: .group(group), isSettled: message.isSettled,
            priority: message.priority, format: message.arrival.format, arrived: now)
        record.isWhole = false
        record.entry = entry(of: message, to: link)
        noteStream(&record)
        track(route, on: link, &record)
        let isNext = queueAhead(of: link, priority: message.priority) == nil
        if isNext, link.takesWhole(message.bytes.count &+ Self.headGrowth) {
            let sending = begin(
                on: link, isSettled: message.isSettled, message.arrival.format,
                message.tag)
            record.sending = sending
            let ticket = deliveries.insert(record)
            if !sending.isSettled { link.link.track(sending.delivery, ticket.deliveryContext) }
            write(message, sending, to: link, isLast: false)
            countBegunAtOnce(on: link)
            link.active = ticket
            groups[group].copies.append(ticket)
            noteStreamed(ticket, of: message, over: route, on: link)
        } else {
            let chunk = chunk(of: message, isAnnotated: link.isAnnotated)
            record.waiting = WaitingBytes(chunk)
            record.state = message.state
            record.tag = message.tag
            hold(chunk.count, for: message.link)
            let ticket = deliveries.insert(record)
            groups[group].copies.append(ticket)
            noteStreamed(ticket, of: message, over: route, on: link)
            queue(ticket, on: link)
        }
        copyMade(group)
    }

    /// Takes more of a message that is being sent on.
    func receiveMore(
        of group: Ticket, on link: IncomingLink, _ part: Part, _ bytes: UnsafeRawBufferPointer
    ) {
        guard groups.contains(group) else {
            // Settled by its sender, or answered for good: the rest is thrown away.
            if part.isLast { link.streaming = nil }
            return
        }
        if part.isAborted {
            link.counters.undecided.raise()
            repay(group, to: link)
            forgetSource(of: group)
            link.streaming = nil
            return sourceAborted(group)
        }
        if !bytes.isEmpty || part.isLast { append(bytes, to: group, isLast: part.isLast) }
        if part.arrival.isSenderSettled, !groups[group].isSettled {
            senderChanged(group: group, Outcome(.none), isSettled: true)
            guard groups.contains(group) else {
                if part.isLast { link.streaming = nil }
                return
            }
        }
        guard part.isLast else {
            if isBlocked(group) { link.isPaused = true }
            return
        }
        link.streaming = nil
        becameWhole(group)
    }

    /// An abort has settled the delivery.
    private func forgetSource(of group: Ticket) {
        switch groups[group].source {
        case .delivery(let delivery, let link), .held(let delivery, let link):
            link.link.forget(delivery)
        case .credit, .parcel, .nobody: break
        }
    }

    /// One of the copies has as much waiting as it may have.
    private func isBlocked(_ ticket: Ticket) -> Bool {
        hasWaiting(ticket, atLeast: Self.mostWaiting)
    }

    /// One of the copies that the sender waits for has so much waiting.
    ///
    /// For a copy of a multicast message whose receiver is busy with another message no sender waits,
    /// as long as its share of what may wait in the router is not used up: two such messages could
    /// wait for each other at two receivers for ever.
    private func hasWaiting(_ ticket: Ticket, atLeast count: Int) -> Bool {
        let group = groups[ticket]
        for copy in group.copies
        where deliveries.contains(copy) && (deliveries[copy].waiting?.count ?? 0) >= count {
            if !group.isMulticast || deliveries[copy].link.active == copy { return true }
        }
        let elsewhere = group.isMulticast ? max(count, settings.budget.ofOneSender / 4) : count
        return group.parcels.contains { $0.waitingBytes >= elsewhere }
    }

    /// Sends a part to every copy, or lets it wait there.
    private func append(_ bytes: UnsafeRawBufferPointer, to ticket: Ticket, isLast: Bool) {
        var chunk: Chunk?
        let group = groups[ticket]
        for copy in group.copies {
            let link = deliveries[copy].link
            if link.active == copy, deliveries[copy].waiting == nil, hasRoom(link),
                bytes.count <= link.link.room, let sending = deliveries[copy].sending
            {
                send(bytes, sending, of: copy, on: link, isLast: isLast)
                continue
            }
            guard !bytes.isEmpty else { continue }
            let shared = chunk ?? Chunk(bytes)
            chunk = shared
            append(shared, to: copy)
            if let source = group.source.link { hold(bytes.count, for: source) }
            // There may be room for a part of it.
            if link.active == copy { send(from: link) }
        }
        guard !bytes.isEmpty else { return }
        for index in group.parcels.indices {
            let shared = chunk ?? Chunk(bytes)
            chunk = shared
            groups[ticket].parcels[index].waitingBytes += bytes.count
            if let source = group.source.link { hold(bytes.count, for: source) }
            let origin = WorkerTicket(worker: handle.number, ticket: ticket)
            post(
                .more(origin, shared, isLast: false, isAborted: false),
                to: group.parcels[index].worker)
        }
    }

    func append(_ chunk: Chunk, to copy: Ticket) {
        if deliveries[copy].waiting == nil {
            deliveries[copy].waiting = WaitingBytes(chunk)
        } else {
            deliveries[copy].waiting?.append(chunk)
        }
    }

    /// The last part has come.
    private func becameWhole(_ ticket: Ticket) {
        let origin = WorkerTicket(worker: handle.number, ticket: ticket)
        for parcel in groups[ticket].parcels {
            post(.more(origin, nil, isLast: true, isAborted: false), to: parcel.worker)
        }
        finishCopies(of: ticket)
    }

    /// Marks every copy as whole, and sends what can be sent.
    func finishCopies(of ticket: Ticket) {
        groups[ticket].isWhole = true
        groups[ticket].addCopy()
        for copy in groups[ticket].copies where deliveries.contains(copy) {
            deliveries[copy].isWhole = true
            let link = deliveries[copy].link
            if link.active == copy { send(from: link) }
        }
        copyMade(ticket)
    }

    // MARK: Ends

    /// The sender gave the message up, or is gone in the middle of it (RS-195, RS-196).
    func sourceAborted(_ ticket: Ticket) {
        guard groups.contains(ticket) else { return }
        let group = groups[ticket]
        let origin = WorkerTicket(worker: handle.number, ticket: ticket)
        for parcel in group.parcels {
            post(.more(origin, nil, isLast: true, isAborted: true), to: parcel.worker)
        }
        for copy in group.copies where deliveries.contains(copy) { abort(copy) }
        releasePosted(ticket)
        if case .parcel(let origin) = group.source { parcelGroups[origin] = nil }
        close(group: ticket)
    }

    private func abort(_ copy: Ticket) {
        let link = deliveries[copy].link
        dropWaiting(of: copy)
        if link.active == copy {
            deliveries[copy].isAborted = true
        } else {
            link.queue.remove(copy)
            remove(copy)
        }
        enqueue(link.connection)
        send(from: link)
    }

    /// Says that the active delivery is given up, as soon as the peer's window lets it. True when that
    /// is said.
    func sendAbort(of ticket: Ticket, on link: OutgoingLink) -> Bool {
        guard hasRoom(link) else { return false }
        if let sending = deliveries[ticket].sending {
            link.link.forget(sending.delivery)
            link.link.abort(sending)
        }
        link.active = nil
        remove(ticket)
        return true
    }

    // MARK: Pauses

    /// Bytes of a copy have left: a paused sender may be able to go on.
    func groupBytesLeft(_ bytes: Int, of ticket: Ticket) {
        guard groups.contains(ticket) else { return }
        switch groups[ticket].source {
        case .delivery(_, let link), .credit(let link), .held(_, let link):
            count(waiting: -bytes, for: link)
            resumeSource(of: ticket)
        case .parcel(let origin): parcelBytesLeft(bytes, of: ticket, origin)
        case .nobody: if groups[ticket].isUnowned { settings.budget.add(-bytes) }
        }
    }

    /// Tells the sender's worker what no copy here waits with any more: the slowest governs.
    private func parcelBytesLeft(_ bytes: Int, of ticket: Ticket, _ origin: WorkerTicket) {
        groups[ticket].waitingBytes -= bytes
        var backlog = groups[ticket].waitingBytes
        if backlog > 0, !groups[ticket].isStreamed { return }
        if backlog > 0 {
            backlog = 0
            for copy in groups[ticket].copies where deliveries.contains(copy) {
                backlog = max(backlog, deliveries[copy].waiting?.count ?? 0)
            }
        }
        let left = groups[ticket].received - groups[ticket].reported - backlog
        guard left > 0 else { return }
        groups[ticket].reported += left
        tellLeft(left, origin)
    }

    /// Lets the sender of a message go on if no copy has too much waiting.
    func resumeSource(of ticket: Ticket) {
        guard let link = groups[ticket].source.link, link.isPaused else { return }
        guard !hasWaiting(ticket, atLeast: Self.fewWaiting + 1),
            link.waitingBytes <= settings.budget.ofOneSender
        else { return }
        unpause(link)
    }
}
