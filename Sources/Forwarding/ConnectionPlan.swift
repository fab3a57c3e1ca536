public import AMQP
public import Basis
internal import EventLoop
public import Logging

/// All that a worker must know to run a connection: from the listener or the connector.
public struct ConnectionPlan: Sendable {
    public var role: ConnectionRole
    /// We dialled.
    public var isOutgoing: Bool
    /// Our own name in `open`.
    public var container: String
    /// The `hostname` of an `open` that we send first (RS-12).
    public var hostname: String?
    public var maxFrameSize: Int
    public var channelMax: Int
    /// Session window in frames; nil for no limit of the operator's.
    public var maxSessionFrames: Int?
    public var idleTimeout: Milliseconds
    /// Zero for none.
    public var handshakeTimeout: Milliseconds
    public var linkCapacity: Int
    /// Router annotations that the peer sends do not count (RS-198).
    public var stripsIncoming: Bool
    /// The peer gets no router annotations.
    public var stripsOutgoing: Bool
    /// Mechanisms that are offered, or may be used; nil for all that can be had.
    public var mechanisms: String?
    public var requiresAuthentication: Bool
    public var security: ConnectionSecurity
    public var user: String?
    public var password: String?
    /// Open properties without `qd.conn-id`, which the worker puts in its place.
    public var properties: [(key: String, value: Value)]
    /// Cost of a trunk, as configured (IR 1.2).
    public var cost: Int
    public var isMultiTenant: Bool
    /// Control is asked before the connection opens: a policy may be against it.
    public var isGoverned: Bool
    /// The vhost whose policy holds, whatever the peer's open asks for (RS-301, RS-319).
    public var policyVhost: String?
    /// Its bytes come in a WebSocket's frames.
    public var isWebSocket = false
    /// Silence that a ping ends where neither side has an idle time-out; zero for none.
    public var pingTime: Milliseconds = 0
    /// Where to ask for a WebSocket, if we dial.
    public var webSocket: WebSocketPlace?
    /// Where it is, for the log and management: the peer's, and ours if it came to a listener.
    public var host: String
    public var listener: String?
    /// The name of the listener or connector.
    public var name: String?
    /// What of its messages goes to the log.
    public var messageComponents: MessageComponents

    /// The peer's address without its port, as a number.
    package var peerHost: String { host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host }

    public init(
        role: ConnectionRole, isOutgoing: Bool, container: String, hostname: String? = nil,
        maxFrameSize: Int = 16_384, channelMax: Int = 32_767, maxSessionFrames: Int? = nil,
        idleTimeout: Milliseconds = .seconds(16), handshakeTimeout: Milliseconds = 0,
        linkCapacity: Int = 250, stripsIncoming: Bool = true, stripsOutgoing: Bool = true,
        mechanisms: String? = nil, requiresAuthentication: Bool = false,
        security: ConnectionSecurity = ConnectionSecurity(), user: String? = nil,
        password: String? = nil, properties: [(key: String, value: Value)] = [], cost: Int = 1,
        isMultiTenant: Bool = false, isGoverned: Bool = false, policyVhost: String? = nil,
        host: String = "", listener: String? = nil, name: String? = nil,
        messageComponents: MessageComponents = []
    ) {
        self.role = role
        self.isOutgoing = isOutgoing
        self.container = container
        self.hostname = hostname
        self.maxFrameSize = maxFrameSize
        self.channelMax = channelMax
        self.maxSessionFrames = maxSessionFrames
        self.idleTimeout = idleTimeout
        self.handshakeTimeout = handshakeTimeout
        self.linkCapacity = linkCapacity
        self.stripsIncoming = stripsIncoming
        self.stripsOutgoing = stripsOutgoing
        self.mechanisms = mechanisms
        self.requiresAuthentication = requiresAuthentication
        self.security = security
        self.user = user
        self.password = password
        self.properties = properties
        self.cost = cost
        self.isMultiTenant = isMultiTenant
        self.isGoverned = isGoverned
        self.policyVhost = policyVhost
        self.host = host
        self.listener = listener
        self.name = name
        self.messageComponents = messageComponents
    }
}

/// What a client asks a server for, to have a WebSocket of it.
public struct WebSocketPlace: Hashable, Sendable {
    /// Host and port.
    public let authority: String
    /// Begins with a slash.
    public let path: String

    public init(authority: String, path: String) {
        self.authority = authority
        self.path = path
    }
}
