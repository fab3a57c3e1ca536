internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging

/// A socket that peers connect to.
struct Listener {
    let socket: Descriptor
    let settings: ListenerSettings
    /// Where it really is: the kernel may have chosen the port.
    let port: String
}

/// Listening and accepting.
extension Control {
    /// Begins to listen.
    func listen(_ settings: ListenerSettings) throws(SystemError) {
        let socket = try Socket.listen(host: settings.host, port: settings.port)
        let token = nextToken()
        let port = settings.port == "0" ? Socket.local(socket).port : settings.port
        listeners[token] = Listener(socket: socket, settings: settings, port: port)
        poller.add(socket, token: token, for: .reading)
        var text = "Listening on \(settings.host):\(port)"
        if settings.port == "0", let name = settings.name { text += " (\(name))" }
        log.write(.server, .notice, text)
    }

    func closeListener(_ token: UInt64) {
        guard let listener = listeners.removeValue(forKey: token) else { return }
        poller.remove(listener.socket)
        listener.socket.close()
    }

    /// Takes what waits, up to a bound so that others get their turn.
    func accept(on token: UInt64) {
        guard let listener = listeners[token] else { return }
        for _ in 0..<64 {
            switch Socket.accept(listener.socket) {
            case .none: return
            case .failed(let error): return rest(token, listener, error)
            case .connection(let socket, let peer):
                accepted(socket, peer, listener)
            }
        }
    }

    /// The system has no more descriptors to give, say: what waits stays with the kernel a while,
    /// since asking again at once would only burn the processor.
    private func rest(_ token: UInt64, _ listener: Listener, _ error: SystemError) {
        log.write(
            .server, .error,
            "Listener \(listener.settings.host):\(listener.port) cannot accept: \(error.reason). "
                + "Raise the limit of open files (ulimit -n) if it is too low")
        poller.remove(listener.socket)
        timers.add(token, due: now + .seconds(1))
    }

    /// The listener has rested long enough.
    func resume(listener token: UInt64) {
        guard let listener = listeners[token] else { return }
        poller.add(listener.socket, token: token, for: .reading)
    }

    private func accepted(_ socket: Descriptor, _ peer: Socket.Endpoint, _ listener: Listener) {
        let settings = listener.settings
        let place = "\(settings.host):\(listener.port)"
        let plan = ConnectionPlan(
            role: ConnectionRole(rawValue: settings.role.rawValue) ?? .normal, isOutgoing: false,
            container: identity.id, maxFrameSize: settings.maxFrameSize,
            channelMax: settings.maxSessions - 1, maxSessionFrames: settings.maxSessionFrames,
            idleTimeout: .seconds(UInt64(settings.idleTimeoutSeconds)),
            handshakeTimeout: .seconds(UInt64(settings.initialHandshakeTimeoutSeconds)),
            linkCapacity: settings.linkCapacity,
            stripsIncoming: settings.stripAnnotations.stripsIncoming,
            stripsOutgoing: settings.stripAnnotations.stripsOutgoing,
            mechanisms: settings.saslMechanisms ?? "ANONYMOUS",
            properties: openProperties(
                role: settings.role.rawValue, cost: settings.cost,
                (settings.failoverUrls.map { [OpenValues.failoverProperty($0)] } ?? [])
                    + (settings.openProperties.map(OpenValues.values) ?? [])),
            cost: settings.cost, isMultiTenant: settings.isMultiTenant, host: peer.description,
            listener: place, name: settings.name)
        let id = hand(socket, plan, connector: nil)
        log.write(
            .server, .debug,
            "[C\(id.number)] Accepted connection to \(place) from \(peer)")
    }

    /// Gives a socket to a worker.
    @discardableResult
    func hand(_ socket: Descriptor, _ plan: ConnectionPlan, connector: UInt64?) -> ConnectionID {
        lastConnection += 1
        let id = ConnectionID(number: lastConnection)
        let worker = leastLoaded(for: plan)
        let counters = ConnectionCounters()
        connections[id] = ConnectionEntry(
            id: id, plan: plan, worker: worker, counters: counters, connector: connector)
        workers[worker].mailbox.post(.adopt(socket, id, plan, counters))
        return id
    }

    /// Connections are packed on the first worker until it is busy: a hand-off between threads
    /// costs more than all else at low load. Trunks stay with the first.
    private func leastLoaded(for plan: ConnectionPlan) -> Int {
        guard workers.count > 1, plan.role != .interRouter else { return 0 }
        var assigned = Array(repeating: 0, count: workers.count)
        for entry in connections.values { assigned[entry.worker] += 1 }
        let fewest = assigned.min() ?? 0
        for worker in workers
        where worker.busyness.value.count < Self.busy
            && assigned[worker.number] < fewest + Self.packing
        {
            return worker.number
        }
        return assigned.firstIndex(of: fewest) ?? 0
    }

    /// Thousandths of a second's work that make a worker busy.
    private static let busy: UInt64 = 600
    /// Connections that one worker may have more than the one with the fewest.
    private static let packing = 64

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
            properties.append(("martlet.version", .string(RouterVersion.martlet)))
        }
        return properties + extra
    }
}
