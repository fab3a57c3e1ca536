internal import Basis

/// The silence that ends a connection, and that which a heartbeat ends (AMQP 2.4.5).
///
/// Traffic only notes when it was: one timer looks at that when the time may have come.
struct IdleTime {
    /// Silence of the peer that ends the connection; zero for none.
    private var peersMost: Milliseconds = 0
    /// Silence of ours that the peer is spared; zero for none.
    private var ownMost: Milliseconds = 0
    /// What ends our silence is a ping of the WebSocket, which AMQP knows nothing of.
    private var isPinged = false
    var heard = Instant(milliseconds: 0)
    var said = Instant(milliseconds: 0)

    /// The shortest silence that a heartbeat ends: a peer that asks for less keeps nobody busy.
    private static let shortest: UInt64 = 10

    /// Starts to count. `peer` is what the peer's open says of itself: half of it is kept to, so that
    /// a heartbeat is there in time however it travels. Where neither side says anything, a
    /// WebSocket's `ping` time counts: proxies on the way cut what is silent.
    mutating func start(
        own: Milliseconds, peer: Milliseconds, ping: Milliseconds = 0, at now: Instant
    ) {
        peersMost = own
        ownMost = peer.count == 0 ? 0 : Milliseconds(max(Self.shortest, peer.count / 2))
        isPinged = own.count == 0 && peer.count == 0 && ping > 0
        if isPinged { ownMost = ping }
        heard = now
        said = now
    }

    enum Duty { case none, heartbeat, ping, giveUp }

    /// What is to be done now.
    func duty(at now: Instant) -> Duty {
        if peersMost > 0, heard + peersMost <= now { return .giveUp }
        if ownMost > 0, said + ownMost <= now { return isPinged ? .ping : .heartbeat }
        return .none
    }

    /// When to look again; nil if nothing is ever due.
    var next: Instant? {
        let giveUp = peersMost > 0 ? heard + peersMost : nil
        let heartbeat = ownMost > 0 ? said + ownMost : nil
        guard let giveUp, let heartbeat else { return giveUp ?? heartbeat }
        return min(giveUp, heartbeat)
    }
}
