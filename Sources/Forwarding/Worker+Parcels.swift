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
                    entry: message.link.kind == .trunk ? entry(of: message) : 0,
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
            }
            resumeSource(of: group)
        }
        if isWhole { copyLeftGroup(group) }
    }

    // MARK: Taken

    func take(_ parcel: Parcel) {
        var group: Ticket?
        if let origin = parcel.origin {
            let isMulticast = if case .all = parcel.destination { true } else { false }
            let opened = open(
                MessageGroup(
                    source: .parcel(origin), isMulticast: isMulticast,
                    isSettled: parcel.isSettled, priority: parcel.priority, arrived: now,
                    isWhole: parcel.isWhole))
            if !parcel.isWhole || !parcel.isSettled { parcelGroups[origin] = opened }
            groups[opened].addCopy()
            groups[opened].received = parcel.chunk.count
            groups[opened].isFromShared = parcel.isFromShared
            group = opened
        }
        var chunks = ParcelChunks(parcel)
        switch parcel.destination {
        case .outlet(let ticket):
            guard outgoingLinks.contains(ticket) else { return undeliverable(parcel, group) }
            let link = outgoingLinks[ticket]
            link.load.approaching.add(UInt64.max)
            add(&chunks, to: link, group)
        case .trunk(let ticket):
            guard let link = trunkLink(ticket, series(of: parcel), isWhole: parcel.isWhole) else {
                return undeliverable(parcel, group)
            }
            add(&chunks, to: link, group)
        case .all(let id, let trunks):
            var copies = 0
            for case .local(let link) in routes[id]?.outlets ?? [] {
                add(&chunks, to: link, group)
                copies += 1
            }
            for ticket in trunks {
                guard let link = trunkLink(ticket, series(of: parcel), isWhole: parcel.isWhole)
                else { continue }
                add(&chunks, to: link, group)
                copies += 1
            }
            if copies == 0 { return undeliverable(parcel, group) }
        }
        if let group { copyMade(group) }
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

    private func add(_ chunks: inout ParcelChunks, to link: OutgoingLink, _ group: Ticket?) {
        let parcel = chunks.parcel
        countEgress(link, parcel.route.flatMap { routes[$0] })
        let chunk = chunk(for: link, &chunks)
        var record = OutgoingDelivery(
            link: link, origin: group.map { .group($0) } ?? .nobody, isSettled: parcel.isSettled,
            priority: parcel.priority, format: parcel.format, arrived: now)
        record.isWhole = parcel.isWhole
        if link.kind == .consumer { record.entry = parcel.entry }
        if !parcel.isWhole { noteStream(&record) }
        record.waiting = WaitingBytes(chunk)
        record.state = parcel.state
        record.tag = parcel.tag
        let ticket = deliveries.insert(record)
        if let group {
            groups[group].addCopy()
            groups[group].copies.append(ticket)
            groups[group].waitingBytes += chunk.count
        }
        if link.isStreaming { noteStreamed(ticket, series(of: parcel), on: link) }
        queue(ticket, on: link)
    }

    private func undeliverable(_ parcel: Parcel, _ group: Ticket?) {
        guard let group, let origin = parcel.origin else { return }
        close(group: group)
        parcelGroups[origin] = nil
        tellLeft(parcel.chunk.count, origin)
        if parcel.isSettled {
            handle.counters.droppedPresettled.raise()
            post(
                .left(origin.ticket, from: handle.number, bytes: 0, isWhole: true),
                to: origin.worker)
        } else {
            post(
                .resolvedCopy(origin.ticket, Outcome(.released), isSettled: true),
                to: origin.worker)
        }
    }

    private func tellLeft(_ bytes: Int, _ origin: WorkerTicket) {
        post(
            .left(origin.ticket, from: handle.number, bytes: bytes, isWhole: false),
            to: origin.worker)
    }

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
        guard let group = parcelGroups[origin], groups.contains(group) else { return }
        senderChanged(group: group, outcome, isSettled: isSettled)
    }
}
