internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import Sessions
internal import TLS

/// What the engine reports of a connection, and what the peer's frames mean for its sessions.
extension Worker {
    func processEvents(_ connection: PeerConnection) {
        while let event = connection.engine?.nextEvent() {
            switch event.kind {
            case .connectionRemoteOpen: remoteOpened(connection)
            case .connectionRemoteClose: remoteClosed(connection)
            case .transportError: transportFailed(connection)
            case .transportInputClosed: inputClosed(connection)
            case .delivery, .linkFlow, .linkRemoteOpen, .linkRemoteDetach, .linkRemoteClose,
                .sessionRemoteOpen, .sessionRemoteClose, .transportClosed, .linkFinal, .other:
                break
            }
        }
    }

    /// `frame` is where the event's ranges are.
    @inline(__always)
    func sessionEvent(
        _ event: SessionEvent, _ frame: UnsafeRawBufferPointer, _ connection: PeerConnection
    ) {
        switch event {
        case .transfer(let link, let transfer):
            link._withUnsafeGuaranteedRef { link in
                link.withIncoming { receive(transfer, frame, on: $0) }
            }
        case .disposition(let session, let disposition):
            disposed(disposition, on: session)
        case .flow(let link): flowChanged(link)
        case .nothing: break
        case .widened: break
        case .attached(let link):
            countAttach(connection)
            remoteAttached(link, connection)
        case .detached(let link, let isClosed, let error):
            countAttach(connection)
            remoteDetached(link, isClosed: isClosed, error, connection)
            endIfUnused(link.session, connection)
        case .began(let session): connection.begin(session, settings.budget)
        case .ended(let session):
            lose(session, connection)
            session.end()
        case .violation(let violation): violated(violation, connection)
        }
        enqueue(connection)
    }

    /// Who attaches and detaches too often is heard later: control has others to serve.
    private func countAttach(_ connection: PeerConnection) {
        guard let rest = connection.attachRate?.take(at: now) else { return }
        handle.counters.delayedAttaches.raise()
        let due = now + rest
        connection.restDue = due
        wake(connection, at: due)
    }

    private func flowChanged(_ link: Link) {
        if let outgoing = link.outgoing { creditChanged(outgoing) }
        if let incoming = link.incoming { creditGivenBack(incoming) }
    }

    private func disposed(_ disposition: Disposition, on session: Session) {
        if disposition.isOfReceiver {
            session.forEach(in: disposition) { delivery, context in
                consumerChanged(delivery, context, disposition)
            }
        } else {
            session.forEach(in: disposition) { _, context in senderChanged(context, disposition) }
        }
    }

    /// Ends what the peer's fault ends, and says why.
    private func violated(_ violation: Violation, _ connection: PeerConnection) {
        switch violation {
        case .connection(let error): fail(connection, error)
        case .session(let session, let error):
            report(connection, "session ended: \(error.name) \(error.text ?? "")")
            lose(session, connection)
            session.end(error)
        }
    }

    private func report(_ connection: PeerConnection, _ text: String) {
        log.write(
            .server, .info,
            "[C\(connection.id.number)] Connection with \(connection.plan.host): \(text)")
    }

    // MARK: Connection

    private func remoteOpened(_ connection: PeerConnection) {
        guard connection.phase == .opening, !connection.awaitsAdmission else { return }
        guard !connection.plan.isGoverned else { return askToOpen(connection) }
        let host = connection.driver.connection.remoteHostname ?? ""
        if connection.plan.isMultiTenant, !host.isEmpty { connection.tenant = host + "/" }
        finishOpening(connection)
    }

    func finishOpening(_ connection: PeerConnection) {
        connection.phase = .open
        connection.isOpened = true
        connection.isEngineBusy = true
        connection.tickDue = .never
        if !connection.plan.isOutgoing { connection.open() }
        takeEngineOutput(connection)
        let transport = connection.driver.transport
        connection.channels.opened(
            remoteFrameMax: transport.remoteMaxFrame == 0 ? .max : transport.remoteMaxFrame,
            remoteChannelMax: transport.remoteChannelMax)
        startIdleTime(connection)
        let report = report(of: connection)
        connection.offersStreamingLinks = report.offersStreamingLinks
        post(.connectionOpened(report))
        if connection.plan.role == .interRouter { openTrunk(connection) }
    }

    func report(of connection: PeerConnection) -> ConnectionReport {
        let engine = connection.driver.connection
        let transport = connection.driver.transport
        let offered = engine.remoteOfferedCapabilities
        return ConnectionReport(
            id: connection.id,
            place: WorkerTicket(worker: handle.number, ticket: connection.ticket),
            container: engine.remoteContainer, hostname: engine.remoteHostname,
            properties: engine.remoteProperties,
            offersStreamingLinks: offered?.hasSymbol("qd.streaming-links") ?? false,
            mechanism: transport.mechanism, user: user(of: connection),
            isAuthenticated: transport.isAuthenticated, permissions: connection.permissions,
            tls: connection.channel.facts)
    }

    /// The name that a peer has proved, or that we have (RS-530, MG-165).
    private func user(of connection: PeerConnection) -> String? {
        let mechanism = connection.driver.transport.mechanism
        guard connection.plan.isOutgoing else {
            let isNameless = mechanism == nil && connection.channel.facts != nil
            return isNameless ? nil : connection.driver.transport.user
        }
        switch mechanism {
        case nil, "ANONYMOUS", "EXTERNAL": return nil
        default: return connection.plan.user
        }
    }

    private func remoteClosed(_ connection: PeerConnection) {
        connection.phase = .closing
        connection.channels.flush()
        connection.channels.close()
        connection.driver.connection.close()
        if let error = connection.driver.connection.remoteCondition.error {
            log.write(
                .server, .info,
                "[C\(connection.id.number)] Connection from \(connection.plan.host) closed by peer: "
                    + "\(error.name) \(error.text ?? "")")
        }
    }

    private func transportFailed(_ connection: PeerConnection) {
        guard connection.failure == nil,
            var error = connection.driver.transport.condition.error
        else { return }
        if error.name == "amqp:unauthorized-access" {  // (RS-541)
            let mechanism = connection.driver.transport.mechanism ?? "none"
            error = AMQPError(
                name: error.name, text: "Authentication failed [mech=\(mechanism)]")
        }
        connection.failure = error
        reportFailure(of: connection, error)
    }

    /// The engine stops reading, without a word, at a frame whose performative it cannot decode.
    /// Such a peer gets the close that every other malformed frame gets (RS-4).
    private func inputClosed(_ connection: PeerConnection) {
        guard !connection.hasEnded, connection.phase != .closing,
            !connection.driver.transport.condition.isSet, !connection.driver.isWriteClosed
        else { return }
        fail(connection, PeerConnection.malformedFrame)
    }

    /// The peer broke a rule of the connection's: it gets a close that says which.
    func fail(_ connection: PeerConnection, _ error: AMQPError) {
        guard connection.phase != .closing else { return }
        connection.isEngineBusy = true
        enqueue(connection)
        connection.isDeaf = true
        // Before the peer's open the engine sends no close of ours, only one of its own.
        guard connection.phase == .open else {
            let condition = connection.driver.transport.condition
            if !condition.isSet { condition.set(error) }
            return connection.driver.transport.failInput()
        }
        connection.failure = error
        reportFailure(of: connection, error)
        beginClose(connection, error)
    }

    func reportFailure(of connection: PeerConnection, _ error: AMQPError) {
        let plan = connection.plan
        let place =
            plan.isOutgoing ? "to \(plan.host)" : "from \(plan.host) (to \(plan.listener ?? ""))"
        let text =
            "[C\(connection.id.number)] Connection \(place) failed: \(error.name) \(error.text ?? "")"
        // A connection that said nothing is a probe: it is counted, and no line is written.
        if !plan.isOutgoing, !connection.hasSpoken {
            handle.counters.silentConnections.raise()
            log.write(.server, .debug, text)
        } else if !plan.isOutgoing {
            log.write(.server, .info, text)
        } else {
            log.write(.server, .debug, text)
        }
    }

    // MARK: Session

    private func lose(_ link: Link, isDetached: Bool) {
        if let incoming = link.incoming { lose(incoming, isDetached: isDetached) }
        if let outgoing = link.outgoing { lose(outgoing, isDetached: isDetached) }
    }

    /// The last link of a session of ours is detached.
    func endIfUnused(_ session: Session, _ connection: PeerConnection) {
        guard connection.ownSessions.forget(ifUnused: session) else { return }
        lose(session, connection)
        session.end()
    }

    /// A session has ended, and with it every link of it.
    private func lose(_ session: Session, _ connection: PeerConnection) {
        giveUpDeliveries(of: session)
        for link in session.links { lose(link, isDetached: false) }
        dropUnansweredDetaches(of: connection, session)
    }
}

extension Link {
    /// The object that serves the link, if we receive on it.
    var incoming: IncomingLink? {
        isSender ? nil : server(as: IncomingLink.self)?.takeUnretainedValue()
    }

    /// The object that serves the link, if we send on it.
    var outgoing: OutgoingLink? {
        isSender ? server(as: OutgoingLink.self)?.takeUnretainedValue() : nil
    }

    /// The same for what happens with each message: nothing is retained for it. It holds because a
    /// worker's slot table keeps the object until `body` has ended: what forgets a link keeps hold of
    /// it itself until it is done.
    @inline(__always)
    func withIncoming(_ body: (IncomingLink) -> Void) {
        guard !isSender else { return }
        server(as: IncomingLink.self)?._withUnsafeGuaranteedRef(body)
    }
}
