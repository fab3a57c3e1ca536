internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Messages of several copies: multicast, and those shared with other workers (RS-157 to RS-166).
extension Worker {
    // MARK: Multicast

    func multicast(_ message: borrowing ArrivingMessage, over route: Route) {
        let trunks = trunks(for: message, route)
        guard route.isInProcess || !route.outlets.isEmpty || !trunks.isEmpty else {
            return undeliverable(message, over: route)
        }
        var fan = Fan(route: route)
        addAll(of: message, to: &fan, trunks: trunks)
        finish(message, &fan)
    }

    /// A copy for every consumer of the address, and one for each of these trunks.
    func addAll(
        of message: borrowing ArrivingMessage, to fan: inout Fan, trunks: [RouterDescription]
    ) {
        let route = fan.route
        for outlet in route.outlets {
            switch outlet {
            case .local(let link):
                if message.link.isOfEdge, redirection?.startsAnew != true,
                    link.connection === message.link.connection
                {
                    continue
                }
                countEgress(link, route)
                fanOut(message, &fan, to: link)
            case .foreign(let description): fan.add(description)
            }
        }
        for router in trunks {
            if router.trunk.worker == handle.number {
                guard let link = trunkLink(router.trunk.ticket, for: message, over: route)
                else { continue }
                countEgress(link, route)
                fanOut(message, &fan, to: link)
            } else {
                fan.add(trunk: router.trunk)
            }
        }
    }

    func fanOut(
        _ message: borrowing ArrivingMessage, _ fan: inout Fan, to link: OutgoingLink
    ) {
        fan.copies += 1
        if message.isWhole, message.isSettled, !link.flowControlsPresettled,
            link.takesWhole(message.bytes.count &+ Self.headGrowth)
        {
            let sending = begin(on: link, isSettled: true, message.arrival.format)
            write(message, sending, to: link)
            countBegunAtOnce(on: link)
            countSent(link)
            return countLeft(link, isSettled: true, entry: entry(of: message, to: link))
        }
        if message.isSettled, link.isStuck, link.queue.count >= link.capacity,
            !dropOldest(on: link)
        {
            return countDropped(on: link, entry: entry(of: message, to: link))
        }
        let group = openGroup(message, &fan)
        groups[group].addCopy()
        if message.isWhole, link.takesWhole(message.bytes.count &+ Self.headGrowth) {
            return sendCopy(of: message, group, to: link, over: fan.route)
        }
        var record = OutgoingDelivery(
            link: link, origin: .group(group), isSettled: message.isSettled,
            priority: message.priority, format: message.arrival.format, arrived: now)
        record.entry = entry(of: message, to: link)
        record.state = message.state
        record.isWhole = message.isWhole
        if !message.isWhole { noteStream(&record) }
        let chunk = chunk(of: message, for: link.isAnnotated, &fan)
        record.waiting = WaitingBytes(chunk)
        if let source = groups[group].source.link { hold(chunk.count, for: source) }
        let ticket = deliveries.insert(record)
        groups[group].copies.append(ticket)
        noteStreamed(ticket, of: message, over: fan.route, on: link)
        queue(ticket, on: link)
    }

    /// Sends one copy straight from the scratch buffer, and waits for its receiver's answer.
    private func sendCopy(
        of message: borrowing ArrivingMessage, _ group: Ticket, to link: OutgoingLink,
        over route: Route
    ) {
        let sending = begin(on: link, isSettled: message.isSettled, message.arrival.format)
        write(message, sending, to: link)
        countBegunAtOnce(on: link)
        countSent(link)
        guard !link.settlesAll else {
            countLeft(link, isSettled: false, entry: entry(of: message, to: link))
            return copyChanged(of: group, Outcome(.accepted), isSettled: true, isFirst: true)
        }
        var record = OutgoingDelivery(
            link: link, origin: .group(group), isSettled: message.isSettled,
            priority: message.priority, format: message.arrival.format, arrived: now)
        record.entry = entry(of: message, to: link)
        record.sending = sending
        record.isEnded = true
        let ticket = deliveries.insert(consume record)
        link.link.track(sending.delivery, ticket.deliveryContext)
        groups[group].copies.append(ticket)
        noteStreamed(ticket, of: message, over: route, on: link)
        link.unsettled += 1
        link.tellLoad()
    }

    private func chunk(
        of message: borrowing ArrivingMessage, for isAnnotated: Bool, _ fan: inout Fan
    ) -> Chunk {
        if let chunk = isAnnotated ? fan.annotated : fan.stripped { return chunk }
        let chunk = chunk(of: message, isAnnotated: isAnnotated)
        if isAnnotated { fan.annotated = chunk } else { fan.stripped = chunk }
        return chunk
    }

    private func openGroup(_ message: borrowing ArrivingMessage, _ fan: inout Fan) -> Ticket {
        if let group = fan.group { return group }
        let group = openGroup(for: message, isMulticast: true)
        groups[group].copies = spareLists.take(room: fan.route.outlets.count)
        fan.group = group
        return group
    }

    /// Makes the group of a message, and ties it to the message's delivery.
    func openGroup(for message: borrowing ArrivingMessage, isMulticast: Bool) -> Ticket {
        let source: MessageGroup.Source
        if !message.isSettled {
            source = .delivery(message.arrival.delivery, message.link)
        } else {
            source =
                message.isHeld
                ? .held(message.arrival.delivery, message.link) : .credit(message.link)
        }
        var group = MessageGroup(
            source: source, isMulticast: isMulticast, isSettled: message.isSettled,
            priority: message.priority, arrived: now, isWhole: message.isWhole)
        // Held open until all copies are made, whatever becomes of the first ones.
        group.addCopy()
        let ticket = open(group)
        if !message.arrival.isSenderSettled {
            message.link.link.track(message.arrival.delivery, ticket.groupContext)
        }
        if message.link.isOfRouter, !message.isSettled || message.isHeld {
            repay(message.link)
            groups[ticket].isRepaid = true
        }
        return ticket
    }

    func open(_ group: consuming MessageGroup) -> Ticket {
        if group.isStreamed { group.source.link?.counters.streams.raise() }
        return groups.insert(group)
    }

    func close(group ticket: Ticket) {
        if groups[ticket].isStreamed { groups[ticket].source.link?.counters.streams.lower() }
        groups[ticket].trunkLoad?.lower()
        spareLists.giveBack(&groups[ticket].copies)
        groups.remove(ticket)
    }

    /// Hands the copies for other workers and for the router itself out.
    func post(_ message: borrowing ArrivingMessage, _ fan: inout Fan) {
        for target in fan.workers {
            post(
                message, &fan,
                to: .all(target.hasOutlets ? fan.route.id : nil, trunks: target.trunks),
                worker: target.worker, isAnnotated: target.isAnnotated)
        }
        if fan.route.isInProcess, message.isWhole {
            postInProcess(message, openGroup(message, &fan), over: fan.route)
            fan.copies += 1
        }
    }

    func post(
        _ message: borrowing ArrivingMessage, _ fan: inout Fan, to destination: Parcel.Destination,
        worker: Int, isAnnotated: Bool
    ) {
        let group = openGroup(message, &fan)
        let chunk = chunk(of: message, for: isAnnotated, &fan)
        postParcel(
            message, chunk, isAnnotated: isAnnotated, to: destination, worker: worker, group,
            route: fan.route)
        fan.copies += 1
    }

    private func finish(_ message: borrowing ArrivingMessage, _ fan: inout Fan) {
        post(message, &fan)
        guard let group = fan.group else {
            guard fan.copies > 0 else { return undeliverable(message, over: fan.route) }
            return finishAtOnce(message)
        }
        if !message.isWhole { message.link.streaming = group }
        copyMade(group)
    }

    /// All copies are made: the one that held the group open is taken back.
    func copyMade(_ group: Ticket) {
        guard groups.contains(group) else { return }
        groups[group].undecided -= 1
        groups[group].unsettled -= 1
        groups[group].unsent -= 1
        conclude(group)
    }

    // MARK: What becomes of copies

    func copyChanged(of group: Ticket, _ outcome: Outcome, isSettled: Bool, isFirst: Bool) {
        guard groups.contains(group) else { return }
        if !groups[group].isMulticast {
            if outcome.state != .none {
                groups[group].outcome = outcome
                // What settles the only copy is told with the settlement.
                let isEnd = isSettled && groups[group].unsettled == 1 && groups[group].isWhole
                if !isEnd || groups[group].isTold { tellSource(of: group) }
            }
            if isFirst { groups[group].undecided -= 1 }
        } else if isFirst {
            groups[group].undecided -= 1
            if MessageGroup.rank(outcome.state) > MessageGroup.rank(groups[group].outcome.state) {
                groups[group].outcome = outcome
            }
        }
        if isSettled { groups[group].unsettled -= 1 }
        conclude(group)
    }

    /// A copy is done with; a group that is still arriving no longer sends it more. Once nobody
    /// takes the rest, the sender has its credit back (RS-193).
    func forgetCopy(_ ticket: Ticket, of group: Ticket) {
        guard groups.contains(group), !groups[group].isWhole else { return }
        groups[group].copies.removeAll { $0 == ticket }
        resumeSource(of: group)
        if groups[group].isAbandoned, case .delivery(_, let link) = groups[group].source {
            repay(group, to: link)
        }
    }

    /// Gives the sender its credit for the message back, once.
    func repay(_ group: Ticket, to link: IncomingLink) {
        guard !groups[group].isRepaid else { return }
        groups[group].isRepaid = true
        repay(link)
    }

    /// A pre-settled copy has left, or was dropped.
    func copyLeftGroup(_ group: Ticket) {
        guard groups.contains(group) else { return }
        groups[group].unsent -= 1
        conclude(group)
    }

    /// Tells the source what can be told now, and ends the group when all is done.
    private func conclude(_ ticket: Ticket) {
        guard groups.contains(ticket), groups[ticket].isWhole else { return }
        guard !groups[ticket].isSettled else {
            if groups[ticket].unsent == 0 { finish(presettled: ticket) }
            return
        }
        let isDone = groups[ticket].unsettled == 0
        guard isDone || groups[ticket].undecided == 0 else { return }
        if groups[ticket].isMulticast, groups[ticket].outcome.state != .none,
            !groups[ticket].isTold
        {
            groups[ticket].isTold = true
            tellSource(of: ticket)
        }
        if isDone { finish(unsettled: ticket) }
    }

    /// The group's outcome goes to the source: the only copy's, or the strongest of all copies'.
    private func tellSource(of group: Ticket) {
        let outcome = groups[group].outcome
        switch groups[group].source {
        case .delivery(let delivery, let link):
            link.link.dispose(delivery, outcome, isSettled: false)
            enqueue(link.connection)
        case .parcel(let origin):
            groups[group].isTold = true
            post(.resolvedCopy(origin.ticket, outcome, isSettled: false), to: origin.worker)
        case .credit, .held, .nobody: break
        }
    }

    private func finish(presettled ticket: Ticket) {
        let arrived = groups[ticket].arrived
        releasePosted(ticket)
        switch groups[ticket].source {
        case .credit(let link):
            countOut(link, isSettled: true, .none, since: arrived)
            repay(ticket, to: link)
        case .held(let delivery, let link):
            countOut(link, isSettled: link.kind == .trunk, .accepted, since: arrived)
            link.link.dispose(delivery, .accepted, isSettled: true)
            enqueue(link.connection)
            repay(ticket, to: link)
        case .parcel(let origin):
            parcelGroups[origin] = nil
            tellLeft(0, origin, isWhole: true)
        case .delivery, .nobody: break
        }
        close(group: ticket)
    }

    /// What other workers were sent waits no longer on the sender's behalf.
    func releasePosted(_ ticket: Ticket) {
        let posted = groups[ticket].postedBytes
        guard posted > 0 else { return }
        if let link = groups[ticket].source.link {
            letGo(posted, for: link)
        } else if groups[ticket].isUnowned {
            settings.budget.add(-posted)
        }
    }

    private func finish(unsettled ticket: Ticket) {
        let (arrived, state) = (groups[ticket].arrived, groups[ticket].outcome.state)
        releasePosted(ticket)
        switch groups[ticket].source {
        case .delivery(let delivery, let link):
            countOut(link, isSettled: false, state, since: arrived)
            link.link.dispose(delivery, groups[ticket].outcome, isSettled: true)
            enqueue(link.connection)
            repay(ticket, to: link)
        case .parcel(let origin):
            parcelGroups[origin] = nil
            let outcome = groups[ticket].isTold ? Outcome(.none) : groups[ticket].outcome
            post(.resolvedCopy(origin.ticket, outcome, isSettled: true), to: origin.worker)
        case .credit, .held, .nobody: break
        }
        close(group: ticket)
    }

    // MARK: What becomes of the source

    /// The sender of a multicast message is gone: its copies are settled as modified (RS-165).
    func sourceLost(_ ticket: Ticket) {
        groups[ticket].source = .nobody
        groups[ticket].isUnowned = true
        guard groups[ticket].isMulticast, !groups[ticket].isSettled else { return }
        settle(group: ticket, Outcome(.modified), isLost: true)
    }

    func senderChanged(group ticket: Ticket, _ outcome: Outcome, isSettled: Bool) {
        guard !groups[ticket].isSettled else { return }
        guard !isSettled else { return settle(group: ticket, outcome, isLost: false) }
        let group = groups[ticket]
        for copy in group.copies where deliveries.contains(copy) { show(outcome, on: copy) }
        tellParcels(of: group, ticket, outcome, isSettled: false)
    }

    private func tellParcels(
        of group: MessageGroup, _ ticket: Ticket, _ outcome: Outcome, isSettled: Bool
    ) {
        let origin = WorkerTicket(worker: handle.number, ticket: ticket)
        for parcel in group.parcels {
            post(.senderChanged(origin, outcome, isSettled: isSettled), to: parcel.worker)
        }
    }

    /// The sender waits for nothing any more: copies with their receivers are settled there, and
    /// the others leave as pre-settled ones, which give the sender's credit back when they have.
    private func settle(group ticket: Ticket, _ outcome: Outcome, isLost: Bool) {
        groups[ticket].isSettled = true
        groups[ticket].unsent = groups[ticket].unsettled
        let group = groups[ticket]
        if case .delivery(let delivery, let link) = group.source {
            groups[ticket].source = .credit(link)
            link.link.forget(delivery)
            enqueue(link.connection)
        }
        tellParcels(of: group, ticket, outcome, isSettled: true)
        for copy in group.copies where deliveries.contains(copy) {
            if !isLost || isWithReceiver(copy) { show(outcome, on: copy) }
            if settle(copy, owner: .group(ticket)) { groups[ticket].unsent -= 1 }
        }
        conclude(ticket)
    }
}
