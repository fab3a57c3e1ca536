public import EventLoop
public import Logging
public import TLS

/// The thread that speaks HTTP: it owns connections from their accept to their end. There is none
/// where no listener wants it.
public final class WebThread: Sendable {
    /// What it tells its owner.
    public enum Report: Sendable {
        /// The router is asked; `answer` with the number says what to send.
        case asked(Question, number: UInt64)
        /// A connection goes on as a WebSocket, and is no longer the web thread's.
        case upgraded(Guest)
    }

    /// A WebSocket whose handshake is done.
    public struct Guest: Sendable {
        public let channel: HandedOver<Channel>
        /// What came behind the handshake.
        public let ahead: [UInt8]
        public let peer: Socket.Endpoint
        public let listener: UInt64
    }

    enum Order: Sendable {
        case adopt(Descriptor, Visitor)
        case answer(UInt64, @Sendable () -> Response)
        case drop(listener: UInt64)
    }

    /// Who has come, and what is served to them.
    struct Visitor: Sendable {
        let peer: Socket.Endpoint
        let listener: UInt64
        let tls: TLSService?
        let site: Site
    }

    public let reports = Mailbox<Report>()
    let orders = Mailbox<Order>()
    let state = Guarded(WebCounts())

    /// Starts the thread, which lives as long as the process.
    public init(log: Log) {
        WorkerThread(name: "martlet-web") { [self] in WebLoop(self, log).run() }.detach()
        log.write(.server, .info, "HTTP server thread running")
    }

    /// Takes over a connection that `listener` has accepted; in clear without `tls`.
    public func adopt(
        _ socket: Descriptor, from peer: Socket.Endpoint, over tls: TLSService?, to site: Site,
        of listener: UInt64
    ) {
        let visitor = Visitor(peer: peer, listener: listener, tls: tls, site: site)
        orders.post(.adopt(socket, visitor))
    }

    /// The answer to a question, made by `render` on the web thread.
    public func answer(_ number: UInt64, _ render: @escaping @Sendable () -> Response) {
        orders.post(.answer(number, render))
    }

    /// The listener is gone: its connections end with the answers that are due.
    public func drop(listener: UInt64) { orders.post(.drop(listener: listener)) }

    public var counts: WebCounts { state.withLock { $0 } }
}

/// What has passed over HTTP.
public struct WebCounts: Hashable, Sendable {
    public var connections: UInt64 = 0
    public var requests: UInt64 = 0
    /// Connections that went on as WebSockets.
    public var upgraded: UInt64 = 0
    /// Connections that were one too many for the listener, or for their host.
    public var turnedAway: UInt64 = 0
    public var turnedAwayOfHost: UInt64 = 0
    /// Connections on which no request came in time.
    public var expired: UInt64 = 0
    /// Connections that ended because of what came over them, or did not come in time.
    public var failed: [WebFault: UInt64] = [:]
    public var open = 0

    public init() {}
}
