internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions
internal import Logging

/// Links that peers attach and detach (RS-30 to RS-62).
extension Worker {
    func remoteAttached(_ link: Link, _ connection: PeerConnection) {
        guard link.local == .unattached else { return ownLinkAttached(link) }
        guard let attach = link.attach else { return }
        if connection.plan.role == .interRouter {
            if attachTrunkLink(link, connection) { return }
        } else if isRouterLink(link) {
            nameMismatch(
                connection,
                "qd:forbidden: the peer takes it for a connection between routers; its role here "
                    + "is \(connection.plan.role.rawValue)")
        }
        let place: WorkerTicket
        let load: OutletLoad
        let counters: LinkCounters
        let isAnnotated = !connection.plan.stripsOutgoing
        if link.isSender {
            let outgoing = addOutgoing(link, connection, kind: .consumer, isAnnotated: isAnnotated)
            outgoing.isFallback = attach.source.isFallback
            place = WorkerTicket(worker: handle.number, ticket: outgoing.ticket)
            load = outgoing.load
            counters = outgoing.counters
        } else {
            let target = attach.target
            let hasAddress = target.address != nil || target.isDynamic
            let kind: IncomingLink.Kind =
                hasAddress || target.kind == .coordinator ? .targeted : .anonymous
            let incoming = addIncoming(link, connection, kind: kind)
            if let rules = connection.rules, let address = target.address {
                incoming.isRestricted = rules.restricts(target: address, at: settings.router)
            }
            incoming.isFallback = target.isFallback
            place = WorkerTicket(worker: handle.number, ticket: incoming.ticket)
            load = OutletLoad()
            counters = incoming.counters
        }
        post(
            .linkWantsToAttach(
                LinkRequest(
                    connection: connection.id, channel: link.session.localChannel, place: place,
                    direction: link.isSender ? .outgoing : .incoming, name: link.name,
                    source: TerminusReport(attach.source),
                    target: TerminusReport(attach.target), load: load,
                    capacity: connection.plan.linkCapacity, isAnnotated: isAnnotated,
                    isEdge: connection.plan.role == .edge, counters: counters, attach: attach)))
    }

    func addIncoming(
        _ link: Link, _ connection: PeerConnection, kind: IncomingLink.Kind
    ) -> IncomingLink {
        let incoming = IncomingLink(
            link: link, connection: connection, kind: kind, capacity: connection.inletCapacity)
        incoming.ticket = incomingLinks.insert(incoming)
        handle.pools.incomingLinks.recordSize.set(UInt64(HeapObject.size(of: incoming)))
        incoming.place = connection.incoming.count
        connection.incoming.append(incoming.ticket)
        link.serve(incoming)
        return incoming
    }

    func addOutgoing(
        _ link: Link, _ connection: PeerConnection, kind: OutgoingLink.Kind, isAnnotated: Bool
    ) -> OutgoingLink {
        let outgoing = OutgoingLink(
            link: link, connection: connection, kind: kind, capacity: connection.plan.linkCapacity,
            isAnnotated: isAnnotated)
        outgoing.ticket = outgoingLinks.insert(outgoing)
        handle.pools.outgoingLinks.recordSize.set(UInt64(HeapObject.size(of: outgoing)))
        outgoing.place = connection.outgoing.count
        connection.outgoing.append(outgoing.ticket)
        link.serve(outgoing)
        return outgoing
    }

    /// Echoes the peer's termini (RS-31).
    func answerAttach(
        _ link: Link, _ connection: PeerConnection, dynamicAddress: String?
    ) {
        guard let attach = link.attach else { return }
        let (ofSource, ofTarget) =
            link.isSender ? (dynamicAddress, nil) : (nil, dynamicAddress)
        var answer = Link.Answer(
            source: attach.source.echo(absentAs: .source, dynamicAddress: ofSource),
            target: attach.target.echo(absentAs: .target, dynamicAddress: ofTarget))
        // What it sends is a sender's own choice; a receiver may want all settled (AMQP 2.8.2).
        if attach.senderSettleMode == 1 || attach.senderSettleMode == 0 && !link.isSender {
            answer.senderSettleMode = attach.senderSettleMode
        }
        if !link.isSender { answer.maxMessageSize = connection.rules?.maxSize ?? 0 }
        link.attach(answer)
        // The log names the termini of each message.
        if connection.plan.messageComponents.isEmpty { link.forgetAttach() }
    }

    // MARK: Control's answers

    func attached(_ ticket: Ticket, _ direction: LinkDirection, _ attachment: Attachment) {
        switch direction {
        case .incoming where incomingLinks.contains(ticket):
            attach(incomingLinks[ticket], attachment)
        case .outgoing where outgoingLinks.contains(ticket):
            attach(outgoingLinks[ticket], attachment)
        case .incoming, .outgoing: break
        }
    }

    private func attach(_ link: IncomingLink, _ attachment: Attachment) {
        link.id = attachment.link
        link.phase = .attached
        link.messagePhase = attachment.phase
        if let to = attachment.to { link.to = Array(to.utf8) }
        if let credit = attachment.credit { link.capacity = min(link.capacity, credit) }
        answerAttach(link.link, link.connection, dynamicAddress: attachment.dynamicAddress)
        if let id = attachment.route, let route = routes[id] {
            link.route = route
            if route.isInProcess { link.isOfRouter = false }
            link.placeOnRoute = route.inlets.count
            route.inlets.append(link.ticket)
            if route.isServed { grantAll(link) }
        } else {
            grantAll(link)
        }
        enqueue(link.connection)
    }

    private func attach(_ link: OutgoingLink, _ attachment: Attachment) {
        link.id = attachment.link
        link.phase = .attached
        link.route = attachment.route.flatMap { routes[$0] }
        answerAttach(link.link, link.connection, dynamicAddress: attachment.dynamicAddress)
        send(from: link)
        enqueue(link.connection)
    }

    /// Answers with a null terminus and a closing detach (RS-52).
    func refused(_ ticket: Ticket, _ direction: LinkDirection, _ error: AMQPError?) {
        let link: Link
        switch direction {
        case .incoming:
            guard incomingLinks.contains(ticket) else { return }
            let incoming = incomingLinks[ticket]
            link = incoming.link
            incoming.phase = .detached
            enqueue(incoming.connection)
            forget(incoming)
        case .outgoing:
            guard outgoingLinks.contains(ticket) else { return }
            let outgoing = outgoingLinks[ticket]
            link = outgoing.link
            outgoing.phase = .detached
            enqueue(outgoing.connection)
            forget(outgoing)
        }
        link.refuse(error)
    }

    // MARK: Detach

    func remoteDetached(
        _ link: Link, isClosed: Bool, _ error: AMQPError?, _ connection: PeerConnection
    ) {
        let detach = UnansweredDetach(link: link, isClosed: isClosed, connection: connection)
        guard !routedLinkDetached(detach, error) else { return enqueue(connection) }
        autoLinkEnded(link, error)
        if let outgoing = link.outgoing {
            if connection.plan.role == .interRouter, outgoing.kind == .control, let error {
                noteRefusal(error, connection)
            }
            if outgoing.kind == .consumer, outgoing.phase == .attached, peers.count > 1 {
                unansweredDetaches[outgoing.ticket] = detach
                return lose(outgoing, isDetached: true, awaitsAnswer: true)
            }
            lose(outgoing, isDetached: true)
        } else if let incoming = link.incoming {
            lose(incoming, isDetached: true)
        }
        answer(detach)
    }

    private func answer(_ detach: UnansweredDetach) {
        // The peer did not wait for the answer to its attach: it gets both (RS-58).
        if detach.link.local == .unattached {
            detach.link.attach(Link.Answer(source: [], target: []))
        }
        detach.link.detach(isClosed: detach.isClosed)
        enqueue(detach.connection)
    }

    /// A message that is sent because of the answer finds no worker that still lists the link.
    func answerDetach(_ ticket: Ticket) {
        if let detach = unansweredDetaches.removeValue(forKey: ticket) { answer(detach) }
    }

    /// The connection, or one session of it, has ended, which answers for its links.
    func dropUnansweredDetaches(of connection: PeerConnection, _ session: Session? = nil) {
        dropRoutedDetaches(of: connection, session)
        guard !unansweredDetaches.isEmpty else { return }
        unansweredDetaches = unansweredDetaches.filter { _, detach in
            detach.connection !== connection
                || session.map { detach.link.session !== $0 } ?? false
        }
    }

    /// A sender's link is gone: what it had sent whole stays, the rest is aborted (RS-194, 195).
    func lose(_ link: IncomingLink, isDetached: Bool) {
        guard incomingLinks.contains(link.ticket) else { return }
        autoLinkEnded(link.link, link.link.session.remoteError)
        let wasAttached = link.phase != .detached
        link.phase = .detached
        if let streaming = link.streaming { sourceAborted(streaming) }
        link.streaming = nil
        link.unresolved = nil
        link.link.session.letGo(link.countedFrames)
        link.countedFrames = 0
        disown(deliveriesOf: link)
        link.route?.inlets.takeOut(link.ticket, at: link.placeOnRoute) {
            incomingLinks[$0].placeOnRoute = link.placeOnRoute
        }
        forget(link)
        if !isDetached { routedLinkLost(link.routed, link.link.session.remoteError) }
        if wasAttached {
            post(
                .linkDetached(
                    LinkReport(
                        connection: link.connection.id,
                        place: WorkerTicket(worker: handle.number, ticket: link.ticket),
                        direction: .incoming, isDetached: isDetached, awaitsAnswer: false)))
        }
    }

    /// A receiver's link is gone: what it had not settled goes back as modified, what it had not
    /// got as released (RS-192, 193).
    func lose(_ link: OutgoingLink, isDetached: Bool, awaitsAnswer: Bool = false) {
        guard outgoingLinks.contains(link.ticket) else { return }
        autoLinkEnded(link.link, link.link.session.remoteError)
        let wasAttached = link.phase != .detached
        link.phase = .detached
        link.route?.removeOutlet(
            WorkerTicket(worker: handle.number, ticket: link.ticket), worker: handle.number)
        if link.isOfTrunk { trunkLinkLost(link) }
        giveBack(deliveriesOf: link)
        forget(link)
        if !isDetached { routedLinkLost(link.routed, link.link.session.remoteError) }
        if wasAttached {
            post(
                .linkDetached(
                    LinkReport(
                        connection: link.connection.id,
                        place: WorkerTicket(worker: handle.number, ticket: link.ticket),
                        direction: .outgoing, isDetached: isDetached,
                        awaitsAnswer: awaitsAnswer)))
        }
    }

    private func forget(_ link: IncomingLink) {
        link.link.server = nil
        // What waits at receivers is counted until it has left.
        let withControl = link.kind == .control ? link.waitingBytes : 0
        settings.budget.add(-withControl - link.heldBytes - link.countedGathered)
        link.connection.incoming.takeOut(link.ticket, at: link.place) {
            incomingLinks[$0].place = link.place
        }
        incomingLinks.remove(link.ticket)
    }

    private func forget(_ link: OutgoingLink) {
        link.link.server = nil
        link.connection.outgoing.takeOut(link.ticket, at: link.place) {
            outgoingLinks[$0].place = link.place
        }
        outgoingLinks.remove(link.ticket)
    }
}

extension [Ticket] {
    /// Takes the ticket out, which stands at `place` if it is there: the last one takes its place, and
    /// is told by `moved`. So a list is left in the same time however long it is.
    mutating func takeOut(_ ticket: Ticket, at place: Int, moved: (Ticket) -> Void) {
        guard place < count, self[place] == ticket else { return }
        let last = removeLast()
        guard last != ticket else { return }
        self[place] = last
        moved(last)
    }
}

/// What a peer that has detached is still to hear.
struct UnansweredDetach {
    let link: Link
    let isClosed: Bool
    let connection: PeerConnection
}
