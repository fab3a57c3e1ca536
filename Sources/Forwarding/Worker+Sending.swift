internal import AMQP
internal import Basis
internal import EventLoop

/// Sends messages to this worker's own links: at once, or when their turn comes.
extension Worker {
    /// Which form of the present message's head the head buffer holds.
    enum HeadForm { case none, stripped, annotated }

    // MARK: One consumer

    @inline(__always)
    func send(_ message: borrowing ArrivingMessage, to link: OutgoingLink, over route: Route?) {
        guard message.isWhole else { return startStream(message, to: link, over: route) }
        countEgress(link, route)
        if link.isReady {
            sendNow(message, to: link, over: route)
        } else {
            queue(message, on: link, origin: ownOrigin(of: message), over: route)
        }
    }

    /// Who hears of the only copy of a message.
    @inline(__always)
    private func ownOrigin(of message: borrowing ArrivingMessage) -> OutgoingDelivery.Origin {
        if !message.isSettled { return .delivery(message.delivery, message.link) }
        return message.isHeld
            ? .held(message.delivery, message.link) : .credit(message.link)
    }

    @inline(__always)
    private func sendNow(
        _ message: borrowing ArrivingMessage, to link: OutgoingLink, over route: Route?
    ) {
        let isTracked = !message.isSettled || link.flowControlsPresettled
        let delivery = begin(on: link, isSettled: message.isSettled)
        write(message, to: link)
        link.link.advance()
        countSent(link)
        if isTracked, !link.settlesAll {
            let origin = ownOrigin(of: message)
            var record = OutgoingDelivery(
                link: link, origin: origin, isSettled: message.isSettled,
                priority: message.priority, arrived: now)
            record.delivery = delivery
            record.entry = entry(of: message, to: link)
            track(route, on: link, &record)
            let ticket = deliveries.insert(consume record)
            delivery.context = ticket.deliveryContext
            if message.isSettled { message.link.counters.presettledInside.raise() }
            if case .credit = origin {
                message.delivery.settle()
            } else {
                message.delivery.context = ticket.deliveryContext
            }
            link.unsettled += 1
            link.tellLoad()
            passState(of: message, to: delivery)
            if message.link.kind == .trunk { repayTrunk(message.link, origin) }
            return
        }
        delivery.settle()
        countLeft(link, isSettled: message.isSettled, entry: entry(of: message, to: link))
        finishAtOnce(message)
    }

    /// The message has left and needs no answer from its receiver.
    @inline(__always)
    func finishAtOnce(_ message: borrowing ArrivingMessage) {
        if !message.isSettled {
            message.delivery.update(.accepted)
        } else if message.isHeld {
            message.delivery.update(.accepted)
        }
        countOut(message.link, isSettled: message.isSettled, .accepted, since: now)
        message.delivery.settle()
        enqueue(message.link.connection)
        repay(message.link)
    }

    /// A neighbour's credit does not wait for settlement (IR-11).
    @inline(__always)
    func repayTrunk(_ link: IncomingLink, _ origin: OutgoingDelivery.Origin) {
        switch origin {
        case .delivery, .held: repay(link)
        case .credit, .group, .nobody: break
        }
    }

    @inline(__always)
    func begin(on link: OutgoingLink, isSettled: Bool) -> Delivery {
        nextTag &+= 1
        enqueue(link.connection)
        return isSettled && link.flowControlsPresettled
            ? link.link.deliver(tag: nextTag &- 1, mark: Self.heldMark)
            : link.link.deliver(tag: nextTag &- 1)
    }

    @inline(__always)
    func countSent(_ link: OutgoingLink) {
        link.counters.deliveries.raise()
        link.connection.counters.lastDeliverySecond.set(now.nanoseconds / 1_000_000_000)
    }

    /// A state that the sender had set travels with the transfer (RS-182).
    @inline(__always)
    private func passState(of message: borrowing ArrivingMessage, to delivery: Delivery) {
        guard !message.isSettled, message.delivery.remoteState != 0 else { return }
        delivery.update(message.delivery.remoteOutcome)
        message.delivery.clear()
    }

    // MARK: Forms

    @inline(__always)
    func write(_ message: borrowing ArrivingMessage, to link: OutgoingLink) {
        logSent(message.bytes, on: link)
        if !link.isAnnotated, !message.head.hasRouterKeys { return link.give(message.bytes) }
        let parts = parts(of: message, isAnnotated: link.isAnnotated)
        link.give(parts.head)
        link.give(parts.tail)
    }

    /// The message with router annotations, or without: a rewritten head, and the bytes behind it.
    func parts(
        of message: borrowing ArrivingMessage, isAnnotated: Bool
    ) -> (head: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) {
        if !isAnnotated, !message.head.hasRouterKeys {
            return (UnsafeRawBufferPointer(start: nil, count: 0), message.bytes)
        }
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
            message.link.to.withUnsafeBytes { own in
                let head = message.head
                let named = head.to.map { UnsafeRawBufferPointer(rebasing: message.bytes[$0]) }
                let to = own.isEmpty ? named ?? own : own
                let ingress = head.ingress.map {
                    UnsafeRawBufferPointer(rebasing: message.bytes[$0])
                }
                let trace = head.trace.map { UnsafeRawBufferPointer(rebasing: message.bytes[$0]) }
                let keys = AnnotationWriter.RouterKeys(
                    to: to, ingress: ingress ?? myself,
                    trace: trace ?? UnsafeRawBufferPointer(start: nil, count: 0),
                    traceCount: head.traceCount, myself: myself,
                    phase: head.phase != 0 ? head.phase : message.link.messagePhase,
                    isStream: head.isStream, stamp: head.stamp)
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
            arrived: now)
        if !message.isSettled, message.delivery.remoteState != 0 {
            record.state = message.delivery.remoteOutcome
            message.delivery.clear()
        }
        record.waiting = WaitingBytes(chunk)
        record.entry = entry(of: message, to: link)
        track(route, on: link, &record)
        let ticket = deliveries.insert(record)
        if message.isSettled { message.link.counters.presettledInside.raise() }
        switch origin {
        case .delivery, .held: message.delivery.context = ticket.deliveryContext
        case .credit, .group, .nobody: message.delivery.settle()
        }
        if message.link.kind == .trunk { repayTrunk(message.link, origin) }
        hold(chunk.count, for: message.link)
        queue(ticket, on: link)
    }

    /// Counts bytes that wait on behalf of a sender, and pauses it when they are many.
    func hold(_ bytes: Int, for link: IncomingLink) {
        link.waitingBytes += bytes
        if link.waitingBytes > IncomingLink.mostWaitingBytes || link.outstanding > link.capacity {
            link.isPaused = true
        }
    }

    /// Bytes no longer wait.
    func letGo(_ bytes: Int, for link: IncomingLink) {
        link.waitingBytes -= bytes
        guard link.isPaused, link.waitingBytes < IncomingLink.fewWaitingBytes else { return }
        if link.outstanding <= link.capacity || link.waitingBytes == 0 { unpause(link) }
    }

    /// Appends a delivery to the link's queue, under the rule for pre-settled ones (RS-168).
    func queue(_ ticket: Ticket, on link: OutgoingLink) {
        let isSettled = deliveries[ticket].isSettled
        if link.isStuck, isSettled {
            releaseCredit(of: ticket)
            if link.queue.count >= link.capacity { dropOldest(on: link) }
        }
        link.queue.append(ticket, priority: deliveries[ticket].priority)
        link.tellLoad()
        // The link may have become ready since, or wait for room only.
        if link.active == nil, link.link.credit > 0 {
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
            guard link.link.credit > 0, let next = link.queue.first else { break }
            guard hasRoom(link) else { break }
            meetCredit(link)
            link.queue.popFirst()
            start(next, on: link)
        }
        link.tellLoad()
        if link.queue.isEmpty, link.active == nil, link.link.isDraining {
            link.link.drained()
            link.counters.tell(credit: 0)
            enqueue(link.connection)
        }
        noteStarvation(link)
    }

    private func start(_ ticket: Ticket, on link: OutgoingLink) {
        let delivery = begin(on: link, isSettled: deliveries[ticket].isSettled)
        delivery.context = ticket.deliveryContext
        deliveries[ticket].delivery = delivery
        logSent(deliveries[ticket].waiting?.first.bytes, on: link)
        if let state = deliveries[ticket].state { delivery.update(state) }
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
        while deliveries[ticket].waiting != nil {
            guard hasRoom(link) else { return false }
            sendPiece(ticket, on: link)
        }
        guard deliveries[ticket].isWhole else { return false }
        finishSending(ticket, on: link)
        return true
    }

    private static let pieceSize = 64 << 10

    private func sendPiece(_ ticket: Ticket, on link: OutgoingLink) {
        guard var waiting = deliveries[ticket].waiting else { return }
        let chunk = waiting.first
        let end = min(chunk.count, waiting.offset + Self.pieceSize)
        link.give(UnsafeRawBufferPointer(rebasing: chunk.bytes[waiting.offset..<end]))
        enqueue(link.connection)
        let sent = end - waiting.offset
        waiting.offset = end
        waiting.count -= sent
        if end == chunk.count {
            waiting.offset = 0
            if waiting.rest.isEmpty {
                deliveries[ticket].waiting = nil
            } else {
                waiting.first = waiting.rest.removeFirst()
                deliveries[ticket].waiting = waiting
            }
        } else {
            deliveries[ticket].waiting = waiting
        }
        bytesLeft(sent, of: ticket)
    }

    /// The last byte was given to the engine.
    func finishSending(_ ticket: Ticket, on link: OutgoingLink) {
        link.link.advance()
        link.active = nil
        enqueue(link.connection)
        countSent(link)
        if link.isStreaming { link.connection.trunk?.idleStreams.append(link) }
        guard let delivery = deliveries[ticket].delivery else { return }
        if deliveries[ticket].isSettled, !link.flowControlsPresettled {
            delivery.settle()
            countLeft(link, isSettled: true, entry: deliveries[ticket].entry)
            copyLeft(ticket)
            remove(ticket)
        } else if link.settlesAll {
            delivery.settle()
            countLeft(link, isSettled: false, entry: deliveries[ticket].entry)
            outcomeChanged(ticket, Outcome(.accepted), isSettled: true)
        } else {
            link.unsettled += 1
            if deliveries[ticket].isSettledEarly {
                consumerSettled(ticket, delivery, on: link)
            }
        }
    }
}
