internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions
internal import Logging

/// Connections to neighbouring routers: their links and what travels on them (IR 1 and 2).
extension Worker {
    /// Open property by which Martlets know each other.
    public static let martletProperty = "martlet.version"

    /// Both opens are exchanged: the side that dialled attaches the links (IR-6, IR-7).
    func openTrunk(_ connection: PeerConnection) {
        let trunk = Trunk()
        trunk.isMartlet =
            connection.driver.connection.remoteProperties?.map?[Self.martletProperty] != nil
        connection.trunk = trunk
        guard connection.plan.isOutgoing else { return }
        guard let control = openSession(on: connection) else { return }
        attachOwn(
            control.makeLink(name: trunkLinkName(), isSender: false), connection,
            capability: "qd.router"
        )
        attachOwn(
            control.makeLink(name: trunkLinkName(), isSender: true), connection,
            capability: "qd.router")
        for _ in 0..<10 {
            let session = openSession(on: connection) ?? control
            attachOwn(
                session.makeLink(name: trunkLinkName(), isSender: false), connection,
                capability: "qd.router-data")
            attachOwn(
                session.makeLink(name: trunkLinkName(), isSender: true), connection,
                capability: "qd.router-data")
        }
        enqueue(connection)
    }

    /// Nil if there are as many as the peer allows.
    func openSession(on connection: PeerConnection) -> Session? {
        guard let session = connection.channels.makeSession() else { return nil }
        connection.begin(session, settings.budget)
        return session
    }

    func trunkLinkName() -> String { "qdlink." + settings.chance.text(length: 15) }

    private func attachOwn(_ link: Link, _ connection: PeerConnection, capability: String) {
        link.attach(
            Link.Answer(
                source: Terminus.made(.source, capability: capability),
                target: Terminus.made(.target, capability: capability)))
        register(link, connection, isControl: capability == "qd.router")
    }

    /// Makes the object that serves a trunk's link.
    private func register(_ link: Link, _ connection: PeerConnection, isControl: Bool) {
        guard let trunk = connection.trunk else { return }
        if link.isSender {
            let outgoing = addOutgoing(
                link, connection, kind: isControl ? .control : .trunk, isAnnotated: true)
            outgoing.flowControlsPresettled = trunk.isMartlet && !isControl
            let priority = isControl ? 9 : min(trunk.dataOut.count, 9)
            if isControl {
                trunk.controlOut = outgoing
            } else if trunk.dataOut.count < 10 {
                trunk.dataOut.append(outgoing)
            }
            report(outgoing, priority: priority)
        } else {
            let incoming = addIncoming(link, connection, kind: isControl ? .control : .trunk)
            incoming.isStreaming = !isControl && trunk.dataInCount >= 10
            if trunk.isMartlet, !isControl { incoming.leastPaid = max(1, incoming.capacity / 8) }
            report(incoming, priority: isControl ? 9 : min(trunk.dataInCount, 9))
            if !isControl { trunk.dataInCount += 1 }
        }
    }

    /// Answers a neighbour's attach of a router link; false for an endpoint's link.
    func attachTrunkLink(_ link: Link, _ connection: PeerConnection) -> Bool {
        guard let capability = routerCapability(of: link) else {
            guard connection.trunk?.controlOut == nil else { return false }
            nameMismatch(
                connection,
                "qd:connection-role: the peer takes it for a client's connection; its role here "
                    + "is inter-router")
            link.refuse(Self.notARouter)
            return true
        }
        let isControl = capability == "qd.router"
        if isControl, link.isSender, connection.trunk?.controlOut != nil {
            link.refuse(Self.secondControlLink)
            return true
        }
        register(link, connection, isControl: isControl)
        answerAttach(link, connection, dynamicAddress: nil)
        trunkLinkAttached(link, connection)
        return true
    }

    /// The capability that makes a peer's link one between routers (IR 1.4).
    private func routerCapability(of link: Link) -> String? {
        guard let attach = link.attach,
            let capability = (link.isSender ? attach.source : attach.target).soleCapability,
            capability == "qd.router" || capability == "qd.router-data"
        else { return nil }
        return capability
    }

    func isRouterLink(_ link: Link) -> Bool { routerCapability(of: link) != nil }

    // MARK: Mismatched roles (IR 1.1)

    /// The neighbour has detached our control link: it may not know us for a router.
    func noteRefusal(_ error: AMQPError, _ connection: PeerConnection) {
        nameMismatch(
            connection,
            "\(error.name): \(error.text ?? ""); the peer's listener is not of role inter-router")
    }

    /// Says once for a connection that its two ends differ about what it is.
    func nameMismatch(_ connection: PeerConnection, _ text: String) {
        guard !connection.isMismatchNamed else { return }
        connection.isMismatchNamed = true
        log.write(
            .router, .error,
            "[C\(connection.id.number)] Connection with \(connection.plan.host) has mismatched "
                + "roles: \(text)")
    }

    private static let notARouter = AMQPError(
        name: "qd:connection-role", text: "Link attach forbidden on inter-router connection")

    private static let secondControlLink = AMQPError(
        name: "amqp:not-allowed", text: "A control link is attached already")

    /// A link that we attached was answered.
    func ownLinkAttached(_ link: Link) {
        guard !routedLinkAttached(link) else { return }
        if autoLinkAnswered(link) { return }
        guard let connection = link.outgoing?.connection ?? link.incoming?.connection else {
            return link.forgetAttach()
        }
        if connection.plan.role == .edge { return uplinkLinkAttached(link) }
        link.forgetAttach()
        trunkLinkAttached(link, connection)
    }

    private func trunkLinkAttached(_ link: Link, _ connection: PeerConnection) {
        enqueue(connection)
        if let incoming = link.incoming {
            incoming.phase = .attached
            grantAll(incoming)
            return
        }
        guard let outgoing = link.outgoing else { return }
        outgoing.phase = .attached
        if outgoing.kind == .control {
            let place = WorkerTicket(worker: handle.number, ticket: connection.ticket)
            post(.trunkOpened(connection.id, place: place))
        } else {
            send(from: outgoing)
        }
    }

    /// A trunk's link is gone, and with it perhaps the neighbour (IR-17).
    func trunkLinkLost(_ link: OutgoingLink) {
        guard let trunk = link.connection.trunk else { return }
        trunk.streaming.removeAll { $0 === link }
        if let route = link.route, trunk.outlets[route.id] === link {
            trunk.outlets[route.id] = nil
        }
        for index in trunk.dataOut.indices where trunk.dataOut[index] === link {
            trunk.dataOut[index] = nil
        }
        if trunk.controlOut === link {
            trunk.controlOut = nil
            post(.trunkClosed(link.connection.id))
        }
    }

    // MARK: Messages

    func send(
        _ message: borrowing ArrivingMessage, towards router: RouterDescription, over route: Route
    ) {
        guard router.trunk.worker == handle.number else {
            let isTracked = route.distribution == .balanced && !message.isSettled
            return sendParcel(
                message, to: .trunk(router.trunk.ticket), worker: router.trunk.worker,
                isAnnotated: true,
                trunkLoad: isTracked
                    ? route.raisedLoad(of: router.trunk, number: router.trunkNumber) : nil,
                route)
        }
        guard let link = trunkLink(router.trunk.ticket, for: message, over: route) else {
            return awaitPath(message, over: route)
        }
        send(message, to: link, over: route)
    }

    func logTooLong(_ link: IncomingLink) {
        log.write(
            .router, .error,
            "[C\(link.connection.id.number)] A control message of the neighbour is longer than "
                + "\(link.mostGathered) octets and is dropped: it may have more addresses than can "
                + "be told")
    }

    /// A message of the routing protocol, on its way to a neighbour.
    func sendControl(_ ticket: Ticket, _ chunk: Chunk, priority: UInt8) {
        guard connections.contains(ticket), let link = connections[ticket].trunk?.controlOut else {
            return
        }
        var record = OutgoingDelivery(
            link: link, origin: .nobody, isSettled: true, priority: priority, format: 0,
            arrived: now)
        record.waiting = WaitingBytes(chunk)
        queue(deliveries.insert(record), on: link)
    }

    // MARK: Multicast (IR 6)

    /// Marks a message that entered here, so that no router takes a second copy of it.
    func stamp() -> UInt64 {
        lastStamp.advance()
        _ = settings.recentCopies.isFirst(lastStamp)
        return lastStamp.number
    }

    /// A second copy, or one that came by another way than its ingress router's tree, so that one on
    /// the tree comes too: a qdrouterd in a cycle passes its copies on to every neighbour not in
    /// their trace. Martlets send along the tree only, but while they do not agree on it yet, a
    /// router may have two neighbours that both take themselves for the one before it.
    func isDuplicate(_ message: borrowing ArrivingMessage) -> Bool {
        guard message.link.kind == .trunk else { return false }
        guard message.head.stamp == 0 else {
            return !settings.recentCopies.isFirst(CopyStamp(number: message.head.stamp))
        }
        guard let trunk = message.link.connection.trunk, !trunk.isMartlet,
            let origin = origin(of: message),
            let parent = origins?.parent(of: origin).flatMap({ routers[$0]?.name })
        else { return false }
        return message.head.traceEntries(in: message.bytes).last != parent
    }

    /// At an edge: the uplink, where there are consumers beyond, or may be.
    private func uplinks(
        for message: borrowing ArrivingMessage, _ route: Route
    ) -> [RouterDescription] {
        guard !message.link.isOfEdge, let uplink else { return [] }
        return !route.remotes.isEmpty || mayBeWanted(message, beyond: route) ? [uplink] : []
    }

    /// The routers whose trunks get a copy: one for each trunk.
    func trunks(for message: borrowing ArrivingMessage, _ route: Route) -> [RouterDescription] {
        guard !isEdge else { return uplinks(for: message, route) }
        guard !route.remotes.isEmpty else { return [] }
        let origin = origin(of: message)
        if message.link.kind == .trunk, message.head.ingress != nil, origin == nil { return [] }
        let passed = routersPassed(by: message)
        var chosen: [RouterDescription] = []
        for index in route.remotes {
            guard let router = routers[index] else { continue }
            if let origin, origins?.isValid(origin, of: index) != true { continue }
            guard !chosen.contains(where: { $0.trunk == router.trunk }) else { continue }
            if !leadsBack(router, to: passed) { chosen.append(router) }
        }
        return chosen
    }
}
