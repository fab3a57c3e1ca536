internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Web

/// Dialling, and dialling again.
extension Control {
    @discardableResult
    func addConnector(
        _ settings: ConnectorSettings, _ configured: ConfiguredEntity
    ) -> UInt64 {
        let token = nextToken()
        connectors[token] = Connector(
            settings, configured, tls: profiles(of: settings), haste: platform.chance.fraction(),
            now: now)
        log.write(
            .connectionManager, .info,
            "Configured Connector: \(settings.host):\(settings.port) proto=any, "
                + "role=\(settings.role.rawValue)"
                + (settings.sslProfile.map { ", sslProfile=\($0)" } ?? ""))
        dial(token)
        return token
    }

    /// Takes a connector away, with its connections (RS-350).
    func stopConnector(_ token: UInt64) {
        guard let connector = connectors.removeValue(forKey: token) else { return }
        traffic.forget(connector: token)
        dialler.forget(token: token)
        knocks[token] = nil
        if case .connecting(let socket, _) = connector.phase { end(socket) }
        for entry in connections.values where entry.connector == token {
            hide(entry.id)
            workers[entry.worker].mailbox.post(.close(entry.id, nil, awaitsAnswer: true))
        }
    }

    func end(_ socket: Descriptor) {
        poller.remove(socket)
        socket.close()
    }

    /// What a connector waited for may be due: timers of earlier tries come, too.
    func connectorTimerFired(_ token: UInt64) {
        guard phase == .running else { return }
        switch connectors[token]?.phase {
        case .waiting(let due) where due <= now: dial(token)
        case .connecting(let socket, let due) where due <= now:
            end(socket)
            knocks[token] = nil
            let seconds = connectors[token]?.settings.connectTimeoutSeconds ?? 0
            dialFailed(token, "Connection timed out (connectTimeoutSeconds: \(seconds))")
        default: break
        }
    }

    func dial(_ token: UInt64) {
        guard let attempt = connectors[token]?.begin(), let connector = connectors[token]
        else { return }
        let proxy = connector.settings.proxy
        dialler.dial(
            token: token, attempt: attempt, host: proxy?.host ?? connector.place.host,
            port: proxy?.port ?? connector.place.port)
    }

    func takeAnswers() {
        for answer in dialler.takeAnswers() {
            let isWanted = connectors[answer.token]?.awaits(answer.attempt) == true
            switch answer.result {
            case .success(let socket):
                guard isWanted else {
                    socket.close()
                    continue
                }
                if let due = connectors[answer.token]?.connecting(socket, at: now) {
                    timers.add(answer.token, due: due)
                }
                poller.add(socket, token: answer.token, for: .writing)
            case .failure(let error):
                guard isWanted else { continue }
                dialFailed(answer.token, error.reason, isUnknown: error.call == .resolve)
            }
        }
    }

    /// The kernel knows whether the peer has answered.
    func connectDone(_ token: UInt64) {
        guard let connector = connectors[token], case .connecting(let socket, _) = connector.phase
        else { return }
        if let knock = knocks[token] { return goOn(knock, socket, token) }
        poller.remove(socket)
        if let error = Socket.connectFailure(socket) {
            socket.close()
            return dialFailed(token, error.reason)
        }
        guard let proxy = connector.settings.proxy else { return connected(socket, token) }
        knocks[token] = .tunnel(
            to: connector.authority, user: proxy.user, password: proxy.password)
        poller.add(socket, token: token, for: .writing)
    }

    /// The way to the peer is there.
    func connected(_ socket: Descriptor, _ token: UInt64) {
        guard let connector = connectors[token] else { return socket.close() }
        let id = hand(.socket(socket), plan(for: connector), connector: token)
        connectors[token]?.connected(id)
    }

    /// Of a host that is not known the log says that with other words (MG-301).
    func dialFailed(_ token: UInt64, _ reason: String, isUnknown: Bool = false) {
        guard let place = connectors[token]?.place.text else { return }
        lastConnection += 1
        note(
            token,
            "[C\(lastConnection)] Connection to \(place) failed: "
                + "proton:io \(reason) - \(isUnknown ? "connect to " : "disconnected") \(place)")
        if let due = connectors[token]?.failed(at: now) { timers.add(token, due: due) }
    }

    private func note(_ token: UInt64, _ text: String) {
        connectors[token]?.message = text
        log.write(.server, .info, text)
    }

    private func plan(for connector: Connector) -> ConnectionPlan {
        let settings = connector.settings
        var extra: [(key: String, value: Value)] = []
        if let properties = settings.openProperties { extra = OpenValues.values(properties) }
        var plan = ConnectionPlan(
            role: ConnectionRole(rawValue: settings.role.rawValue) ?? .normal, isOutgoing: true,
            container: identity.id, hostname: connector.place.hostname ?? connector.place.host,
            maxFrameSize: settings.maxFrameSize,
            channelMax: settings.maxSessions - 1, maxSessionFrames: settings.maxSessionFrames,
            idleTimeout: .seconds(UInt64(settings.idleTimeoutSeconds)),
            linkCapacity: settings.linkCapacity,
            stripsIncoming: settings.role != .edge && settings.stripAnnotations.stripsIncoming,
            stripsOutgoing: settings.role != .edge && settings.stripAnnotations.stripsOutgoing,
            mechanisms: settings.saslMechanisms, security: security(of: connector),
            user: settings.saslUsername, password: settings.saslPassword,
            properties: openProperties(
                role: settings.role.rawValue, cost: settings.cost, extra),
            cost: settings.cost, isGoverned: isGoverned(settings),
            policyVhost: settings.policyVhost, host: connector.place.text, name: settings.name,
            messageComponents: settings.messageComponents)
        plan.isWebSocket = settings.webSocketPath != nil
        if plan.isWebSocket { plan.pingTime = .seconds(UInt64(settings.webSocketPingSeconds)) }
        plan.webSocket = settings.webSocketPath.map {
            WebSocketPlace(authority: connector.authority, path: $0)
        }
        return plan
    }

    func connectorOpened(_ token: UInt64, _ entry: ConnectionEntry, _ report: ConnectionReport) {
        connectors[token]?.opened(at: now)
        connectors[token]?.message =
            "[C\(report.id.number)] " + describe(entry, report, withProperties: false)
        if let list = OpenValues.failoverPlaces(report.properties) {
            connectors[token]?.learn(list)
        }
        renewIfOld(token)
    }

    func connectorClosed(_ token: UInt64, _ entry: ConnectionEntry, _ error: AMQPError?) {
        connectors[token]?.lostFormer(entry.id)
        guard let connector = connectors[token], case .connected(entry.id) = connector.phase
        else { return }
        let place = connector.place.text
        let reason = error.map { ": \($0.name) \($0.text ?? "")" } ?? ""
        note(token, "[C\(entry.id.number)] Connection to \(place) failed\(reason)")
        let isLost = entry.report != nil
        let due = isLost ? connectors[token]?.lost(at: now) : connectors[token]?.failed(at: now)
        if let due { timers.add(token, due: due) }
    }
}
