public import EventLoop
public import TLS
internal import WebSocket

/// How a connection comes to its worker.
public enum Newcomer: Sendable {
    case socket(Descriptor)
    /// A WebSocket whose handshake another thread has heard, and what came behind that.
    case webSocket(HandedOver<Channel>, ahead: [UInt8])

    /// It cannot be taken: the peer sees the end.
    public func turnAway() {
        switch self {
        case .socket(let socket): socket.close()
        case .webSocket(let channel, _):
            FramedChannel(channel.thing).sayGoodbye(.goingAway)
            channel.thing.close()
        }
    }
}
