internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Sends messages to this worker's own links: at once, or when their turn comes.
extension Worker {
    /// Which form of the present message's head the head buffer holds.
    enum HeadForm { case none, stripped, annotated }

    /// How much longer a message can become by the router's annotations, at the most, for those that
    /// are not measured before they are sent.
    static let headGrowth = 4_096

    // MARK: One consumer

    @inline(__always)
    func send(_ message: borrowing ArrivingMessage, to link: OutgoingLink, over route: Route?) {
        guard message.isWhole else { return startStream(message, to: link, over: route) }
        countEgress(link, route)
        if link.takesWhole(message.bytes.count &+ Self.headGrowth) {
            sendNow(message, to: link, over: route)
        } else {
            queue(message, on: link, origin: ownOrigin(of: message), over: route)
        }
    }

    /// Who hears of the only copy of a message.
    @inline(__always)
    private func ownOrigin(of message: borrowing ArrivingMessage) -> OutgoingDelivery.Origin {
        if !message.isSettled { return .delivery(message.arrival.delivery, message.link) }
        return message.isHeld
            ? .held(message.arrival.delivery, message.link) : .credit(message.link)
    }

    @inline(__always)
    private func sendNow(
        _ message: borrowing ArrivingMessage, to link: OutgoingLink, over route: Route?
    ) {
        let isTracked = !message.isSettled || link.flowControlsPresettled
        let sending = begin(
            on: link, isSettled: message.isSettled, message.arrival.format, message.tag)
        write(message, sending, to: link)
        countBegunAtOnce(on: link)
        countSent(link)
        if isTracked, !link.settlesAll {
            let origin = ownOrigin(of: message)
            var record = OutgoingDelivery(
                link: link, origin: origin, isSettled: message.isSettled,
                priority: message.priority, format: message.arrival.format, arrived: now)
            record.sending = sending
            record.isEnded = true
            record.entry = entry(of: message, to: link)
            track(route, on: link, &record)
            let ticket = deliveries.insert(consume record)
            link.link.track(sending.delivery, ticket.deliveryContext)
            noteStreamed(ticket, of: message, over: route, on: link)
            if message.isSettled { message.link.counters.presettledInside.raise() }
            if case .credit = origin {
            } else {
                message.link.link.track(message.arrival.delivery, ticket.deliveryContext)
            }
            link.unsettled += 1
            link.tellLoad()
            if message.link.isOfRouter { repayTrunk(message.link, origin) }
            return
        }
        settleAtOnce(sending, on: link)
        countLeft(link, isSettled: message.isSettled, entry: entry(of: message, to: link))
        finishAtOnce(message)
    }

    /// The message has left and needs no answer from its receiver.
    @inline(__always)
    func finishAtOnce(_ message: borrowing ArrivingMessage) {
        countOut(message.link, isSettled: message.isSettled, .accepted, since: now)
        if !message.arrival.isSenderSettled {
            message.link.link.dispose(message.arrival.delivery, .accepted, isSettled: true)
        }
        enqueue(message.link.connection)
        repay(message.link)
    }

    /// A neighbour's credit does not wait for settlement (IR-11).
    @inline(__always)
    func repayTrunk(_ link: IncomingLink, _ origin: OutgoingDelivery.Origin) {
        switch origin {
        case .delivery, .held: repay(link)
        case .credit, .group, .parcel, .nobody: break
        }
    }

    /// Begins a delivery on the wire: a trunk under flow control settles nothing in advance.
    @inline(__always)
    func begin(
        on link: OutgoingLink, isSettled: Bool, _ format: UInt32, _ tag: DeliveryTag = DeliveryTag()
    ) -> Sending {
        enqueue(link.connection)
        let isHeld = isSettled && link.flowControlsPresettled
        let tag = tag.count > 0 ? tag : ownTag(isHeld: isHeld)
        return Sending(
            delivery: link.link.beginDelivery(), tag: tag, format: format,
            isSettled: !isHeld && (isSettled || link.settlesAll))
    }

    @inline(__always)
    private func ownTag(isHeld: Bool) -> DeliveryTag {
        nextTag &+= 1
        return DeliveryTag(nextTag &- 1, mark: isHeld ? Self.heldMark : nil)
    }

    /// A delivery was sent whose receiver is not waited for.
    @inline(__always)
    private func settleAtOnce(_ sending: Sending, on link: OutgoingLink) {
        if !sending.isSettled { link.link.dispose(sending.delivery, .none, isSettled: true) }
    }

    @inline(__always)
    func countSent(_ link: OutgoingLink) {
        link.counters.deliveries.raise()
        link.connection.counters.lastDeliverySecond.set(now.nanoseconds / 1_000_000_000)
    }

    // MARK: Forms

    @inline(__always)
    func write(
        _ message: borrowing ArrivingMessage, _ sending: Sending, to link: OutgoingLink,
        isLast: Bool = true
    ) {
        logSent(message.bytes, on: link)
        let parts = parts(of: message, isAnnotated: link.isAnnotated)
        link.link.send(
            sending, head: parts.head, tail: parts.tail, isLast: isLast,
            state: message.state.map { Link.encode($0) } ?? [])
    }

    /// The message with router annotations, or without: a rewritten head, and the bytes behind it.
    @inline(__always)
    func parts(
        of message: borrowing ArrivingMessage, isAnnotated: Bool
    ) -> (head: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) {
        if !isAnnotated, !message.head.hasRouterKeys {
            return (UnsafeRawBufferPointer(start: nil, count: 0), message.bytes)
        }
        return rewrittenParts(of: message, isAnnotated: isAnnotated)
    }

    private func rewrittenParts(
        of message: borrowing ArrivingMessage, isAnnotated: Bool
    ) -> (head: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) {
        let wanted: HeadForm = isAnnotated ? .annotated : .stripped
        if form != wanted {
            form = wanted
            headCount = isAnnotated ? writeAnnotated(message) : writeStripped(message)
        }
        return (
            UnsafeRawBufferPointer(start: headScratch.baseAddress, count: headCount),
            UnsafeRawBufferPointer(
                rebasing: message.bytes[message.head.annotations.upperBound...])
        )
    }

    private func writeStripped(_ message: borrowing ArrivingMessage) -> Int {
        reserveHead(AnnotationWriter.room(for: message.head, keys: nil))
        return AnnotationWriter.write(
            message.bytes, head: message.head, keys: nil, into: headScratch)
    }

    private func writeAnnotated(_ message: borrowing ArrivingMessage) -> Int {
        routerName.withUnsafeBytes { myself in
            (redirection?.to ?? message.link.to).withUnsafeBytes { own in
                let head = message.head
                let named = head.to.map { UnsafeRawBufferPointer(rebasing: message.bytes[$0]) }
                let to = own.isEmpty ? named ?? own : own
                let ingress = head.ingress.map {
                    UnsafeRawBufferPointer(rebasing: message.bytes[$0])
                }
                let trace = head.trace.map { UnsafeRawBufferPointer(rebasing: message.bytes[$0]) }
                var keys = AnnotationWriter.RouterKeys(
                    to: to, ingress: ingress ?? myself,
                    trace: trace ?? UnsafeRawBufferPointer(start: nil, count: 0),
                    traceCount: head.traceCount, myself: myself,
                    phase: redirection?.phase
                        ?? (head.phase != 0 ? head.phase : message.link.messagePhase),
                    isStream: head.isStream, stamp: head.stamp)
                keys.exchanges = head.exchanges
                reserveHead(AnnotationWriter.room(for: head, keys: keys))
                return AnnotationWriter.write(
                    message.bytes, head: head, keys: keys, into: headScratch)
            }
        }
    }

    private func reserveHead(_ size: Int) {
        guard headScratch.count < size else { return }
        headScratch.deallocate()
        headScratch = .allocate(byteCount: size * 2, alignment: 16)
    }

    /// The message in one piece, to be kept.
    func chunk(of message: borrowing ArrivingMessage, isAnnotated: Bool) -> Chunk {
        let parts = parts(of: message, isAnnotated: isAnnotated)
        return Chunk(parts.head, parts.tail)
    }

    // MARK: Queueing

    /// Puts the only copy of a whole message among those that wait for the link.
    private func queue(
        _ message: borrowing ArrivingMessage, on link: OutgoingLink,
        origin: OutgoingDelivery.Origin,
        over route: Route?
    ) {
        let chunk = chunk(of: message, isAnnotated: link.isAnnotated)
        var record = OutgoingDelivery(
            link: link, origin: origin, isSettled: message.isSettled, priority: message.priority,
            format: message.arrival.format, arrived: now)
        record.state = message.state
        record.tag = message.tag
        record.waiting = WaitingBytes(chunk)
        record.entry = entry(of: message, to: link)
        track(route, on: link, &record)
        let ticket = deliveries.insert(record)
        if message.isSettled { message.link.counters.presettledInside.raise() }
        switch origin {
        case .delivery, .held:
            message.link.link.track(message.arrival.delivery, ticket.deliveryContext)
        case .credit, .group, .parcel, .nobody: break
        }
        if message.link.isOfRouter { repayTrunk(message.link, origin) }
        hold(chunk.count, for: message.link)
        noteStreamed(ticket, of: message, over: route, on: link)
        queue(ticket, on: link)
    }

    /// Counts bytes that wait on behalf of a sender, and pauses it when they are many.
    func hold(_ bytes: Int, for link: IncomingLink) {
        count(waiting: bytes, for: link)
        if link.waitingBytes > settings.budget.ofOneSender || link.outstanding > link.capacity {
            link.isPaused = true
        }
    }

    func count(waiting bytes: Int, for link: IncomingLink) {
        link.waitingBytes += bytes
        settings.budget.add(bytes)
    }

    /// Bytes no longer wait.
    func letGo(_ bytes: Int, for link: IncomingLink) {
        count(waiting: -bytes, for: link)
        guard link.isPaused, link.waitingBytes <= settings.budget.ofOneSender / 2 else { return }
        if link.outstanding <= link.capacity || link.waitingBytes == 0 { unpause(link) }
    }

    /// Appends a delivery to the link's queue, under the rule for pre-settled ones (RS-168).
    func queue(_ ticket: Ticket, on link: OutgoingLink) {
        let isSettled = deliveries[ticket].isSettled
        if link.isStuck || link.isBehind, isSettled {
            releaseCredit(of: ticket)
            if link.queue.count >= link.capacity { dropOldest(on: link) }
        } else if isSettled {
            noteLag(ticket, on: link)
        }
        link.queue.append(ticket, priority: deliveries[ticket].priority)
        if link.isStreaming, !deliveries[ticket].isWhole { awaitTurn(ticket, on: link) }
        link.tellLoad()
        // The link may have become ready since, or wait for room only.
        if link.active == nil, link.link.credit > 0 || link.link.isDraining {
            send(from: link)
        } else {
            noteStarvation(link)
        }
    }

    // MARK: The queue's turn

    /// Sends what waits, as far as credit and room go.
    ///
    /// The connection gets another turn only if something was given to it: one that waits for its
    /// socket or for its peer's window would take turns for ever, and nothing would be read.
    func send(from link: OutgoingLink) {
        guard link.phase == .attached else { return }
        while true {
            if let active = link.active {
                guard sendWaiting(active, on: link) else { break }
                continue
            }
            guard let next = link.queue.first else { break }
            if link.kind == .trunk, passStream(next, on: link) { continue }
            guard link.link.credit > 0, !deliveries[next].awaitsTurn, hasRoom(link) else { break }
            meetCredit(link)
            link.queue.popFirst()
            start(next, on: link)
        }
        noteCaughtUp(link)
        link.tellLoad()
        guard link.kind != .routed else { return passWords(of: link) }
        if link.link.isDraining, link.queue.isEmpty || link.link.credit == 0, link.active == nil {
            link.link.drained()
            link.counters.tell(credit: 0)
            enqueue(link.connection)
        }
        noteStarvation(link)
    }

    private func start(_ ticket: Ticket, on link: OutgoingLink) {
        let sending = begin(
            on: link, isSettled: deliveries[ticket].isSettled, deliveries[ticket].format,
            deliveries[ticket].tag)
        if !sending.isSettled { link.link.track(sending.delivery, ticket.deliveryContext) }
        deliveries[ticket].sending = sending
        countBegun(on: link, since: deliveries[ticket].arrived)
        logSent(deliveries[ticket].waiting?.first.bytes, on: link)
        link.active = ticket
    }

    func hasRoom(_ link: OutgoingLink) -> Bool {
        guard !link.takesBytes else { return true }
        if !link.isCrowded {
            link.isCrowded = true
            link.connection.crowded.append(link.ticket)
        }
        return false
    }

    /// Sends what waits of the active delivery. True when the delivery is sent whole.
    func sendWaiting(_ ticket: Ticket, on link: OutgoingLink) -> Bool {
        guard !deliveries[ticket].isAborted else { return sendAbort(of: ticket, on: link) }
        while deliveries[ticket].waiting != nil {
            guard hasRoom(link) else { return false }
            sendPiece(ticket, on: link)
        }
        guard deliveries[ticket].isWhole else { return false }
        if !deliveries[ticket].isEnded, let sending = deliveries[ticket].sending {
            guard hasRoom(link) else { return false }
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            send(none, sending, of: ticket, on: link, isLast: true)
        }
        finishSending(ticket, on: link)
        return true
    }

    private static let pieceSize = 64 << 10

    private func sendPiece(_ ticket: Ticket, on link: OutgoingLink) {
        guard let waiting = deliveries[ticket].waiting, let sending = deliveries[ticket].sending
        else { return }
        let piece = waiting.piece
        let count = min(
            piece.count, Self.pieceSize, link.connection.mostUnsent, link.link.room)
        let isLast = deliveries[ticket].isWhole && waiting.isLastPiece && count == piece.count
        send(
            UnsafeRawBufferPointer(rebasing: piece[..<count]), sending, of: ticket, on: link,
            isLast: isLast)
        if deliveries[ticket].waiting?.sent(count) == false { deliveries[ticket].waiting = nil }
        bytesLeft(count, of: ticket)
    }

    /// Writes bytes of a delivery that was begun; with its first frame goes the state that its sender
    /// has set (RS-182).
    func send(
        _ bytes: UnsafeRawBufferPointer, _ sending: Sending, of ticket: Ticket,
        on link: OutgoingLink, isLast: Bool
    ) {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let state = deliveries[ticket].state
        if state != nil { deliveries[ticket].state = nil }
        link.link.send(
            sending, head: none, tail: bytes, isLast: isLast,
            state: state.map { Link.encode($0) } ?? [])
        if isLast { deliveries[ticket].isEnded = true }
        enqueue(link.connection)
    }

    /// The last byte was written.
    func finishSending(_ ticket: Ticket, on link: OutgoingLink) {
        guard let sending = deliveries[ticket].sending else { return }
        link.active = nil
        enqueue(link.connection)
        countSent(link)
        if deliveries[ticket].isSettled, !link.flowControlsPresettled {
            settleAtOnce(sending, on: link)
            countLeft(link, isSettled: true, entry: deliveries[ticket].entry)
            copyLeft(ticket)
            remove(ticket)
        } else if link.settlesAll {
            settleAtOnce(sending, on: link)
            countLeft(link, isSettled: false, entry: deliveries[ticket].entry)
            outcomeChanged(ticket, Outcome(.accepted), isSettled: true)
        } else {
            link.unsettled += 1
            if deliveries[ticket].isSettledEarly { consumerSettled(ticket, on: link) }
        }
    }
}
