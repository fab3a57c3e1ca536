internal import AMQP
internal import Basis
internal import EventLoop

/// What a run does with its connections.
protocol Exchange: AnyObject {
    /// Something happened on a connection.
    func take(_ event: Event, from peer: Peer)
    /// Gives the connection what is to be sent, within limits, and says whether more waits.
    func fill(_ peer: Peer) -> Bool
}

/// All connections of a run, served by one thread.
final class Peers {
    private let poller = Poller()
    private(set) var all: [Peer] = []
    private var nextTick = Instant(nanoseconds: 0)

    /// Starts one more connection.
    func connect(host: String, port: String) throws(SystemError) -> Peer {
        let token = UInt64(all.count)
        let peer = try Peer(
            host: host, port: port, container: "martlet-bench-\(token)", token: token)
        poller.add(peer.socket, token: token, for: [.reading, .writing])
        all.append(peer)
        return peer
    }

    /// Waits until something happens or `milliseconds` have passed, and takes it in.
    func turn(milliseconds: Int32, _ exchange: some Exchange) {
        let count = poller.wait(milliseconds: milliseconds)
        for index in 0..<count {
            let ready = poller.ready(at: index)
            let peer = all[Int(ready.token)]
            if ready.isReadable { peer.receive() }
            serve(peer, exchange)
        }
        tick(exchange)
    }

    /// Hands on what happened on a connection, and writes what has come of it.
    func serve(_ peer: Peer, _ exchange: some Exchange) {
        while let event = peer.driver.nextEvent() { exchange.take(event, from: peer) }
        // What waits for the router's window, and not for the socket, must not keep us here.
        while true {
            let waits = exchange.fill(peer)
            guard peer.flush(poller), waits, !peer.isBlocked else { break }
        }
        while let event = peer.driver.nextEvent() { exchange.take(event, from: peer) }
        guard peer.driver.isFinished else { return }
        poller.remove(peer.socket)
    }

    /// Sends the heartbeats that the router asks for.
    private func tick(_ exchange: some Exchange) {
        let now = Clock.now
        guard nextTick < now else { return }
        nextTick = now + .seconds(1)
        for peer in all {
            _ = peer.driver.transport.tick(milliseconds: Int64(now.nanoseconds / 1_000_000))
            if peer.driver.transport.pendingOutput > 0 { serve(peer, exchange) }
        }
    }
}
