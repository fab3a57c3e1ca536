internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging

/// What the engine reports of a connection, in order.
extension Worker {
    func processEvents(_ connection: PeerConnection) {
        while let event = connection.driver.nextEvent() {
            switch event.kind {
            case .delivery:
                if let delivery = event.delivery { deliveryChanged(delivery) }
            case .linkFlow:
                if let link = event.link { flowChanged(link, connection) }
            case .linkRemoteOpen:
                if let link = event.link { remoteAttached(link, connection) }
            case .linkRemoteDetach, .linkRemoteClose:
                if let link = event.link {
                    remoteDetached(link, isClosed: event.kind == .linkRemoteClose, connection)
                }
            case .sessionRemoteOpen:
                if let session = event.session { remoteBegan(session, connection) }
            case .sessionRemoteClose:
                if let session = event.session { remoteEnded(session, connection) }
            case .connectionRemoteOpen: remoteOpened(connection)
            case .connectionRemoteClose: remoteClosed(connection)
            case .transportError: transportFailed(connection)
            case .transportInputClosed: inputClosed(connection)
            case .transportClosed, .linkFinal, .other: break
            }
        }
    }

    @inline(__always)
    private func deliveryChanged(_ delivery: Delivery) {
        let link = delivery.link
        if link.isSender {
            guard let owner = link.owner(as: OutgoingLink.self) else { return }
            owner._withUnsafeGuaranteedRef { consumerChanged(delivery, on: $0) }
        } else {
            guard let owner = link.owner(as: IncomingLink.self) else { return }
            owner._withUnsafeGuaranteedRef { incoming in
                if delivery.context != 0, delivery.isUpdated { senderChanged(delivery) }
                receive(on: incoming)
            }
        }
    }

    private func flowChanged(_ link: Link, _ connection: PeerConnection) {
        if link.isSender {
            guard let owner = link.owner(as: OutgoingLink.self)?.takeUnretainedValue() else {
                return
            }
            creditChanged(owner)
        } else if let owner = link.owner(as: IncomingLink.self)?.takeUnretainedValue() {
            creditGivenBack(owner)
        }
    }

    // MARK: Connection

    private func remoteOpened(_ connection: PeerConnection) {
        guard connection.phase == .opening else { return }
        connection.phase = .open
        // Only now is known how often the peer wants to hear of us.
        connection.tickDue = nil
        let engine = connection.driver.connection
        if !connection.plan.isOutgoing { connection.open() }
        if connection.plan.isMultiTenant, let host = engine.remoteHostname, !host.isEmpty {
            connection.tenant = host + "/"
        }
        let transport = connection.driver.transport
        let offered = engine.remoteOfferedCapabilities
        post(
            .connectionOpened(
                ConnectionReport(
                    id: connection.id,
                    place: WorkerTicket(worker: handle.number, ticket: connection.ticket),
                    container: engine.remoteContainer, hostname: engine.remoteHostname,
                    properties: engine.remoteProperties,
                    offersStreamingLinks: offered?.hasSymbol("qd.streaming-links") ?? false,
                    mechanism: transport.mechanism, user: transport.user,
                    isAuthenticated: transport.isAuthenticated,
                    isEncrypted: transport.isEncrypted)))
        if connection.plan.role == .interRouter { openTrunk(connection) }
    }

    private func remoteClosed(_ connection: PeerConnection) {
        connection.phase = .closing
        connection.driver.connection.close()
        if let error = connection.driver.connection.remoteCondition.error {
            log.write(
                .server, .info,
                "[C\(connection.id.number)] Connection from \(connection.plan.host) closed by peer: "
                    + "\(error.name) \(error.text ?? "")")
        }
    }

    private func transportFailed(_ connection: PeerConnection) {
        guard let error = connection.driver.transport.condition.error else { return }
        reportFailure(of: connection, error)
    }

    /// The engine stops reading, without a word, at a frame whose performative it cannot decode.
    /// Such a peer gets the close that every other malformed frame gets (RS-4).
    private func inputClosed(_ connection: PeerConnection) {
        let condition = connection.driver.transport.condition
        guard !connection.hasEnded, connection.phase != .closing, !condition.isSet,
            !connection.driver.isWriteClosed
        else { return }
        let error = PeerConnection.malformedFrame
        condition.set(error)
        // Before the peer's open the engine sends no close of ours, only one of its own.
        guard connection.phase == .open else { return connection.driver.transport.failInput() }
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

    private func remoteBegan(_ session: Session, _ connection: PeerConnection) {
        session.setIncomingCapacity(connection.incomingCapacity.narrow)
        if session.isLocalUninitialised { session.open() }
    }

    private func remoteEnded(_ session: Session, _ connection: PeerConnection) {
        for ticket in connection.incoming where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            if link.link.session == session { lose(link, isDetached: false) }
        }
        for ticket in connection.outgoing where outgoingLinks.contains(ticket) {
            let link = outgoingLinks[ticket]
            if link.session == session { lose(link, isDetached: false) }
        }
        dropUnansweredDetaches(of: connection, session)
        if connection.trunk?.streamSession == session { connection.trunk?.streamSession = nil }
        session.close()
        connection.endedSessions.append(session)
    }
}
