internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
package import EventLoop
internal import Forwarding
internal import Logging
internal import Routing
internal import Web
internal import Management
internal import Policy

/// Where peers connect.
struct Listener: Sendable {
    let settings: ListenerSettings
    let configured: ConfiguredEntity
    /// Nil for no TLS.
    var tls: ProfileChoice?
    /// One for each address of its host. None while they cannot be had: somebody else may have the
    /// port.
    var sockets: [Descriptor] = []
    /// Where it really is: the kernel may have chosen the port.
    var port: String
}

/// Listening and accepting.
extension Control {
    /// Begins to listen. If that cannot be, the reason is logged and given, and the listener is there
    /// all the same.
    func addListener(
        _ settings: ListenerSettings, _ configured: ConfiguredEntity
    ) -> (token: UInt64, failure: String?) {
        log.write(
            .connectionManager, .info,
            "Configured Listener: \(settings.host):\(settings.port) proto=any, "
                + "role=\(settings.role.rawValue)"
                + (settings.web == nil ? "" : ", http")
                + (settings.sslProfile.map { ", sslProfile=\($0)" } ?? ""))
        let token = nextToken()
        listeners[token] = Listener(
            settings: settings, configured: configured, tls: profiles(of: settings),
            port: settings.port)
        return (token, listen(token))
    }

    private func listen(_ token: UInt64) -> String? {
        guard let settings = listeners[token]?.settings else { return nil }
        let place = "\(settings.host):\(settings.port)"
        let sockets: [Descriptor]
        do throws(SystemError) {
            sockets = try Socket.listen(host: settings.host, port: settings.port)
        } catch {
            let failure =
                "Listener error on \(place): \(error.reason) - listen on \(place) (proton:io)"
            log.write(.server, .error, failure)
            return failure
        }
        let port = settings.port == "0" ? Socket.local(sockets[0]).port : settings.port
        listeners[token]?.sockets = sockets
        listeners[token]?.port = port
        for socket in sockets { poller.add(socket, token: token, for: .reading) }
        let purpose = settings.web == nil ? "" : " for HTTP"
        var text = "Listening\(purpose) on \(settings.host):\(port)"
        if settings.port == "0", let name = settings.name { text += " (\(name))" }
        log.write(.server, .notice, text)
        return nil
    }

    /// Tries those again that could not listen (MG-180).
    func retryListeners() {
        for (token, listener) in listeners where listener.sockets.isEmpty { _ = listen(token) }
    }

    func closeListener(_ token: UInt64) {
        guard let listener = listeners.removeValue(forKey: token) else { return }
        for socket in listener.sockets {
            poller.remove(socket)
            socket.close()
        }
        if listener.settings.web != nil { web?.drop(listener: token) }
    }

    /// Takes what waits, up to a bound so that others get their turn.
    func accept(on token: UInt64) {
        guard let listener = listeners[token] else { return }
        for socket in listener.sockets {
            if let error = accept(on: socket, token, listener) {
                return rest(token, listener, error)
            }
        }
    }

    private func accept(
        on listening: Descriptor, _ token: UInt64, _ listener: Listener
    ) -> SystemError? {
        for _ in 0..<64 {
            switch Socket.accept(listening) {
            case .none: return nil
            case .failed(let error): return error
            case .connection(let socket, let peer):
                if let web = listener.settings.web {
                    visited(socket, peer, token, listener, web)
                } else {
                    accepted(.socket(socket), peer, listener)
                }
            }
        }
        return nil
    }

    /// The system has no more descriptors to give, say: what waits stays with the kernel a while,
    /// since asking again at once would only burn the processor.
    private func rest(_ token: UInt64, _ listener: Listener, _ error: SystemError) {
        log.write(
            .server, .error,
            "Listener \(listener.settings.host):\(listener.port) cannot accept: \(error.reason). "
                + "Raise the limit of open files (ulimit -n) if it is too low")
        for socket in listener.sockets { poller.remove(socket) }
        timers.add(token, due: now + .seconds(1))
    }

    /// The listener has rested long enough.
    func resume(listener token: UInt64) {
        for socket in listeners[token]?.sockets ?? [] {
            poller.add(socket, token: token, for: .reading)
        }
    }

    func accepted(_ newcomer: Newcomer, _ peer: Socket.Endpoint, _ listener: Listener) {
        let settings = listener.settings
        policyCounts.processed += 1
        guard policyCounts.current < maxConnections else { return refuse(newcomer, peer) }
        guard newcomers.mayCome(from: peer.host) else { return putOff(newcomer, peer) }
        policyCounts.current += 1
        let place = "\(settings.host):\(listener.port)"
        var plan = ConnectionPlan(
            role: ConnectionRole(rawValue: settings.role.rawValue) ?? .normal, isOutgoing: false,
            container: identity.id, maxFrameSize: settings.maxFrameSize,
            channelMax: settings.maxSessions - 1, maxSessionFrames: settings.maxSessionFrames,
            idleTimeout: .seconds(UInt64(settings.idleTimeoutSeconds)),
            handshakeTimeout: .seconds(UInt64(settings.initialHandshakeTimeoutSeconds)),
            linkCapacity: settings.linkCapacity,
            stripsIncoming: settings.role != .edge && settings.stripAnnotations.stripsIncoming,
            stripsOutgoing: settings.role != .edge && settings.stripAnnotations.stripsOutgoing,
            mechanisms: settings.saslMechanisms,
            requiresAuthentication: settings.authenticatePeer, security: security(of: listener),
            properties: openProperties(
                role: settings.role.rawValue, cost: settings.cost,
                (settings.failoverUrls.map { [OpenValues.failoverProperty($0)] } ?? [])
                    + (settings.openProperties.map(OpenValues.values) ?? [])),
            cost: settings.cost, isMultiTenant: settings.isMultiTenant,
            isGoverned: isGoverned(settings.role) || settings.saslPlugin != nil,
            policyVhost: settings.policyVhost, host: peer.description, listener: place,
            name: settings.name,
            messageComponents: settings.messageComponents)
        plan.security.service = settings.saslPlugin.map(access(toService:))
        plan.isWebSocket = settings.web != nil
        if plan.isWebSocket { plan.pingTime = .seconds(UInt64(settings.webSocketPingSeconds)) }
        let id = hand(newcomer, plan, connector: nil)
        newcomers.come(id.number, from: peer.host)
        log.write(
            .server, .debug,
            "[C\(id.number)] Accepted connection to \(place) from \(peer)")
    }

    /// A peer has come to the listener of that name, by a way that the caller has laid. It sees the end
    /// at once if there is none.
    package func welcome(_ socket: Descriptor, to name: String, from peer: Socket.Endpoint) {
        guard let listener = listeners.values.first(where: { $0.settings.name == name }) else {
            return socket.close()
        }
        accepted(.socket(socket), peer, listener)
    }

    /// The router has all the connections that it may have (RS-300). This one has a number all the
    /// same (RS-11).
    private func refuse(_ newcomer: Newcomer, _ peer: Socket.Endpoint) {
        lastConnection += 1
        policyCounts.denied += 1
        newcomer.turnAway()
        auditDenied("connection denied", from: peer.description, "maxConnections")
        log.write(
            .policy, .info,
            "DENY Connection '\(peer)' based on global connection count. "
                + "nConnections= \(policyCounts.current)")
    }

    /// Too many have come that have not opened yet: let this one try again.
    private func putOff(_ newcomer: Newcomer, _ peer: Socket.Endpoint) {
        newcomers.deny()
        auditDenied(
            "connection denied", from: peer.description, "too many have not opened yet")
        lastConnection += 1
        newcomer.turnAway()
        log.write(
            .server, .info,
            "[C\(lastConnection)] Connection from \(peer) closed: \(newcomers.count) connections "
                + "have not opened yet (maxUnauthenticatedConnections, "
                + "maxUnauthenticatedConnectionsPerHost)")
    }

    private var maxConnections: UInt64 {
        UInt64(clamping: policy.attributes.number("maxConnections") ?? 65_535)
    }

    /// Gives a connection to a worker.
    @discardableResult
    func hand(_ newcomer: Newcomer, _ plan: ConnectionPlan, connector: UInt64?) -> ConnectionID {
        lastConnection += 1
        let id = ConnectionID(number: lastConnection)
        let worker = place(plan)
        let counters = ConnectionCounters()
        connections[id] = ConnectionEntry(
            id: id, plan: plan, worker: worker, counters: counters, connector: connector)
        workers[worker].mailbox.post(.adopt(newcomer, id, plan, counters))
        return id
    }

    /// The worker for a connection: trunks stay with the first, the others go where there is time.
    private func place(_ plan: ConnectionPlan) -> Int {
        guard plan.role != .interRouter else {
            placement.placed(on: 0)
            return 0
        }
        return placement.place(busyness: workers.map { $0.busyness(at: now) })
    }

    /// Our open properties (RS-11, IR 1.2), without the connection's number.
    func openProperties(
        role: String, cost: Int, _ extra: [(key: String, value: Value)]
    ) -> [(key: String, value: Value)] {
        var properties: [(key: String, value: Value)] = [
            ("product", .string(RouterVersion.product)), ("version", .string(RouterVersion.text)),
        ]
        if cost > 1 { properties.append(("qd.inter-router-cost", .int(Int32(clamping: cost)))) }
        if role == "inter-router" || role == "edge" {
            properties.append(("qd.annotations-version", .int(1)))
            properties.append((Worker.martletProperty, .string(RouterVersion.martlet)))
        }
        return properties + extra
    }
}
