internal import AMQP
internal import EventLoop
internal import Sessions

/// Routed links (RS-250 to RS-273): what happens at one end happens at the other. Messages go as on
/// any link, with the other end for their only consumer; credit, drain and detach are handed on.
extension Worker {
    // MARK: The far end

    /// Attaches a link that goes on over one of this worker's connections.
    func passOn(_ wanted: RoutedAttach) {
        guard connections.contains(wanted.connection),
            connections[wanted.connection].phase == .open,
            let session = routedSession(of: connections[wanted.connection], for: wanted)
        else {
            return refuse(wanted)
        }
        let connection = connections[wanted.connection]
        let isSender = wanted.direction == .outgoing
        let link = session.makeLink(
            name: freeName(wanted.name, isSender, in: session), isSender: isSender)
        link.goesOn = true
        let end = RoutedEnd(
            other: wanted.asking, addresses: wanted.addresses,
            outlives: wanted.farTerminus.isResumable)
        let request: LinkRequest
        switch wanted.direction {
        case .outgoing:
            let outgoing = addOutgoing(link, connection, kind: .routed, isAnnotated: false)
            outgoing.routed = end
            request = LinkRequest(
                wanted, connection, place(of: outgoing.ticket), outgoing.load, outgoing.counters)
        case .incoming:
            let incoming = addIncoming(link, connection, kind: .routed)
            incoming.routed = end
            request = LinkRequest(
                wanted, connection, place(of: incoming.ticket), OutletLoad(), incoming.counters)
        }
        var answer = Link.Answer(passing: wanted.attach)
        if let far = wanted.addresses?.far {
            switch wanted.direction {
            case .outgoing: answer.target = wanted.attach.target.bytes(withAddress: far)
            case .incoming: answer.source = wanted.attach.source.bytes(withAddress: far)
            }
        }
        link.attach(answer)
        enqueue(connection)
        post(.routedLinkMade(request, asking: wanted.asking))
        tell(wanted.asking, .found(LinkEnd(request.place, wanted.direction), wanted.askingID))
    }

    /// Clients may call themselves and their links the same, here or at two other routers: two links
    /// of one name would end the connection for all (RS-414).
    private func freeName(_ name: String, _ isSender: Bool, in session: Session) -> String {
        guard session.hasLink(named: name, isSender: isSender) else { return name }
        return "\(name)@\(settings.chance.text(length: 15))"
    }

    private func place(of ticket: Ticket) -> WorkerTicket {
        WorkerTicket(worker: handle.number, ticket: ticket)
    }

    private func routedSession(
        of connection: PeerConnection, for wanted: RoutedAttach
    ) -> Session? {
        connection.ownSessions.session(for: .asker(wanted.askingSession)) {
            openSession(on: connection)
        }
    }

    private func refuse(_ wanted: RoutedAttach) {
        let asking = wanted.asking
        guard asking.worker != handle.number else {
            return refused(asking.ticket, asking.direction, .noRoute)
        }
        post(.refused(asking.ticket, asking.direction, .noRoute), to: asking.worker)
    }

    /// The peer has answered the attach of a far end; true if the link is one.
    func routedLinkAttached(_ link: Link) -> Bool {
        guard let end = link.routed, let attach = link.attach else { return false }
        var (source, target) = (attach.source.bytes, attach.target.bytes)
        if let addresses = end.addresses {
            if link.isSender, let text = attach.target.address {
                target = attach.target.bytes(withAddress: addresses.back(text))
            } else if !link.isSender, let text = attach.source.address {
                source = attach.source.bytes(withAddress: addresses.back(text))
            }
        }
        link.outgoing?.phase = .attached
        link.incoming?.phase = .attached
        link.forgetAttach()
        tell(end.other, .answered(attach, source: source, target: target))
        return true
    }

    // MARK: Words between the ends

    func tell(_ end: LinkEnd, _ word: RoutedWord) {
        if end.worker == handle.number {
            hear(word, end)
        } else {
            post(.routed(end, word), to: end.worker)
        }
    }

    /// The other end of a link says something.
    func hear(_ word: RoutedWord, _ end: LinkEnd) {
        switch end.direction {
        case .incoming where incomingLinks.contains(end.ticket):
            hear(word, incomingLinks[end.ticket])
        case .outgoing where outgoingLinks.contains(end.ticket):
            hear(word, outgoingLinks[end.ticket])
        case .incoming, .outgoing: hear(word, ofGone: end)
        }
    }

    private func hear(_ word: RoutedWord, _ link: IncomingLink) {
        enqueue(link.connection)
        switch word {
        case .found(let other, let id):
            link.id = id
            link.kind = .routed
            link.link.goesOn = true
            link.routed = RoutedEnd(
                other: other, addresses: nil,
                outlives: link.link.attach?.target.isResumable ?? false)
        case .answered(let attach, let source, let target):
            link.phase = .attached
            answer(link.link, attach, source: source, target: target)
            passSenderWord(of: link)
        case .credit(let limit, let isDraining, let particulars):
            guard let end = link.routed, !takesLeave(of: link) else { return }
            let credit = Int32(bitPattern: limit &+ end.refused &- link.link.total)
            if particulars?.isEcho == true { end.owesFlow = true }
            link.link.set(
                credit: max(0, Int(credit)), isDraining: isDraining, saying: particulars)
            link.counters.tell(credit: link.link.credit)
        case .gaveBack: break
        case .detached(let isClosed, let error):
            guard let end = link.routed else { return }
            awaitDetach(of: link.link, for: end.other)
            lose(link, isDetached: true)
            link.link.detach(isClosed: isClosed, error: error)
        case .lost(let isClosed, let error):
            let phase = link.phase
            lose(link, isDetached: true)
            phase == .asking
                ? link.link.refuse(error ?? .routedLinkLost)
                : link.link.detach(isClosed: isClosed, error: error ?? .routedLinkLost)
        }
    }

    private func hear(_ word: RoutedWord, _ link: OutgoingLink) {
        enqueue(link.connection)
        switch word {
        case .found(let other, let id):
            link.id = id
            link.kind = .routed
            link.link.goesOn = true
            link.routed = RoutedEnd(
                other: other, addresses: nil,
                outlives: link.link.attach?.source.isResumable ?? false)
        case .answered(let attach, let source, let target):
            link.phase = .attached
            answer(link.link, attach, source: source, target: target)
            passCredit(of: link)
        case .credit: break
        case .gaveBack(let total, let particulars):
            guard let end = link.routed else { return }
            end.senderSaid = RoutedEnd.SenderWord(end.senderSaid, total, particulars)
            send(from: link)
        case .detached(let isClosed, let error):
            link.routed?.farewell = RoutedEnd.Farewell(
                isClosed: isClosed, error: error, isAnswered: true)
            send(from: link)
        case .lost(let isClosed, let error):
            guard link.phase == .attached else {
                lose(link, isDetached: true)
                return link.link.local == .unattached
                    ? link.link.refuse(error ?? .routedLinkLost)
                    : link.link.detach(isClosed: isClosed, error: error ?? .routedLinkLost)
            }
            link.routed?.farewell = RoutedEnd.Farewell(
                isClosed: isClosed, error: error ?? .routedLinkLost, isAnswered: false)
            send(from: link)
        }
    }

    /// The asking peer's attach is answered by what the container said.
    private func answer(_ link: Link, _ attach: Attach, source: [UInt8], target: [UInt8]) {
        var answer = Link.Answer(passing: attach)
        answer.source = source
        answer.target = target
        link.attach(answer)
        link.forgetAttach()
    }

    // MARK: Messages

    /// Sends a message, or the first part of one, to the only receiver that there is.
    func passOn(_ message: borrowing ArrivingMessage) {
        guard let other = message.link.routed?.other else {
            return undeliverable(message, over: nil)
        }
        guard other.worker == handle.number else {
            return sendParcel(
                message, to: .outlet(other.ticket), worker: other.worker, isAnnotated: false, nil)
        }
        guard outgoingLinks.contains(other.ticket) else {
            return undeliverable(message, over: nil)
        }
        send(message, to: outgoingLinks[other.ticket], over: nil)
    }

    /// A delivery whose tag is too long is rejected (RS-268).
    func refuseTag(of arrival: Arrival, hasMore: Bool, on link: IncomingLink) {
        link.outstanding += 1
        if hasMore {
            abandon(arrival, on: link, .rejected(Self.tagTooLong))
        } else {
            countIn(link)
            answer(arrival, on: link, .rejected(Self.tagTooLong))
            repay(link)
        }
        giveAnew(link)
    }

    private static let tagTooLong = AMQPError(
        name: "amqp:invalid-field", text: "delivery tag length exceeded")

    /// All that came before is sent: what the sender has said since is said to the receiver.
    func passWords(of link: OutgoingLink) {
        guard let end = link.routed, link.queue.isEmpty, link.active == nil else { return }
        if let word = end.senderSaid {
            end.senderSaid = nil
            if word.particulars?.isEcho == true { end.owesFlow = true }
            link.link.giveBack(upTo: word.total, saying: word.particulars)
            end.told = nil
            link.counters.tell(credit: link.link.credit)
        }
        guard let farewell = end.farewell, link.phase != .detached else { return }
        if farewell.isAnswered { awaitDetach(of: link.link, for: end.other) }
        lose(link, isDetached: true)
        link.link.detach(isClosed: farewell.isClosed, error: farewell.error)
    }

    // MARK: Ends

    /// A peer has detached a routed link, or has answered our detach: it is the other end's to answer,
    /// or to hear of it (RS-263). False if the link is none.
    func routedLinkDetached(_ detach: UnansweredDetach, _ error: AMQPError?) -> Bool {
        let link = detach.link
        if let awaited = awaitedDetaches.removeValue(forKey: ObjectIdentifier(link)) {
            tell(awaited.end, .detached(isClosed: detach.isClosed, error))
            return true
        }
        guard let end = link.routed else { return false }
        guard link.local == .attached else {
            // It did not wait for the answer to its attach, and does not for this one's.
            tell(end.other, .lost(isClosed: detach.isClosed, nil))
            return false
        }
        if let outgoing = link.outgoing {
            unansweredRouted[LinkEnd(place(of: outgoing.ticket), .outgoing)] = detach
            lose(outgoing, isDetached: true)
        } else if let incoming = link.incoming {
            unansweredRouted[LinkEnd(place(of: incoming.ticket), .incoming)] = detach
            lose(incoming, isDetached: true)
        }
        tell(end.other, .detached(isClosed: detach.isClosed, error))
        return true
    }

    /// A link without a peer any more is told something.
    private func hear(_ word: RoutedWord, ofGone end: LinkEnd) {
        switch word {
        case .found(let other, _): tell(other, .lost(isClosed: true, nil))
        case .detached(let isClosed, _): answer(end, isClosed: isClosed)
        case .lost: answer(end, isClosed: nil)
        case .answered, .credit, .gaveBack: break
        }
    }

    private func answer(_ end: LinkEnd, isClosed: Bool?) {
        guard let detach = unansweredRouted.removeValue(forKey: end) else { return }
        detach.link.detach(isClosed: isClosed ?? detach.isClosed)
        endIfUnused(detach.link.session, detach.connection)
        enqueue(detach.connection)
    }

    /// Its connection or session is gone, and with it a routed link: the other end's peer hears that.
    func routedLinkLost(_ end: RoutedEnd?, _ error: AMQPError?) {
        guard let end else { return }
        tell(end.other, .lost(isClosed: !end.outlives, error))
    }

    /// Nobody answers any more for links of a connection, or of one session of it.
    func dropRoutedDetaches(of connection: PeerConnection, _ session: Session?) {
        func isOver(_ link: Link) -> Bool {
            session.map { link.session === $0 } ?? (link.session.channels === connection.channels)
        }
        if !unansweredRouted.isEmpty {
            unansweredRouted = unansweredRouted.filter { !isOver($0.value.link) }
        }
        guard !awaitedDetaches.isEmpty else { return }
        let over = awaitedDetaches.values.filter { isOver($0.link) }
        for awaited in over {
            awaitedDetaches[ObjectIdentifier(awaited.link)] = nil
            tell(awaited.end, .lost(isClosed: true, nil))
        }
    }

    private func awaitDetach(of link: Link, for end: LinkEnd) {
        guard link.remote == .attached else { return }
        awaitedDetaches[ObjectIdentifier(link)] = AwaitedDetach(link: link, end: end)
    }
}

/// A peer's answer to our detach, which the peer of the other end waits for.
struct AwaitedDetach {
    let link: Link
    let end: LinkEnd
}

extension Link {
    /// What a routed link knows of its other end; nil for any other link.
    var routed: RoutedEnd? { isSender ? outgoing?.routed : incoming?.routed }
}

extension LinkRequest {
    /// The far end of a link that goes on over a connection.
    init(
        _ wanted: RoutedAttach, _ connection: PeerConnection, _ place: WorkerTicket,
        _ load: OutletLoad, _ counters: LinkCounters
    ) {
        let far = wanted.addresses?.far
        let (source, target) = (wanted.attach.source, wanted.attach.target)
        self.init(
            connection: connection.id, place: place, direction: wanted.direction,
            name: wanted.name,
            source: TerminusReport(
                source, address: wanted.direction == .incoming ? far : nil),
            target: TerminusReport(
                target, address: wanted.direction == .outgoing ? far : nil), load: load,
            capacity: connection.plan.linkCapacity, isAnnotated: false, counters: counters,
            attach: wanted.attach)
    }
}
