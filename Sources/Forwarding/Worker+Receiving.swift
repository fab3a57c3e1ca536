internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Takes in what peers send.
extension Worker {
    /// A trunk's delivery under flow control bears this mark behind its tag's eight bytes.
    static let heldMark: UInt8 = 0x50

    /// One transfer of the peer's, which stands in `frame`.
    @inline(__always)
    func receive(_ transfer: Transfer, _ frame: UnsafeRawBufferPointer, on link: IncomingLink) {
        guard link.phase == .attached else { return }
        let bytes = UnsafeRawBufferPointer(rebasing: frame[transfer.payload])
        let isHeld =
            link.kind == .trunk && isMarked(transfer.tag, frame)
        let arrival = Arrival(
            delivery: transfer.delivery, isSettled: transfer.isSettled || isHeld, isHeld: isHeld,
            format: transfer.format)
        if transfer.isFirst, link.particulars != nil || transfer.state != nil,
            !announce(transfer, frame, arrival, on: link)
        {
            return
        }
        let part = Part(
            arrival: arrival,
            isFirst: transfer.isFirst, isLast: !transfer.hasMore, isAborted: transfer.isAborted)
        if part.isFirst { link.outstanding += 1 }
        guard link.maxMessageSize == 0 || fits(part, bytes.count, on: link) else { return }
        takeInTurn(part, bytes, on: link)
    }

    @inline(__always)
    func takeInTurn(_ part: Part, _ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        if link.isPaused || !link.held.isEmpty {
            hold(part, bytes, on: link)
        } else {
            if part.isFirst, let particulars = link.particulars {
                particulars.taken = particulars.announced
            }
            take(part, bytes, on: link)
        }
    }

    /// Keeps what the delivery has beside its bytes. False if it cannot be kept: it is answered.
    private func announce(
        _ transfer: Transfer, _ frame: UnsafeRawBufferPointer, _ arrival: Arrival,
        on link: IncomingLink
    ) -> Bool {
        let particulars = link.particulars ?? LinkParticulars()
        link.particulars = particulars
        particulars.announced = Particulars(
            state: transfer.state.flatMap { Outcome(in: $0, of: frame) })
        guard link.kind == .routed, let place = transfer.tag else { return true }
        guard let tag = DeliveryTag(UnsafeRawBufferPointer(rebasing: frame[place])) else {
            refuseTag(of: arrival, hasMore: transfer.hasMore, on: link)
            return false
        }
        particulars.announced.tag = tag
        return true
    }

    @inline(__always)
    private func isMarked(_ tag: Range<Int>?, _ frame: UnsafeRawBufferPointer) -> Bool {
        guard let tag, tag.count == 9 else { return false }
        return frame[tag.upperBound - 1] == Self.heldMark
    }

    @inline(__always)
    private func take(_ part: Part, _ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        if part.isLast, part.isFirst, !part.isAborted {
            countIn(link)
            return takeWhole(bytes, on: link, part.arrival)
        }
        takePart(part, bytes, on: link)
    }

    private func takePart(_ part: Part, _ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        if let group = link.streaming {
            return receiveMore(of: group, on: link, part, bytes)
        }
        if part.isAborted {
            dropGathered(link)
            return repay(link)
        }
        if part.isFirst { link.gatheredArrival = part.arrival }
        guard let first = link.gatheredArrival else { return }  // the rest of a refused message
        link.gathered.append(contentsOf: bytes)
        if link.gathersMuch { countGathered(link) }
        guard !part.isLast else {
            let gathered = link.gathered
            dropGathered(link)
            countIn(link)
            let arrival = first.settled(by: part.arrival)
            return gathered.withUnsafeBytes { takeWhole($0, on: link, arrival) }
        }
        if link.gathersWhole {
            let most = link.gathersMuch ? settings.budget.ofOneSender : link.mostGathered
            if link.gathered.count > most { refuseGathered(link) }
            return
        }
        if link.gathered.count > link.mostBeforeRouting { return startGathered(link) }
        noteGathering(link)
    }

    private func dropGathered(_ link: IncomingLink) {
        link.gathered = []
        link.gatheredArrival = nil
        link.gathersWhole = false
        link.gathersMuch = false
        countGathered(link)
    }

    /// What is gathered in full counts among what waits in the router.
    private func countGathered(_ link: IncomingLink) {
        settings.budget.add(link.gathered.count - link.countedGathered)
        link.countedGathered = link.gathered.count
    }

    private func noteGathering(_ link: IncomingLink) {
        guard !link.isGathering else { return }
        link.isGathering = true
        link.connection.gathering.append(link.ticket)
    }

    @inline(__always)
    func countIn(_ link: IncomingLink) {
        link.counters.deliveries.raise()
        if link.countsIngress { handle.counters.ingress.raise() }
        link.connection.counters.lastDeliverySecond.set(now.nanoseconds / 1_000_000_000)
    }

    /// Takes back the count of a message that will be counted again.
    func countNotIn(_ link: IncomingLink) {
        link.counters.deliveries.lower()
        if link.countsIngress { handle.counters.ingress.lower() }
    }

    // MARK: First parts

    /// All that has come was taken in: messages that are not whole yet are sent on as they come.
    func startGathered(_ connection: PeerConnection) {
        let gathering = connection.gathering
        connection.gathering.removeAll(keepingCapacity: true)
        for ticket in gathering where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            link.isGathering = false
            if !link.comesWhole { startGathered(link) }
        }
    }

    /// Routes a message by its first parts, if they hold enough to know where to.
    private func startGathered(_ link: IncomingLink) {
        guard let arrival = link.gatheredArrival, !link.gathered.isEmpty, !link.gathersWhole
        else { return }
        if link.kind == .control || link.route?.hasOwnWay ?? false {
            link.gathersWhole = true
            link.gathersMuch = link.route?.exchange != nil
            return
        }
        // Put aside: the router itself, if it is the consumer, gathers the message anew.
        let gathered = link.gathered
        link.gathered = []
        let isStarted = gathered.withUnsafeBytes { bytes in
            switch scan(bytes, isWhole: false, on: link) {
            case .incomplete: return false
            case .invalid(let error):
                link.gatheredArrival = nil
                abandon(arrival, on: link, Outcome.rejected(error))
            case .found(let head):
                link.gatheredArrival = nil
                countIn(link)
                route(
                    ArrivingMessage(
                        bytes: bytes, head: head, isWhole: false, link: link, arrival: arrival))
            }
            return true
        }
        guard !isStarted else { return }
        link.gathered = gathered
        if gathered.count > link.mostGathered { refuseGathered(link) }
    }

    private func refuseGathered(_ link: IncomingLink) {
        guard let arrival = link.gatheredArrival else { return }
        if link.kind == .control { logTooLong(link) }
        let error = link.gathersMuch ? Self.tooLongForExchange : MessageHead.tooLong
        dropGathered(link)
        abandon(arrival, on: link, Outcome.rejected(error))
    }

    private static let tooLongForExchange = AMQPError(
        name: "amqp:resource-limit-exceeded",
        text: "the message is longer than what the router can keep of one for an exchange")

    /// Answers a message that is still arriving, and throws the rest of it away.
    func abandon(_ arrival: Arrival, on link: IncomingLink, _ outcome: Outcome) {
        countIn(link)
        let isSettled = arrival.isSenderSettled
        let group = open(
            MessageGroup(
                source: isSettled ? .credit(link) : .delivery(arrival.delivery, link),
                isMulticast: false, isSettled: isSettled, priority: 4, arrived: now,
                isWhole: false))
        if !isSettled {
            link.link.track(arrival.delivery, group.groupContext)
            link.link.dispose(arrival.delivery, outcome, isSettled: false)
            groups[group].outcome = outcome
            if link.isOfRouter { repay(group, to: link) }
        }
        link.streaming = group
        enqueue(link.connection)
    }

    @inline(__always)
    func scan(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, on link: IncomingLink
    ) -> MessageHead.Scan {
        guard !link.isOfEdge || link.kind == .routed else {
            return scanOfEdge(bytes, isWhole: isWhole, on: link)
        }
        switch link.kind {
        case .targeted, .control, .anonymous:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: link.depth, trusted: link.isTrusted)
        case .routed:
            return isWhole && bytes.isEmpty ? .invalid(MessageHead.empty) : .found(MessageHead())
        case .trunk:
            let scan = MessageHead.scan(
                bytes, isWhole: isWhole, depth: .annotations, trusted: true)
            guard case .found(let head) = scan, head.to == nil else { return scan }
            return MessageHead.scan(bytes, isWhole: isWhole, depth: .properties, trusted: true)
        }
    }

    /// What routers a message has passed counts in their mesh only.
    private func scanOfEdge(
        _ bytes: UnsafeRawBufferPointer, isWhole: Bool, on link: IncomingLink
    ) -> MessageHead.Scan {
        let scan = MessageHead.scan(
            bytes, isWhole: isWhole, depth: link.depth, trusted: link.isTrusted)
        guard case .found(var head) = scan else { return scan }
        head.forgetWay()
        return .found(head)
    }

    // MARK: Whole messages

    @inline(__always)
    private func takeWhole(
        _ bytes: UnsafeRawBufferPointer, on link: IncomingLink, _ arrival: Arrival
    ) {
        switch scan(bytes, isWhole: true, on: link) {
        case .found(let head):
            guard link.kind != .control else { return takeControl(bytes, on: link, arrival) }
            route(
                ArrivingMessage(
                    bytes: bytes, head: head, isWhole: true, link: link, arrival: arrival))
        case .invalid(let error):
            answer(arrival, on: link, .rejected(error))
            repay(link)
            if link.kind == .routed { giveAnew(link) }
        case .incomplete: break  // a whole message is never incomplete
        }
    }

    private func takeControl(
        _ bytes: UnsafeRawBufferPointer, on link: IncomingLink, _ arrival: Arrival
    ) {
        hold(bytes.count, for: link)
        let place = WorkerTicket(worker: handle.number, ticket: link.ticket)
        post(.controlMessage(link.connection.id, Chunk(bytes), link: place))
        answer(arrival, on: link, Outcome(.accepted))
    }

    func controlTaken(_ ticket: Ticket, _ octets: Int) {
        guard incomingLinks.contains(ticket) else { return }
        letGo(octets, for: incomingLinks[ticket])
        repay(incomingLinks[ticket])
    }

    /// Settles a delivery that goes no further.
    func answer(_ arrival: Arrival, on link: IncomingLink, _ outcome: Outcome) {
        let isSettled = arrival.isSenderSettled
        countOut(link, isSettled: isSettled, outcome.state, since: now)
        guard !isSettled else { return }
        link.link.dispose(arrival.delivery, outcome, isSettled: true)
        enqueue(link.connection)
    }

    // MARK: Pauses

    /// Lets a part wait that has come while its link was paused.
    private func hold(_ part: Part, _ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        if part.isAborted, link.streaming != nil, link.unresolved == nil {
            dropHeld(of: part.arrival.delivery, on: link)
            // Nothing more will wait of it, and what waits goes.
            if link.held.isEmpty {
                link.isPaused = false
                return take(part, bytes, on: link)
            }
        }
        let held = HeldPart(
            part: part, chunk: Chunk(bytes),
            particulars: link.particulars?.announced ?? Particulars())
        link.held.append(held)
        link.heldBytes += held.octets
        settings.budget.add(held.octets)
        link.countedFrames += 1
        link.link.session.hold()
        shareWindow(of: link)
    }

    private func dropHeld(of delivery: DeliveryID, on link: IncomingLink) {
        while let last = link.held.last, last.part.arrival.delivery == delivery {
            _ = link.held.popLast()
            noteTaken(last, on: link)
        }
    }

    private func noteTaken(_ held: HeldPart, on link: IncomingLink) {
        link.heldBytes -= held.octets
        settings.budget.add(-held.octets)
        guard link.countedFrames > 0 else { return }
        link.countedFrames -= 1
        link.link.session.letGo(1)
    }

    /// Goes on with links whose messages were held up.
    func resume(_ connection: PeerConnection) {
        let resuming = connection.resuming
        connection.resuming.removeAll(keepingCapacity: true)
        for ticket in resuming where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            link.isResuming = false
            takeHeld(on: link)
        }
        startGathered(connection)
    }

    /// Takes what was held, as far as nothing pauses the link again.
    func takeHeld(on link: IncomingLink) {
        guard link.phase == .attached else { return }
        while !link.isPaused, let held = link.held.popFirst() {
            noteTaken(held, on: link)
            if held.part.isFirst { link.particulars?.taken = held.particulars }
            take(held.part, held.chunk.bytes, on: link)
            guard link.phase == .attached else { return }
        }
        if !link.isPaused { shareWindow(with: link) }
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

extension Arrival {
    /// The last part may settle what the first had not.
    func settled(by last: Arrival) -> Arrival {
        guard last.isSettled, !isSettled else { return self }
        return Arrival(delivery: delivery, isSettled: true, isHeld: isHeld, format: format)
    }
}

extension MessageHead {
    static let empty = AMQPError(name: "amqp:decode-error", text: "invalid message format")

    static let tooLong = AMQPError(
        name: "amqp:decode-error",
        text: "invalid message format: the sections before the body are too long")
}
