internal import AMQP
internal import EventLoop
internal import Sessions

/// An edge's links to its interior router (IR 8.2): made here, as control says.
extension Worker {
    /// What a service of the interior may say before it was taken in.
    private static let mostAnswers = 32

    func attach(_ wanted: UplinkLink) {
        guard let connection = connection(of: wanted.connection), connection.phase == .open,
            let session = session(for: wanted, on: connection), let trunk = connection.trunk
        else { return }
        let link = session.makeLink(name: trunkLinkName(), isSender: wanted.isSender)
        // The downlink's own end has its capability, too.
        let own = wanted.address == nil || wanted.isDownlink ? wanted.capability : nil
        link.attach(
            Link.Answer(
                source: Terminus.made(
                    .source, address: wanted.source,
                    capability: wanted.isSender ? own : wanted.capability,
                    isDynamic: wanted.isDynamic),
                target: Terminus.made(
                    .target, address: wanted.target,
                    capability: wanted.isSender ? wanted.capability : own)))
        let place: WorkerTicket
        if wanted.isSender {
            let outgoing = addOutgoing(
                link, connection, kind: wanted.outgoingKind, isAnnotated: true)
            place = WorkerTicket(worker: handle.number, ticket: outgoing.ticket)
            install(outgoing, for: wanted, on: trunk)
            tell(wanted, link, connection, place, outgoing.counters, outgoing.load)
        } else {
            let incoming = addIncoming(link, connection, kind: wanted.incomingKind)
            place = WorkerTicket(worker: handle.number, ticket: incoming.ticket)
            switch wanted.purpose {
            case .consumer(let route): incoming.route = routes[route]
            case .answers: incoming.capacity = Self.mostAnswers
            case .anonymous, .downlink, .producer, .requests: break
            }
            tell(wanted, link, connection, place, incoming.counters, OutletLoad())
        }
        trunk.uplinkLinks[wanted.number] = link
        enqueue(connection)
    }

    /// Two sessions: what services say does not wait for messages.
    private func session(for wanted: UplinkLink, on connection: PeerConnection) -> Session? {
        let trunk = connection.trunk ?? Trunk()
        connection.trunk = trunk
        trunk.opensStreams = connection.offersStreamingLinks
        if let session = wanted.isOfMessages ? trunk.messageSession : trunk.serviceSession {
            return session
        }
        let session = openSession(on: connection)
        if wanted.isOfMessages {
            trunk.messageSession = session
        } else {
            trunk.serviceSession = session
        }
        return session
    }

    private func install(_ link: OutgoingLink, for wanted: UplinkLink, on trunk: Trunk) {
        switch wanted.purpose {
        case .anonymous: trunk.dataOut = [link]
        case .producer(let route):
            link.route = routes[route]
            trunk.outlets[route] = link
        case .downlink, .consumer, .answers, .requests: break
        }
    }

    private func tell(
        _ wanted: UplinkLink, _ link: Link, _ connection: PeerConnection, _ place: WorkerTicket,
        _ counters: LinkCounters, _ load: OutletLoad
    ) {
        func report(_ kind: Terminus.Kind, _ address: String?) -> TerminusReport {
            TerminusReport(
                kind: kind, address: address,
                capabilities: wanted.capability.map { .symbol($0) })
        }
        post(
            .uplinkLinkMade(
                number: wanted.number,
                LinkRequest(
                    connection: connection.id, place: place,
                    direction: wanted.isSender ? .outgoing : .incoming, name: link.name,
                    source: report(.source, wanted.source), target: report(.target, wanted.target),
                    load: load, capacity: connection.plan.linkCapacity, isAnnotated: true,
                    isEdge: true, counters: counters)))
    }

    /// The interior has answered an attach of ours; if it refuses, its detach follows.
    func uplinkLinkAttached(_ link: Link) {
        guard let attach = link.attach else { return }
        let far = link.isSender ? attach.target : attach.source
        let isRefused = far.kind == .null
        link.forgetAttach()
        guard !isRefused else { return }
        let place: WorkerTicket
        if let incoming = link.incoming {
            incoming.phase = .attached
            grantAll(incoming)
            place = WorkerTicket(worker: handle.number, ticket: incoming.ticket)
            enqueue(incoming.connection)
        } else if let outgoing = link.outgoing {
            outgoing.phase = .attached
            send(from: outgoing)
            place = WorkerTicket(worker: handle.number, ticket: outgoing.ticket)
            enqueue(outgoing.connection)
        } else {
            return
        }
        post(
            .uplinkLinkAttached(
                place, link.isSender ? .outgoing : .incoming, address: far.address))
    }

    /// A link of ours is needed no more.
    func detachUplinkLink(_ id: ConnectionID, _ number: UInt64) {
        guard let connection = connection(of: id),
            let link = connection.trunk?.uplinkLinks.removeValue(forKey: number)
        else { return }
        if let incoming = link.incoming { lose(incoming, isDetached: true) }
        if let outgoing = link.outgoing { lose(outgoing, isDetached: true) }
        link.detach(isClosed: true)
        enqueue(connection)
    }

    // MARK: Messages

    /// The link for an address of its own, if the interior says that it has consumers (IR-93).
    func outlet(of series: MessageSeries, on trunk: Trunk) -> OutgoingLink? {
        guard let id = series.route, let link = trunk.outlets[id], link.phase == .attached,
            routes[id]?.remotes.isEmpty == false
        else { return nil }
        return link
    }

    /// The way to the rest of the network; nil but at an edge, and while there is none.
    var uplink: RouterDescription? { isEdge ? routers[.elsewhere] : nil }

    /// Nobody here takes an anonymous sender's message: somebody elsewhere may.
    func sendElsewhere(_ message: borrowing ArrivingMessage, insteadOf route: Route) {
        guard mayBeWanted(message, beyond: route), let uplink, let elsewhere else {
            return undeliverable(message, over: route)
        }
        send(message, towards: uplink, over: elsewhere)
    }

    /// An anonymous sender's message is for an address that is not known to have no consumers
    /// beyond. Of one with consumers of its fallback here the interior tells (RS-442).
    func mayBeWanted(_ message: borrowing ArrivingMessage, beyond route: Route) -> Bool {
        message.link.kind == .anonymous && !message.link.isOfEdge
            && route.fallback?.outlets.isEmpty ?? true
    }
}

extension RouterIndex {
    /// An edge knows all others as one.
    public static let elsewhere = RouterIndex(number: 1)
}

extension UplinkLink {
    fileprivate var address: String? { isSender ? target : source }

    fileprivate var isDownlink: Bool {
        if case .downlink = purpose { true } else { false }
    }

    fileprivate var outgoingKind: OutgoingLink.Kind {
        if case .requests = purpose { .control } else { .trunk }
    }

    fileprivate var incomingKind: IncomingLink.Kind {
        switch purpose {
        case .answers: .control
        case .consumer: .targeted
        case .downlink, .anonymous, .producer, .requests: .anonymous
        }
    }
}
