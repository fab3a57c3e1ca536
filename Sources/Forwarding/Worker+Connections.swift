internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging
internal import Sessions
internal import TLS
internal import WebSocket

/// The life of a connection: its socket, its turn in the loop, its end.
extension Worker {
    func adopt(
        _ newcomer: Newcomer, _ id: ConnectionID, _ plan: ConnectionPlan,
        _ counters: ConnectionCounters
    ) {
        let connection = PeerConnection(id: id, newcomer: newcomer, plan: plan, counters: counters)
        let socket = connection.channel.socket
        connection.ticket = connections.insert(connection)
        handle.pools.connections.recordSize.set(UInt64(HeapObject.size(of: connection)))
        handle.connectionCount.value.raise()
        connection.prepare()
        connection.channels.mostLinks = settings.maxLinks
        if !plan.isOutgoing, !plan.role.isOfRouters {
            connection.attachRate = AttachRate(perSecond: settings.attachesPerSecond, at: now)
        }
        plan.limitUnsent(socket)
        if log.isOn(.protocol, .trace) { trace(connection, true) }
        poller.add(socket, token: connection.ticket.packed, for: .reading)
        connection.interest = .reading
        if connection.hasMore { readLater(connection) }
        if let fault = plan.security.fault {
            connection.failure = fault
            connection.hasSpoken = true  // so that it is said, whatever the peer does
            reportFailure(of: connection, fault)
            return cut(connection)
        }
        if plan.handshakeTimeout > 0 {
            let due = now + plan.handshakeTimeout
            connection.handshakeDue = due
            wake(connection, at: due)
        }
        if isEnding { beginClose(connection, PeerConnection.shuttingDown) }
        enqueue(connection)
    }

    /// The second half of a turn: what is owed, what is to be written.
    func giveOut(_ connection: PeerConnection) {
        if !connection.indebted.isEmpty { payCredit(connection) }
        if connection.channels.refusedLinks > 0 {
            handle.counters.linksOverLimit.raise(by: connection.channels.takeRefusedLinks())
        }
        connection.channels.flush()
        if connection.isEngineBusy { runEngine(connection) }
        write(connection)
        if !connection.crowded.isEmpty { relieve(connection) }
        if connection.isFinished, connection.channels.output.isEmpty { forget(connection) }
    }

    /// Takes what the engine has to write, behind what was said before, and what it has to tell.
    private func runEngine(_ connection: PeerConnection) {
        connection.isEngineBusy = false
        takeEngineOutput(connection)
        processEvents(connection)
        if connection.phase == .opening, connection.tickDue == .never,
            connection.plan.isOutgoing || connection.hasSpoken
        {
            tick(connection)
        }
        // The engine may wait for the rest of a frame that was cut off, or the socket for a reader;
        // and a peer whose header cannot be answered gets the end instead (RS-1).
        if connection.hasEnded && !connection.isFinished
            || connection.phase == .opening && connection.driver.isWriteClosed
        {
            connection.driver.close()
            processEvents(connection)
        }
        if connection.phase == .open { connection.putEngineAway() }
    }

    /// Lets the engine's bytes follow what stands in the connection's output.
    func takeEngineOutput(_ connection: PeerConnection) {
        if connection.trace != nil { traceOutput(connection) }
        while let bytes = connection.engine?.writeBuffer(), !bytes.isEmpty {
            connection.channels.output.append(bytes)
            connection.engine?.writeDone(bytes.count)
        }
        connection.tracedOutput = connection.channels.output.count
    }

    private func write(_ connection: PeerConnection) {
        if connection.trace != nil { traceOutput(connection) }
        var taken = 0
        while !connection.channels.output.isEmpty || connection.owesFrame {
            switch connection.send(connection.channels.output.bytes) {
            case .done(0): continue  // a WebSocket's own
            case .done(let count):
                connection.counters.traffic.sent.raise(by: UInt64(count))
                handle.counters.sent(count, connection.plan.role)
                connection.channels.output.removeFirst(count)
                connection.tracedOutput = max(0, connection.tracedOutput - count)
                connection.idle.said = now
                taken += count
            case .wouldBlock:
                connection.socketTook(taken, isAll: false)
                return watch(connection, forWriting: connection.awaitsRoom)
            case .ended, .failed: return channelFailed(connection)
            }
        }
        connection.socketTook(taken, isAll: true)
        watch(connection, forWriting: connection.channel.readsByWriting)
    }

    /// Ends both directions without a word to the peer.
    func cut(_ connection: PeerConnection) {
        connection.driver.close()
        connection.channels.output.clear()
        connection.isEngineBusy = true
        enqueue(connection)
    }

    /// Waits for room to write only where something is to be written, and for something to read only
    /// from a peer that reads in its turn.
    private func watch(_ connection: PeerConnection, forWriting: Bool) {
        var interest: Poller.Interest = forWriting ? .writing : []
        if connection.channels.output.count < PeerConnection.mostUnread, !connection.hasEnded,
            !connection.isFull
        {
            interest.insert(.reading)
        }
        guard connection.interest != interest else { return }
        connection.interest = interest
        poller.change(connection.channel.socket, token: connection.ticket.packed, for: interest)
        if interest.contains(.reading), connection.hasMore { readLater(connection) }
    }

    /// Goes on with the links that waited for room: to a router those with the most urgent messages
    /// first (RS-166), else in turn.
    private func relieve(_ connection: PeerConnection) {
        guard connection.phase == .open,
            connection.channels.output.count < connection.mostUnsent
        else { return }
        var crowded = connection.crowded.filter { outgoingLinks.contains($0) }
        connection.crowded.removeAll(keepingCapacity: true)
        if connection.plan.role.isOfRouters, crowded.count > 1 {
            let urgencies = crowded.map { urgency(of: outgoingLinks[$0]) }
            let order = crowded.indices.sorted {
                urgencies[$0] == urgencies[$1] ? $0 < $1 : urgencies[$0] > urgencies[$1]
            }
            crowded = order.map { crowded[$0] }
        }
        var served: [Ticket] = []
        for ticket in crowded {
            let link = outgoingLinks[ticket]
            link.isCrowded = false
            let before = connection.channels.output.count
            send(from: link)
            if link.isCrowded, connection.channels.output.count > before {
                connection.crowded.removeLast()
                served.append(ticket)
            }
        }
        // Who has had a share waits behind those who have not.
        connection.crowded += served
    }

    /// The priority of what a link would send next; the routing protocol's comes before all.
    private func urgency(of link: OutgoingLink) -> UInt8 {
        guard link.kind != .control else { return .max }
        guard let next = link.active ?? link.queue.first, deliveries.contains(next) else {
            return 0
        }
        return deliveries[next].priority
    }

    // MARK: Timers

    /// Both opens are known: the time that either side may be silent counts from now.
    func startIdleTime(_ connection: PeerConnection) {
        let peer = connection.driver.transport.remoteIdleTimeout
        connection.idle.start(
            own: connection.plan.idleTimeout, peer: Milliseconds(UInt64(max(0, peer))),
            ping: connection.plan.pingTime, at: now)
        if let due = connection.idle.next { wake(connection, at: due) }
    }

    /// Lets the engine see to a peer that falls silent before its open (RS-15).
    func tick(_ connection: PeerConnection) {
        let milliseconds = Int64(now.nanoseconds / 1_000_000)
        let next = connection.driver.transport.tick(milliseconds: milliseconds)
        connection.tickDue = .never
        takeEngineOutput(connection)
        processEvents(connection)
        guard next > 0 else { return }
        connection.tickDue = Instant(milliseconds: UInt64(max(next, milliseconds + 1)))
        wake(connection, at: connection.tickDue)
    }

    private func checkIdleTime(_ connection: PeerConnection) {
        guard connection.phase == .open else { return }
        switch connection.idle.duty(at: now) {
        case .none: break
        case .heartbeat:
            connection.idle.said = now
            connection.channels.output.shrink()
            if connection.channels.output.isEmpty { connection.channels.writeHeartbeat() }
        case .ping:
            connection.idle.said = now
            connection.channels.output.shrink()
            connection.webSocket?.ping()
        case .giveUp:
            let error = PeerConnection.silent
            reportFailure(of: connection, error)
            connection.failure = error
            beginClose(connection, error)
            return cutAfterWriting(connection)
        }
        if let due = connection.idle.next { wake(connection, at: due) }
    }

    /// The peer is not expected to answer: what can be written at once is, and then it is cut off.
    private func cutAfterWriting(_ connection: PeerConnection) {
        takeEngineOutput(connection)
        if !connection.channels.output.isEmpty {
            _ = connection.send(connection.channels.output.bytes)
        }
        cut(connection)
    }

    func timerFired(_ connection: PeerConnection) {
        if let due = connection.handshakeDue, due <= now {
            connection.handshakeDue = nil
            if connection.phase == .opening {
                handle.counters.timedOutHandshakes.raise()
                reportTimeout(of: connection)
                cut(connection)
            }
        }
        if connection.phase == .opening, connection.tickDue <= now { tick(connection) }
        if let due = connection.closeDue, due <= now { cut(connection) }
        if let due = connection.restDue, due <= now {
            connection.restDue = nil
            goOn(connection)
        }
        checkIdleTime(connection)
        if connection.receiversDue <= now { checkReceivers(of: connection) }
        if let trunk = connection.trunk, trunk.tidyDue <= now { tidy(trunk, connection) }
        enqueue(connection)
    }

    /// One line for each failure: a peer that broke a rule before its open may stay until now.
    private func reportTimeout(of connection: PeerConnection) {
        guard connection.failure == nil else { return }
        let error = PeerConnection.handshakeTimedOut
        connection.failure = error
        log.write(
            .server, .info,
            "[C\(connection.id.number)] Connection from \(connection.plan.host) failed: "
                + "\(error.name) \(error.text ?? "")")
    }

    private func checkReceivers(of connection: PeerConnection) {
        connection.receiversDue = .never
        for ticket in connection.outgoing where outgoingLinks.contains(ticket) {
            let link = outgoingLinks[ticket]
            checkStarvation(link)
            checkLag(link)
            if let due = [link.starvationDue, link.lag?.due].compactMap({ $0 }).min() {
                wakeForReceiver(link, at: due)
            }
        }
    }

    // MARK: The end

    func beginClose(
        _ connection: PeerConnection, _ error: AMQPError?, awaitsAnswer: Bool = true
    ) {
        guard connection.phase != .closing else { return }
        connection.phase = .closing
        connection.isEngineBusy = true
        let engine = connection.driver.connection
        if engine.isLocalActive || engine.isRemoteActive {
            connection.channels.flush()
            connection.channels.close()
            if let error { engine.condition.set(error) }
            engine.close()
            takeEngineOutput(connection)
            // A peer that never answers is not waited for beyond that.
            let due = now + (awaitsAnswer ? .seconds(2) : Milliseconds(1))
            connection.handshakeDue = nil
            connection.closeDue = due
            wake(connection, at: due)
        } else {
            connection.driver.close()
        }
        enqueue(connection)
    }

    func shutDown() {
        isEnding = true
        for ticket in connections.tickets {
            let connection = connections[ticket]
            log.write(
                .server, .info, "[C\(connection.id.number)] Closing connection on shutdown")
            beginClose(connection, PeerConnection.shuttingDown)
        }
    }

    func forget(_ connection: PeerConnection) {
        guard connections.contains(connection.ticket) else { return }
        let had = use(of: connection)
        for session in connection.channels.sessions { giveUpDeliveries(of: session) }
        connection.channels.release()
        endLogin(connection)
        poller.remove(connection.channel.socket)
        connection.webSocket?.sayGoodbye(isEnding ? .goingAway : .normal)
        connection.channel.close()
        connections.remove(connection.ticket)
        handle.connectionCount.value.lower()
        leaving.append(LeavingConnection(connection: connection, had: had))
        letLinksGo()
    }

    private func use(of connection: PeerConnection) -> ConnectionUse {
        ConnectionUse(
            sessions: UInt32(clamping: connection.channels.sessions.count),
            senders: UInt32(clamping: connection.incoming.count { incomingLinks.contains($0) }),
            receivers: UInt32(clamping: connection.outgoing.count { outgoingLinks.contains($0) }))
    }

    /// Links that are lost in one turn: a connection with very many holds nobody else up.
    private static let fewLinks = 256

    /// Goes on with the links of connections that are gone.
    func letLinksGo() {
        var left = Self.fewLinks
        while let first = leaving.first {
            let connection = first.connection
            while left > 0, let ticket = connection.incoming.popLast() {
                left -= 1
                if incomingLinks.contains(ticket) { lose(incomingLinks[ticket], isDetached: false) }
            }
            while left > 0, let ticket = connection.outgoing.popLast() {
                left -= 1
                if outgoingLinks.contains(ticket) { lose(outgoingLinks[ticket], isDetached: false) }
            }
            guard left > 0 else { return }
            leaving.removeFirst()
            dropUnansweredDetaches(of: connection)
            let error = connection.failure ?? connection.engine?.transport.condition.error
            post(.connectionClosed(connection.id, error, had: first.had))
        }
    }
}

/// A connection that is gone, and whose links are being let go.
struct LeavingConnection {
    let connection: PeerConnection
    let had: ConnectionUse
}

extension PeerConnection {
    static let shuttingDown = AMQPError(
        name: "amqp:connection:forced", text: "The router is shutting down")
    static let handshakeTimedOut = AMQPError(
        name: "amqp:not-allowed", text: "Timeout waiting for initial handshake")
    static let malformedFrame = AMQPError(
        name: "amqp:connection:framing-error", text: "malformed frame")
    static let silent = AMQPError(
        name: "amqp:resource-limit-exceeded", text: "local-idle-timeout expired")
}
