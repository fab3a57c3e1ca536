internal import AMQP
internal import Basis
internal import EventLoop
internal import Logging

/// The life of a connection: its socket, its turn in the loop, its end.
extension Worker {
    func adopt(
        _ socket: Descriptor, _ id: ConnectionID, _ plan: ConnectionPlan,
        _ counters: ConnectionCounters
    ) {
        let connection = PeerConnection(id: id, socket: socket, plan: plan, counters: counters)
        connection.ticket = connections.insert(connection)
        handle.pools.connections.recordSize.set(UInt64(HeapObject.size(of: connection)))
        handle.connectionCount.value.raise()
        connection.prepare()
        if plan.role == .interRouter { Socket.limitUnsent(socket, bytes: Trunk.mostUnsent) }
        if log.isOn(.protocol, .trace) { trace(connection, true) }
        poller.add(socket, token: connection.ticket.packed, for: .reading)
        if plan.handshakeTimeout > 0 {
            let due = now + plan.handshakeTimeout
            connection.handshakeDue = due
            wake(connection, at: due)
        }
        if isEnding { beginClose(connection, PeerConnection.shuttingDown) }
        enqueue(connection)
    }

    /// Reads what the socket has, up to a turn's share. The engine's room is no larger than a frame,
    /// so that a turn takes several reads where frames are small.
    func read(_ connection: PeerConnection) {
        var rest = PeerConnection.mostRead
        while rest > 0 {
            let room = connection.driver.readBuffer(size: connection.readSize)
            guard !room.isEmpty else {
                connection.hasEnded = connection.driver.isReadClosed
                return
            }
            switch connection.socket.receive(into: room) {
            case .done(let count):
                connection.hasSpoken = true
                guard connection.driver.readDone(count) else { return spoil(connection) }
                guard count == room.count else { return }
                rest -= count
                connection.readSize = min(connection.readSize * 4, PeerConnection.mostRead)
            case .wouldBlock: return
            case .ended:
                connection.hasEnded = true
                return connection.driver.readClose()
            case .failed: return connection.driver.close()
            }
        }
    }

    /// The peer has brought its engine to a halt in the middle of a frame, so that not even a close
    /// can be framed.
    private func spoil(_ connection: PeerConnection) {
        reportFailure(of: connection, PeerConnection.noDeliveryID)
        forget(connection)
    }

    /// The second half of a turn: what is owed, what is to be written.
    func giveOut(_ connection: PeerConnection) {
        if !connection.indebted.isEmpty { payCredit(connection) }
        write(connection)
        processEvents(connection)
        // The engine may wait for the rest of a frame that was cut off, or the socket for a reader;
        // and a peer whose header cannot be answered gets the end instead (RS-1).
        if connection.hasEnded && !connection.driver.isFinished
            || connection.phase == .opening && connection.driver.isWriteClosed
        {
            connection.driver.close()
            processEvents(connection)
        }
        if !connection.crowded.isEmpty { relieve(connection) }
        freeEnded(connection)
        scheduleTick(connection)
        if connection.driver.isFinished { forget(connection) }
    }

    @inline(__always)
    private func freeEnded(_ connection: PeerConnection) {
        guard !connection.endedLinks.isEmpty || !connection.endedSessions.isEmpty,
            !connection.wantsWrite
        else { return }
        for link in connection.endedLinks { link.free() }
        for session in connection.endedSessions { session.free() }
        connection.endedLinks.removeAll(keepingCapacity: true)
        connection.endedSessions.removeAll(keepingCapacity: true)
    }

    private func write(_ connection: PeerConnection) {
        while true {
            let bytes = connection.driver.writeBuffer()
            guard !bytes.isEmpty else { break }
            switch connection.socket.send(bytes) {
            case .done(let count):
                connection.driver.writeDone(count)
                connection.unwrittenBytes = max(0, connection.unwrittenBytes - count)
            case .wouldBlock: return watch(connection, forWriting: true)
            case .ended, .failed:
                connection.driver.close()
                return watch(connection, forWriting: false)
            }
        }
        connection.unwrittenBytes = 0
        watch(connection, forWriting: false)
    }

    private func watch(_ connection: PeerConnection, forWriting: Bool) {
        guard connection.wantsWrite != forWriting else { return }
        connection.wantsWrite = forWriting
        poller.change(
            connection.socket, token: connection.ticket.packed,
            for: forWriting ? [.reading, .writing] : .reading)
    }

    /// Goes on with the links that waited for room in a session, if there is room now.
    private func relieve(_ connection: PeerConnection) {
        let crowded = connection.crowded
        connection.crowded.removeAll(keepingCapacity: true)
        for ticket in crowded where outgoingLinks.contains(ticket) {
            let link = outgoingLinks[ticket]
            link.isCrowded = false
            send(from: link)
        }
    }

    // MARK: Timers

    private func scheduleTick(_ connection: PeerConnection) {
        // The engine keeps no time before it knows what the peer speaks.
        if connection.phase == .opening, connection.tickDue == .never { connection.tickDue = nil }
        guard connection.tickDue == nil else { return }
        tick(connection)
    }

    private func tick(_ connection: PeerConnection) {
        connection.tickDue = nil
        let milliseconds = Int64(now.nanoseconds / 1_000_000)
        let next = connection.driver.transport.tick(milliseconds: milliseconds)
        guard next > 0 else { return connection.tickDue = .never }
        let due = Instant(milliseconds: UInt64(max(next, milliseconds + 1)))
        connection.tickDue = due
        wake(connection, at: due)
    }

    func timerFired(_ connection: PeerConnection) {
        if let due = connection.handshakeDue, due <= now {
            connection.handshakeDue = nil
            if connection.phase == .opening {
                log.write(
                    .server, .info,
                    "[C\(connection.id.number)] Connection from \(connection.plan.host) failed: "
                        + "amqp:not-allowed Timeout waiting for initial handshake")
                connection.driver.close()
            }
        }
        if let due = connection.closeDue, due <= now { connection.driver.close() }
        if let due = connection.tickDue, due <= now { tick(connection) }
        for ticket in connection.outgoing where outgoingLinks.contains(ticket) {
            checkStarvation(outgoingLinks[ticket])
        }
        enqueue(connection)
    }

    // MARK: The end

    func beginClose(
        _ connection: PeerConnection, _ error: AMQPError?, awaitsAnswer: Bool = true
    ) {
        guard connection.phase != .closing else { return }
        connection.phase = .closing
        if connection.driver.connection.isLocalActive || connection.driver.connection.isRemoteActive
        {
            if let error { connection.driver.connection.condition.set(error) }
            connection.driver.connection.close()
            // A peer that never answers is not waited for beyond its idle timeout.
            let due = now + (awaitsAnswer ? .seconds(2) : Milliseconds(1))
            connection.handshakeDue = nil
            connection.tickDue = nil
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

    private func forget(_ connection: PeerConnection) {
        guard connections.contains(connection.ticket) else { return }
        // Taken first, so that no link is looked for among all.
        for ticket in take(&connection.incoming) where incomingLinks.contains(ticket) {
            lose(incomingLinks[ticket], isDetached: false)
        }
        for ticket in take(&connection.outgoing) where outgoingLinks.contains(ticket) {
            lose(outgoingLinks[ticket], isDetached: false)
        }
        dropUnansweredDetaches(of: connection)
        let error = connection.driver.transport.condition.error
        poller.remove(connection.socket)
        connection.socket.close()
        connections.remove(connection.ticket)
        handle.connectionCount.value.lower()
        post(.connectionClosed(connection.id, error))
    }

    private func take(_ tickets: inout [Ticket]) -> [Ticket] {
        defer { tickets = [] }
        return tickets
    }
}

extension PeerConnection {
    static let shuttingDown = AMQPError(
        name: "amqp:connection:forced", text: "The router is shutting down")
    static let malformedFrame = AMQPError(
        name: "amqp:connection:framing-error", text: "malformed frame")
    static let noDeliveryID = AMQPError(
        name: "amqp:invalid-field", text: "delivery-id required for transfer")
}
