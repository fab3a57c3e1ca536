internal import AMQP
internal import Basis
internal import EventLoop

/// A message as it stands in the scratch buffer: all of it, or its first part.
///
/// Not copyable: it is lent from function to function, and no link is retained for it.
struct ArrivingMessage: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    var head: MessageHead
    let isSettled: Bool
    let isWhole: Bool
    let link: IncomingLink
    let delivery: Delivery
    /// The delivery is settled when the message has left, although the message is pre-settled.
    let isHeld: Bool

    @inline(__always)
    var priority: UInt8 { head.priority }
}

/// Takes what peers send out of the engine.
extension Worker {
    /// A trunk's delivery under flow control bears this mark behind its tag's eight bytes.
    static let heldMark: UInt8 = 0x50

    /// Takes every delivery that can be taken now.
    func receive(on link: IncomingLink) {
        guard link.phase == .attached else { return }
        takeDeliveries(on: link)
        if link.isInMessage { shareWindow(of: link) }
    }

    private func takeDeliveries(on link: IncomingLink) {
        if link.isPaused, link.unresolved == nil, link.link.current?.isAborted ?? false {
            // Nothing more will wait of it, and what waits goes.
            link.isPaused = false
        }
        while !link.isPaused, let delivery = link.link.current {
            if let group = link.streaming {
                guard receiveMore(of: group, on: link, delivery) else { return }
                continue
            }
            if delivery.isAborted {
                link.gathered = []
                link.gathersWhole = false
                link.link.advance()
                delivery.settle()
                link.outstanding += 1
                repay(link)
                continue
            }
            guard delivery.isReadable else { return }
            let isWhole = !delivery.isPartial && delivery.pending <= Self.scratchSize
            guard isWhole || delivery.pending > 0 else { return }
            if isWhole, link.gathered.isEmpty {
                receiveWhole(on: link, delivery)
            } else {
                guard receiveStart(on: link, delivery) else { return }
            }
        }
    }

    @inline(__always)
    private func receiveWhole(on link: IncomingLink, _ delivery: Delivery) {
        let count = link.link.receive(into: scratch)
        let bytes = UnsafeRawBufferPointer(start: scratch.baseAddress, count: count)
        link.link.advance()
        countIn(link)
        takeWhole(bytes, on: link, delivery)
    }

    @inline(__always)
    func countIn(_ link: IncomingLink) {
        link.outstanding += 1
        link.counters.deliveries.raise()
        if link.kind == .targeted || link.kind == .anonymous { handle.counters.ingress.raise() }
        link.connection.counters.lastDeliverySecond.set(now.nanoseconds / 1_000_000_000)
    }

    /// Takes back the count of a message that will be counted again.
    func countNotIn(_ link: IncomingLink) {
        link.outstanding -= 1
        link.counters.deliveries.lower()
        if link.kind == .targeted || link.kind == .anonymous { handle.counters.ingress.lower() }
    }

    /// Takes a part of a message that is not yet routed. False when more must come first.
    private func receiveStart(on link: IncomingLink, _ delivery: Delivery) -> Bool {
        let count = link.link.receive(into: scratch)
        var bytes = UnsafeRawBufferPointer(start: scratch.baseAddress, count: count)
        let isWhole = !delivery.isPartial && delivery.pending == 0
        guard link.gathered.isEmpty, !link.gathersWhole else {
            link.gathered.append(contentsOf: bytes)
            return goOnGathering(on: link, delivery, isWhole: isWhole)
        }
        if isWhole {
            link.link.advance()
            countIn(link)
            takeWhole(bytes, on: link, delivery)
            return true
        }
        if link.kind != .control, !(link.route?.isInProcess ?? false),
            start(&bytes, on: link, delivery)
        {
            return true
        }
        link.gathered.append(contentsOf: bytes)
        link.gathersWhole = link.kind == .control || link.route?.isInProcess ?? false
        return true
    }

    private func goOnGathering(
        on link: IncomingLink, _ delivery: Delivery, isWhole: Bool
    ) -> Bool {
        if isWhole {
            let gathered = link.gathered
            link.gathered = []
            link.gathersWhole = false
            link.link.advance()
            countIn(link)
            gathered.withUnsafeBytes { takeWhole($0, on: link, delivery) }
            return true
        }
        guard link.gathered.count <= IncomingLink.mostGathered else {
            link.gathered = []
            abandon(delivery, on: link, Outcome.rejected(MessageHead.tooLong))
            return true
        }
        guard !link.gathersWhole else { return true }
        // Put aside: the router itself, if it is the consumer, gathers the message anew.
        let gathered = link.gathered
        link.gathered = []
        let isStarted = gathered.withUnsafeBytes { bytes in
            var bytes = bytes
            return start(&bytes, on: link, delivery)
        }
        if !isStarted { link.gathered = gathered }
        return true
    }

    /// Routes a message by its first part, if that holds enough to know where to.
    private func start(
        _ bytes: inout UnsafeRawBufferPointer, on link: IncomingLink, _ delivery: Delivery
    ) -> Bool {
        switch scan(bytes, isWhole: false, on: link) {
        case .incomplete: return false
        case .invalid(let error):
            abandon(delivery, on: link, Outcome.rejected(error))
            return true
        case .found(let head):
            countIn(link)
            route(
                ArrivingMessage(
                    bytes: bytes, head: head, isSettled: isPresettled(delivery, on: link),
                    isWhole: false, link: link, delivery: delivery,
                    isHeld: isHeld(delivery, on: link)))
            return true
        }
    }

    /// Answers a message that is still arriving, and throws the rest of it away.
    func abandon(_ delivery: Delivery, on link: IncomingLink, _ outcome: Outcome) {
        countIn(link)
        let group = open(
            MessageGroup(
                source: delivery.isSettled ? .credit(link) : .delivery(delivery, link),
                isMulticast: false, isSettled: delivery.isSettled, priority: 4, arrived: now,
                isWhole: false))
        if !delivery.isSettled {
            delivery.context = group.groupContext
            delivery.update(outcome)
            groups[group].outcome = outcome
            if link.kind == .trunk { repay(group, to: link) }
        }
        link.streaming = group
        enqueue(link.connection)
    }

    @inline(__always)
    func isHeld(_ delivery: Delivery, on link: IncomingLink) -> Bool {
        guard link.kind == .trunk else { return false }
        let mark = delivery.tagMark
        return mark.count == 9 && mark.last == Self.heldMark
    }

    @inline(__always)
    func isPresettled(_ delivery: Delivery, on link: IncomingLink) -> Bool {
        delivery.isSettled || isHeld(delivery, on: link)
    }

    @inline(__always)
    func scan(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, on link: IncomingLink
    ) -> MessageHead.Scan {
        switch link.kind {
        case .targeted, .control:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: .annotations, trusted: link.isTrusted)
        case .anonymous:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: .properties, trusted: link.isTrusted)
        case .trunk:
            let scan = MessageHead.scan(
                bytes, isWhole: isWhole, depth: .annotations, trusted: true)
            guard case .found(let head) = scan, head.to == nil else { return scan }
            return MessageHead.scan(bytes, isWhole: isWhole, depth: .properties, trusted: true)
        }
    }

    /// Routes a whole message that the engine has let go.
    @inline(__always)
    private func takeWhole(
        _ bytes: UnsafeRawBufferPointer, on link: IncomingLink, _ delivery: Delivery
    ) {
        switch scan(bytes, isWhole: true, on: link) {
        case .found(let head):
            guard link.kind != .control else { return takeControl(bytes, on: link, delivery) }
            route(
                ArrivingMessage(
                    bytes: bytes, head: head, isSettled: isPresettled(delivery, on: link),
                    isWhole: true, link: link, delivery: delivery,
                    isHeld: isHeld(delivery, on: link)))
        case .invalid(let error):
            answer(delivery, on: link, .rejected(error))
            repay(link)
        case .incomplete: break  // a whole message is never incomplete
        }
    }

    private func takeControl(
        _ bytes: UnsafeRawBufferPointer, on link: IncomingLink, _ delivery: Delivery
    ) {
        post(.controlMessage(link.connection.id, Chunk(bytes)))
        answer(delivery, on: link, Outcome(.accepted))
        repay(link)
    }

    /// Settles a delivery that goes no further.
    func answer(_ delivery: Delivery, on link: IncomingLink, _ outcome: Outcome) {
        let isSettled = delivery.isSettled
        if !isSettled { delivery.update(outcome) }
        countOut(link, isSettled: isSettled, outcome.state, since: now)
        delivery.settle()
        enqueue(link.connection)
    }

    // MARK: Pauses

    /// Goes on with links whose messages were held up.
    func resume(_ connection: PeerConnection) {
        let resuming = connection.resuming
        connection.resuming.removeAll(keepingCapacity: true)
        for ticket in resuming where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            link.isResuming = false
            receive(on: link)
        }
    }

    /// Lets a paused link go on in its connection's next turn.
    func unpause(_ link: IncomingLink) {
        guard link.unresolved == nil else { return }
        link.isPaused = false
        guard !link.isResuming, link.phase == .attached else { return }
        link.isResuming = true
        link.connection.resuming.append(link.ticket)
        enqueue(link.connection)
    }
}

extension MessageHead {
    static let tooLong = AMQPError(
        name: "amqp:decode-error",
        text: "invalid message format: the sections before the body are too long")
}
