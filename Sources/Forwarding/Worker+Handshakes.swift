internal import AMQP
internal import Basis
internal import EventLoop
internal import TLS
internal import WebSocket

/// TLS handshakes cost a millisecond each: a turn does a few, and the others wait in a queue, so that
/// messages of other connections flow on between them.
extension Worker {
    /// Steps of handshakes in one turn of the loop.
    static let mostHandshakes = 2

    /// The connection may take a step of its handshake now; if not, its turn comes.
    func mayShakeHands(_ connection: PeerConnection) -> Bool {
        guard connection.channel.isShakingHands else { return true }
        guard !connection.awaitsHandshake else { return false }
        guard handshakes < Self.mostHandshakes else {
            handle.counters.deferredHandshakes.raise()
            connection.awaitsHandshake = true
            shaking.append(connection.ticket)
            return false
        }
        handshakes += 1
        return true
    }

    /// Reads the connection in the next turn: TLS has bytes of which the kernel knows nothing.
    func readLater(_ connection: PeerConnection) {
        guard !connection.isReadLater else { return }
        connection.isReadLater = true
        unread.append(connection.ticket)
    }

    /// Begins a turn: goes on with what the last one has left.
    func readUnread() {
        handshakes = 0
        guard !unread.isEmpty || !shaking.isEmpty else { return }
        let next = unread + shaking.prefix(Self.mostHandshakes)
        unread.removeAll(keepingCapacity: true)
        shaking.removeFirst(min(shaking.count, Self.mostHandshakes))
        for ticket in next where connections.contains(ticket) {
            let connection = connections[ticket]
            connection.isReadLater = false
            connection.awaitsHandshake = false
            // One that does not read is not read from.
            guard connection.interest.contains(.reading) else { continue }
            read(connection)
            enqueue(connection)
        }
    }

    /// The channel carries nothing any more: says why, and ends the connection.
    func channelFailed(_ connection: PeerConnection) {
        if connection.failure == nil {
            if let refusal = connection.channel.refusal {
                giveUp(connection, for: AMQPError(refusal))
                if case .failed = refusal { handle.counters.failedHandshakes.raise() }
            } else if let violation = connection.webSocket?.violation {
                let text = "WebSocket: \(violation)"
                giveUp(
                    connection, for: AMQPError(name: "amqp:connection:framing-error", text: text))
            }
        }
        cut(connection)
    }

    private func giveUp(_ connection: PeerConnection, for error: AMQPError) {
        connection.failure = error
        connection.hasSpoken = true
        reportFailure(of: connection, error)
    }
}
