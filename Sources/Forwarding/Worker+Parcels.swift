internal import AMQP
internal import Basis
internal import EventLoop

/// Messages between workers: one letter for a message, however many receivers it has there.
extension Worker {
    // MARK: Sent

    /// Hands the only copy of a message to another worker.
    func sendParcel(
        _ message: borrowing ArrivingMessage, to destination: Parcel.Destination, worker: Int,
        isAnnotated: Bool, load: OutletLoad? = nil, trunkLoad: TrunkLoad? = nil, _ route: Route?
    ) {
        load?.approaching.add(1)
        let group = openGroup(for: message, isMulticast: false)
        groups[group].trunkLoad = trunkLoad
        let chunk = chunk(of: message, isAnnotated: isAnnotated)
        postParcel(
            message, chunk, isAnnotated: isAnnotated, to: destination, worker: worker, group,
            route: route)
        if !message.isWhole { message.link.streaming = group }
        copyMade(group)
    }

    func postParcel(
        _ message: borrowing ArrivingMessage, _ chunk: Chunk, isAnnotated: Bool,
        to destination: Parcel.Destination,
        worker: Int, _ group: Ticket, route: Route?
    ) {
        groups[group].addCopy()
        groups[group].parcels.append(
            MessageGroup.ParcelCopy(worker: worker, waitingBytes: chunk.count))
        if let source = groups[group].source.link { hold(chunk.count, for: source) }
        post(
            .parcel(
                Parcel(
                    destination: destination, chunk: chunk, isAnnotated: isAnnotated,
                    isWhole: message.isWhole, isSettled: message.isSettled,
                    priority: message.priority,
                    origin: WorkerTicket(worker: handle.number, ticket: group),
                    state: message.state, format: message.arrival.format,
                    tag: message.tag,
                    isFromShared: isShared(message.link), route: route?.id,
                    entry: message.link.kind == .trunk ? entry(of: message) : .here,
                    source: source(of: message))),
            to: worker)
    }

    /// The other worker tells what became of a parcel.
    func parcelResolved(
        _ group: Ticket, _ outcome: Outcome, isSettled: Bool
    ) {
        guard groups.contains(group) else { return }
        guard !groups[group].isSettled else {
            // Its sender has settled it since: what became of it no longer matters.
            if isSettled { copyLeftGroup(group) }
            return
        }
        if isSettled {
            // Settled without a state ever: it counts as decided now.
            let isFirst =
                outcome.state != .none || groups[group].undecided == groups[group].unsettled
            copyChanged(
                of: group, outcome, isSettled: true, isFirst: isFirst && groups[group].undecided > 0
            )
        } else {
            copyChanged(
                of: group, outcome, isSettled: false,
                isFirst: outcome.state.isTerminal && groups[group].undecided > 0)
        }
    }

    /// Bytes of a parcel have left the other worker, or all of it has.
    func parcelLeft(_ group: Ticket, from worker: Int, bytes: Int, isWhole: Bool) {
        guard groups.contains(group) else { return }
        if bytes > 0, let index = groups[group].parcels.firstIndex(where: { $0.worker == worker }) {
            let left = min(bytes, groups[group].parcels[index].waitingBytes)
            groups[group].parcels[index].waitingBytes -= left
            if let link = groups[group].source.link {
                if groups[group].isWhole {
                    letGo(left, for: link)
                } else {
                    count(waiting: -left, for: link)
                }
            } else if groups[group].isUnowned {
                settings.budget.add(-left)
            }
            resumeSource(of: group)
        }
        if isWhole { copyLeftGroup(group) }
    }

    // MARK: Taken

    func take(_ parcel: Parcel) {
        switch parcel.destination {
        case .outlet(let ticket):
            guard outgoingLinks.contains(ticket) else { return undeliverable(parcel) }
            let link = outgoingLinks[ticket]
            link.load.approaching.add(UInt64.max)
            take(parcel, on: link)
        case .trunk(let ticket):
            guard let link = trunkLink(ticket, series(of: parcel), isWhole: parcel.isWhole) else {
                return undeliverable(parcel)
            }
            take(parcel, on: link)
        case .all(let id, let trunks): takeForAll(parcel, id, trunks)
        }
    }

    /// A message for one receiver: if it is whole, its delivery is all that there is of it here.
    private func take(_ parcel: Parcel, on link: OutgoingLink) {
        var chunks = ParcelChunks(parcel)
        guard !parcel.isWhole else {
            let origin = parcel.origin.map {
                OutgoingDelivery.Origin.parcel($0, isFromShared: parcel.isFromShared)
            }
            return add(&chunks, to: link, origin ?? .nobody)
        }
        let group = openGroup(of: parcel)
        add(&chunks, to: link, group.map { .group($0) } ?? .nobody)
        if let group { copyMade(group) }
    }

    private func takeForAll(_ parcel: Parcel, _ id: RouteID?, _ trunks: [Ticket]) {
        let group = openGroup(of: parcel)
        let origin = group.map { OutgoingDelivery.Origin.group($0) } ?? .nobody
        var chunks = ParcelChunks(parcel)
        var copies = 0
        for case .local(let link) in id.flatMap({ routes[$0] })?.outlets ?? [] {
            add(&chunks, to: link, origin)
            copies += 1
        }
        for ticket in trunks {
            guard let link = trunkLink(ticket, series(of: parcel), isWhole: parcel.isWhole)
            else { continue }
            add(&chunks, to: link, origin)
            copies += 1
        }
        if copies == 0 {
            if let group { close(group: group) }
            return undeliverable(parcel)
        }
        if let group { copyMade(group) }
    }

    private func openGroup(of parcel: Parcel) -> Ticket? {
        guard let origin = parcel.origin else { return nil }
        let isMulticast = if case .all = parcel.destination { true } else { false }
        let group = open(
            MessageGroup(
                source: .parcel(origin), isMulticast: isMulticast, isSettled: parcel.isSettled,
                priority: parcel.priority, arrived: now, isWhole: parcel.isWhole))
        if !parcel.isWhole || !parcel.isSettled { parcelGroups[origin] = group }
        groups[group].addCopy()
        groups[group].received = parcel.chunk.count
        groups[group].isFromShared = parcel.isFromShared
        return group
    }

    private func series(of parcel: Parcel) -> MessageSeries {
        MessageSeries(source: parcel.source, route: parcel.route, priority: parcel.priority)
    }

    /// A parcel's bytes in the forms that its receivers want.
    private struct ParcelChunks {
        let parcel: Parcel
        var stripped: Chunk?

        init(_ parcel: Parcel) {
            self.parcel = parcel
            if !parcel.isAnnotated { stripped = parcel.chunk }
        }
    }

    private func chunk(for link: OutgoingLink, _ chunks: inout ParcelChunks) -> Chunk {
        guard !link.isAnnotated else { return chunks.parcel.chunk }
        if let stripped = chunks.stripped { return stripped }
        let stripped = strip(chunks.parcel.chunk, isWhole: chunks.parcel.isWhole)
        chunks.stripped = stripped
        return stripped
    }

    /// The message without router annotations.
    private func strip(_ chunk: Chunk, isWhole: Bool) -> Chunk {
        let bytes = chunk.bytes
        guard
            case .found(let head) = MessageHead.scan(
                bytes, isWhole: isWhole, depth: .annotations, trusted: false),
            head.hasRouterKeys
        else { return chunk }
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: AnnotationWriter.room(for: head, keys: nil), alignment: 8)
        defer { room.deallocate() }
        let count = AnnotationWriter.write(bytes, head: head, keys: nil, into: room)
        return Chunk(
            UnsafeRawBufferPointer(rebasing: room[..<count]),
            UnsafeRawBufferPointer(rebasing: bytes[head.annotations.upperBound...]))
    }

    private func add(
        _ chunks: inout ParcelChunks, to link: OutgoingLink, _ origin: OutgoingDelivery.Origin
    ) {
        let parcel = chunks.parcel
        countEgress(link, route(of: parcel, to: link))
        let chunk = chunk(for: link, &chunks)
        let ticket = deliveries.insert(record(of: parcel, chunk, link, origin))
        switch origin {
        case .group(let group):
            groups[group].addCopy()
            groups[group].copies.append(ticket)
            groups[group].waitingBytes += chunk.count
        case .parcel(let place, _):
            if !parcel.isSettled { parcelDeliveries[place] = ticket }
        case .delivery, .credit, .held, .nobody: break
        }
        if link.isStreaming { noteStreamed(ticket, series(of: parcel), on: link) }
        queue(ticket, on: link)
    }

    private func record(
        of parcel: Parcel, _ chunk: Chunk, _ link: OutgoingLink, _ origin: OutgoingDelivery.Origin
    ) -> OutgoingDelivery {
        var record = OutgoingDelivery(
            link: link, origin: origin, isSettled: parcel.isSettled, priority: parcel.priority,
            format: parcel.format, arrived: now)
        record.isWhole = parcel.isWhole
        if link.kind == .consumer { record.entry = parcel.entry }
        if !parcel.isWhole { noteStream(&record) }
        record.waiting = WaitingBytes(chunk)
        record.state = parcel.state
        record.tag = parcel.tag
        return record
    }

    /// The address that a parcel's message goes over, in most cases the receiver's own.
    private func route(of parcel: Parcel, to link: OutgoingLink) -> Route? {
        if let route = link.route, route.id == parcel.route { return route }
        return parcel.route.flatMap { routes[$0] }
    }

    private func undeliverable(_ parcel: Parcel) {
        guard let origin = parcel.origin else { return }
        parcelGroups[origin] = nil
        tellLeft(parcel.chunk.count, origin)
        if parcel.isSettled {
            handle.counters.droppedPresettled.raise()
            tellLeft(0, origin, isWhole: true)
        } else {
            tellOutcome(to: origin, Outcome(.released), isSettled: true)
        }
    }

    // MARK: Told to the sender's worker

    func tellLeft(_ bytes: Int, _ origin: WorkerTicket, isWhole: Bool = false) {
        post(
            .left(origin.ticket, from: handle.number, bytes: bytes, isWhole: isWhole),
            to: origin.worker)
    }

    /// Bytes of the only copy wait no longer. That it has left as a whole says as much of the last
    /// ones of a pre-settled one.
    func soleBytesLeft(_ bytes: Int, of ticket: Ticket, _ origin: WorkerTicket) {
        let isLast = deliveries[ticket].waiting == nil && deliveries[ticket].isSettled
        guard !isLast || deliveries[ticket].link.flowControlsPresettled else { return }
        tellLeft(bytes, origin)
    }

    /// What became of the only copy.
    func tellOutcome(to origin: WorkerTicket, _ outcome: Outcome, isSettled: Bool) {
        guard isSettled || outcome.state != .none else { return }
        if isSettled { parcelDeliveries[origin] = nil }
        post(.resolvedCopy(origin.ticket, outcome, isSettled: isSettled), to: origin.worker)
    }

    // MARK: Further parts

    /// More of a parcel's message.
    func takeMore(_ origin: WorkerTicket, _ chunk: Chunk?, isLast: Bool, isAborted: Bool) {
        guard let group = parcelGroups[origin], groups.contains(group) else {
            if let chunk { tellLeft(chunk.count, origin) }
            return
        }
        if isAborted { return sourceAborted(group) }
        if let chunk {
            let copies = groups[group].copies
            groups[group].received += chunk.count
            if copies.isEmpty {
                groups[group].reported += chunk.count
                tellLeft(chunk.count, origin)
            }
            for copy in copies {
                append(chunk, to: copy)
                groups[group].waitingBytes += chunk.count
            }
            for copy in copies where deliveries.contains(copy) {
                let link = deliveries[copy].link
                if link.active == copy { send(from: link) }
            }
        }
        if isLast, groups.contains(group) { finishCopies(of: group) }
    }

    /// The sender of a parcel's message settled it, or set a state.
    func parcelSenderChanged(_ origin: WorkerTicket, _ outcome: Outcome, isSettled: Bool) {
        if let ticket = parcelDeliveries[origin], deliveries.contains(ticket) {
            show(outcome, on: ticket)
            guard isSettled else { return }
            parcelDeliveries[origin] = nil
            if settle(ticket, owner: deliveries[ticket].origin) {
                tellLeft(0, origin, isWhole: true)
            }
            return
        }
        guard let group = parcelGroups[origin], groups.contains(group) else { return }
        senderChanged(group: group, outcome, isSettled: isSettled)
    }
}
