public import AMQP
public import RemoteSASL
public import Sessions
public import TLS
internal import EventLoop

/// What workers tell control.
public enum ControlLetter: Sendable {
    /// May it open? Answered by `admitted` or `turnedAway`.
    case connectionWantsToOpen(ConnectionReport)
    case connectionOpened(ConnectionReport)
    /// A peer has sent a message that its policy has no room for, and loses its connection.
    case messageTooLarge(ConnectionID)
    /// The connection is gone: at its end, its socket is closed, and its links are told of.
    case connectionClosed(ConnectionID, AMQPError?, had: ConnectionUse)
    case linkWantsToAttach(LinkRequest)
    /// A link that goes on over a connection is there, for the one that asked for it.
    case routedLinkMade(LinkRequest, asking: LinkEnd)
    /// A link between this router and a neighbour is there.
    case trunkLinkAttached(TrunkLinkReport)
    /// A container has taken the link of the auto link of this number.
    case autoLinkAnswered(UInt64, LinkRequest)
    /// A container has refused the link of an auto link, or has let go of it.
    case autoLinkLost(UInt64, ConnectionID, AMQPError?, withSession: Bool)
    /// A link of an edge's uplink was made, and was answered by the interior.
    case uplinkLinkMade(number: UInt64, LinkRequest)
    case uplinkLinkAttached(WorkerTicket, LinkDirection, address: String?)
    /// A link of a connection is gone.
    case linkDetached(LinkReport)
    /// What is the route for this routing key? `phase` is part of the key.
    case resolve(worker: Int, key: [UInt8])
    /// A message for a consumer inside the router.
    case inProcess(InProcessDelivery)
    /// A message of the routing protocol, from a trunk's control link. Answered by
    /// `controlMessageTaken`.
    case controlMessage(ConnectionID, Chunk, link: WorkerTicket)
    /// A trunk's control links are attached: the neighbour can be talked to.
    case trunkOpened(ConnectionID, place: WorkerTicket)
    /// A trunk's outgoing control link is gone; the connection may go on.
    case trunkClosed(ConnectionID)
    /// A worker has taken a `ping`.
    case isAlive(worker: Int, round: UInt64)
    /// A worker has ended.
    case workerEnded(Int)
}

/// What a connection had when it ended.
public struct ConnectionUse: Sendable {
    public let sessions: UInt32
    /// Links, seen from the peer.
    public let senders: UInt32
    public let receivers: UInt32
}

/// A connection that both sides have opened.
public struct ConnectionReport: Sendable {
    public let id: ConnectionID
    public let place: WorkerTicket
    public let container: String
    public let hostname: String?
    public let properties: Value?
    public let offersStreamingLinks: Bool
    public let mechanism: String?
    public let user: String?
    public let isAuthenticated: Bool
    /// What an authentication service lets the peer do; nil if none limits it.
    public let permissions: ServicePermissions?
    /// What TLS has agreed on; nil in clear.
    public let tls: TLSFacts?
}

/// A link that a peer wants to attach.
public struct LinkRequest: Sendable {
    public let connection: ConnectionID
    /// The channel of its session, at our end.
    public var channel: UInt16 = 0
    public let place: WorkerTicket
    public let direction: LinkDirection
    public let name: String
    public let source: TerminusReport
    public let target: TerminusReport
    /// What others see of an outgoing link's load; its capacity.
    public let load: OutletLoad
    public let capacity: Int
    public let isAnnotated: Bool
    /// Its connection is one between an edge and an interior router.
    public var isEdge = false
    public let counters: LinkCounters
    /// All that the attach said, for it to go on whole; nil for a link between routers.
    public var attach: Attach?

    package init(
        connection: ConnectionID, channel: UInt16 = 0, place: WorkerTicket,
        direction: LinkDirection, name: String, source: TerminusReport, target: TerminusReport,
        load: OutletLoad, capacity: Int, isAnnotated: Bool, isEdge: Bool = false,
        counters: LinkCounters, attach: Attach? = nil
    ) {
        self.connection = connection
        self.channel = channel
        self.place = place
        self.direction = direction
        self.name = name
        self.source = source
        self.target = target
        self.load = load
        self.capacity = capacity
        self.isAnnotated = isAnnotated
        self.isEdge = isEdge
        self.counters = counters
        self.attach = attach
    }

    /// The terminus at our end: target for a client that sends, source for one that receives.
    public var local: TerminusReport { direction == .incoming ? target : source }
}

/// A link between routers; no address is bound to it.
public struct TrunkLinkReport: Sendable {
    public let request: LinkRequest
    public let isControl: Bool
    /// The class of the messages that it carries.
    public let priority: Int
}

/// A terminus apart from its link.
public struct TerminusReport: Sendable {
    public let kind: Terminus.Kind
    public let address: String?
    public let isDynamic: Bool
    public let capabilities: Value?
    public let durability: Int
    public let timeout: Int
    public let expiry: Terminus.Expiry
    public let distributionMode: Terminus.DistributionMode
    public let properties: Value?
    /// Where a dynamic node is wanted (RS-254).
    public let wantedAddress: String?
    public let filter: Value?

    /// For a fallback's consumers, or for what they give back (RS-215, RS-220).
    public var isFallback: Bool { capabilities == .symbol(Self.fallbackCapability) }

    static let fallbackCapability = "qd.fallback"

    /// `address` stands for the terminus's own.
    init(_ terminus: Terminus, address: String? = nil) {
        kind = terminus.kind
        self.address = address ?? terminus.address
        isDynamic = terminus.isDynamic
        capabilities = terminus.capabilities
        durability = terminus.durability
        timeout = terminus.timeout
        expiry = terminus.expiry
        distributionMode = terminus.distributionMode
        properties = terminus.properties
        wantedAddress = terminus.wantedAddress
        filter = terminus.filter
    }

    /// A terminus made up for a test, or by the router for itself.
    public init(
        kind: Terminus.Kind, address: String?, isDynamic: Bool = false, capabilities: Value? = nil
    ) {
        self.kind = kind
        self.address = address
        self.isDynamic = isDynamic
        self.capabilities = capabilities
        durability = 0
        timeout = 0
        expiry = .session
        distributionMode = .unspecified
        properties = nil
        wantedAddress = nil
        filter = nil
    }
}

/// A link that is gone.
public struct LinkReport: Sendable {
    public let connection: ConnectionID
    public let place: WorkerTicket
    public let direction: LinkDirection
    /// It was detached; else its session or connection was lost.
    public let isDetached: Bool
    /// The peer's detach is answered when every worker knows that the link is gone.
    public let awaitsAnswer: Bool
}

/// A message for the router itself.
public struct InProcessDelivery: Sendable {
    public let route: RouteID
    public let message: Chunk
    /// The connection that it came over.
    public let connection: ConnectionID
    /// Who is to hear, by `resolvedCopy`, that the router is done with it: until then its sender
    /// lacks the outcome and the credit.
    public let origin: WorkerTicket
}
