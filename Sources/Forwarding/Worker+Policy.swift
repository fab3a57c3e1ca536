internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import Sessions

/// What policies ask of a worker: an open that waits for control's word, and what holds for each
/// message (RS-305, RS-307, RS-315 to RS-317).
extension Worker {
    // MARK: Opening

    /// Nothing more of the peer's is taken in until control has answered.
    func askToOpen(_ connection: PeerConnection) {
        connection.awaitsAdmission = true
        post(.connectionWantsToOpen(report(of: connection)))
    }

    func admitted(_ ticket: Ticket, _ grant: ConnectionGrant) {
        guard let connection = admit(ticket) else { return }
        connection.take(grant)
        finishOpening(connection)
        goOn(connection)
    }

    /// The peer gets our open, and then the reason.
    func turnedAway(_ ticket: Ticket, _ error: AMQPError) {
        guard let connection = admit(ticket) else { return }
        if !connection.plan.isOutgoing { connection.open() }
        connection.isDeaf = true
        connection.failure = error
        connection.fragment.clear()
        beginClose(connection, error)
    }

    /// The connection that waits for control's word; nil if it has gone, or ends.
    private func admit(_ ticket: Ticket) -> PeerConnection? {
        guard connections.contains(ticket) else { return nil }
        let connection = connections[ticket]
        guard connection.awaitsAdmission, connection.phase == .opening else { return nil }
        connection.awaitsAdmission = false
        connection.isEngineBusy = true
        enqueue(connection)
        return connection
    }

    // MARK: Messages

    /// Why a message goes no further; nil if it may.
    func violation(_ message: borrowing ArrivingMessage, of rules: MessageRules) -> AMQPError? {
        let link = message.link
        guard rules.allows(message.head, of: message.bytes) else {
            note(link, .debug, "Message rejected due to user_id proxy violation")
            return Self.otherUser
        }
        guard link.kind == .anonymous, let text = message.head.to ?? message.head.propertiesTo
        else {
            return link.isRestricted && !Self.isReading(message) ? Self.noManagement : nil
        }
        let target = UnsafeRawBufferPointer(rebasing: message.bytes[text])
        let verdict = rules.verdict(on: target, at: settings.router)
        guard !verdict.isAllowed else {
            return verdict.isRestricted && !Self.isReading(message) ? Self.noManagement : nil
        }
        log.write(
            .policy, .info,
            "[C\(link.connection.id.number)] DENY AMQP message to "
                + "'\(String(decoding: target, as: UTF8.self))' for \(link.connection.visitorWords) "
                + "based on target address")
        return Self.badTarget
    }

    private func note(_ link: IncomingLink, _ level: LogLevel, _ text: String) {
        log.write(
            .policy, level, "[C\(link.connection.id.number)][L\(link.id.number)] \(text)")
    }

    /// A request that changes nothing, whole.
    private static func isReading(_ message: borrowing ArrivingMessage) -> Bool {
        guard message.isWhole, let request = try? Message(decoding: message.bytes),
            let operation = request.applicationProperties?["operation"]?.text?.uppercased()
        else { return false }
        return operation == "READ" || operation == "QUERY" || operation.hasPrefix("GET-")
    }

    private static let noManagement = AMQPError(
        name: "amqp:unauthorized-access", text: "management disallowed by local policy")
    private static let otherUser = AMQPError(
        name: "amqp:unauthorized-access", text: "user_id proxy violation")
    private static let badTarget = AMQPError(
        name: "amqp:unauthorized-access", text: "policy violation on target")

    /// Counts a part of a message against what the message may have (RS-317, RS-502). False if it has
    /// more: what came before is aborted, and when the rest has come the peer hears of it.
    func fits(_ part: Part, _ count: Int, on link: IncomingLink) -> Bool {
        if part.isFirst {
            link.messageSize = 0
            link.isOversize = false
        }
        link.messageSize += UInt64(count)
        if !link.isOversize {
            guard link.messageSize > link.maxMessageSize, !part.isAborted else { return true }
            link.isOversize = true
            if !part.isFirst { abort(part.arrival, on: link) }
        }
        if part.isAborted {
            link.isOversize = false
        } else if part.isLast {
            refuseOversize(part.arrival, on: link)
        }
        return false
    }

    private func abort(_ arrival: Arrival, on link: IncomingLink) {
        let end = Part(arrival: arrival, isFirst: false, isLast: true, isAborted: true)
        takeInTurn(end, UnsafeRawBufferPointer(start: nil, count: 0), on: link)
    }

    /// Only the first one of a connection is answered: outcome, detach, close (RS-503).
    private func refuseOversize(_ arrival: Arrival, on link: IncomingLink) {
        let connection = link.connection
        note(link, .warning, "DENY AMQP Transfer maxMessageSize exceeded")
        link.counters.rejected.raise()
        if !arrival.isSenderSettled {
            link.link.dispose(arrival.delivery, .rejected(Self.tooLarge), isSettled: true)
        }
        lose(link, isDetached: true)
        link.link.detach(isClosed: true)
        post(.messageTooLarge(connection.id))
        connection.isDeaf = true
        connection.failure = Self.forcedBySize
        beginClose(connection, Self.forcedBySize)
    }

    private static let tooLarge = AMQPError(
        name: "amqp:link:message-size-exceeded", text: "Message size exceeded")
    private static let forcedBySize = AMQPError(
        name: "amqp:connection:forced", text: "Message size exceeded")
}

extension PeerConnection {
    /// Before our open: what a policy has in place of the listener's.
    func take(_ grant: ConnectionGrant) {
        if let size = grant.maxFrameSize {
            plan.maxFrameSize = max(512, size)
            driver.transport.setMaxFrame(plan.maxFrameSize)
        }
        if let sessions = grant.maxSessions {
            plan.channelMax = min(max(1, sessions), 65_536) - 1
            driver.transport.setChannelMax(plan.channelMax)
            channels.limit(channelMax: plan.channelMax)
        }
        if let window = grant.sessionWindow {
            plan.maxSessionFrames = max(1, window / plan.maxFrameSize)
        }
        if !grant.tenant.isEmpty { tenant = grant.tenant + "/" }
        rules = grant.messages.map(MessageRules.init)
    }

    /// How the log names who is there (MG-219).
    var visitorWords: String {
        if let openedAs { return openedAs }
        let user = driver.transport.user ?? ""
        return
            "user '\(user)', rhost '\(peerHost)', vhost '\(driver.connection.remoteHostname ?? "")'"
    }
}
