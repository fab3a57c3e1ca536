public import AMQP
public import EventLoop
public import RemoteSASL
public import SASL
public import Sessions

/// What a worker is told, by control or by another worker.
///
/// The cases of the data path are small, and what is large of the others stands apart: letters are
/// copied from list to list.
public enum WorkerLetter: Sendable {
    // MARK: Connections

    /// Take over a connection.
    indirect case adopt(Newcomer, ConnectionID, ConnectionPlan, ConnectionCounters)
    /// A connection that asked may open, or may not.
    indirect case admitted(Ticket, ConnectionGrant)
    indirect case turnedAway(Ticket, AMQPError)
    /// End a connection, with an error if there is one to tell. Its socket is cut when the peer has
    /// answered, or else as soon as the close is written.
    indirect case close(ConnectionID, AMQPError?, awaitsAnswer: Bool)
    /// Ends a connection whose other end is gone: there is nobody to take leave of.
    case cut(ConnectionID)
    /// What is to be said to a peer that logs in, or that we log in to.
    indirect case loginAnswered(Ticket, Authenticator.Said)
    indirect case serviceAnswered(Ticket, AuthService.Said)
    /// Write every frame of a connection to the log, or no longer.
    case traceFrames(ConnectionID, Bool)
    /// Say that this worker takes letters.
    case ping(round: UInt64)
    /// Clients' senders get no more credit, and are to give back what they have.
    case drain
    /// Send `close` on every connection and end when all are gone.
    case shutDown

    // MARK: Links

    /// A link that asked may attach.
    indirect case attached(Ticket, LinkDirection, Attachment)
    /// A link that asked may not (RS-52); nil for no reason given.
    indirect case refused(Ticket, LinkDirection, AMQPError?)
    /// Attach a link of an edge's uplink, and detach it.
    indirect case attachUplinkLink(UplinkLink)
    case detachUplinkLink(ConnectionID, number: UInt64)

    /// Attach a link to the container at the other end of this connection.
    indirect case attachAutoLink(Ticket, AutoLinkOrder)
    /// Detach the link of the auto link of this number.
    case detachAutoLink(Ticket, UInt64)

    /// Every worker knows that a consumer's link is gone: its detach may be answered.
    case detachKnown(Ticket)

    /// A link goes on over one of the worker's connections.
    indirect case passOn(RoutedAttach)
    /// The other end of a routed link says something.
    indirect case routed(LinkEnd, RoutedWord)

    // MARK: Routes

    /// An address that this worker needs has come into being, or a resolve has found it.
    indirect case routeOpened(RouteDescription)
    /// The address is gone; links on it are gone before.
    case routeClosed(RouteID)
    indirect case outletAdded(RouteID, OutletDescription)
    case outletRemoved(RouteID, WorkerTicket)
    /// What shares the address's messages out among other addresses, which were opened before.
    indirect case exchangeChanged(RouteID, ExchangeDescription?)
    /// The routers that have consumers of the address.
    case remotesChanged(RouteID, [RouterIndex])
    /// The answer to a question by text: there is a route, which was opened before, or none.
    case resolved(key: [UInt8], RouteID?)

    // MARK: The mesh

    /// How a router is reached, or nil if it no longer is.
    case routerChanged(RouterIndex, RouterDescription?)
    /// Which ways messages of other routers may go.
    indirect case originsChanged(MeshOrigins)
    /// The hop count of the farthest router (IR 2.4).
    case radiusChanged(Int)
    /// A control message of this router's, encoded whole, for one trunk. An urgent one overtakes.
    case controlMessage(Ticket, Chunk, isUrgent: Bool)
    /// Control has taken in a neighbour's message of that length, which came on this link.
    case controlMessageTaken(Ticket, octets: Int)

    // MARK: Deliveries

    /// A message of the router's own, whole and with router annotations, for an address whose
    /// route was opened before.
    case originate(RouteID, Chunk)
    /// A message of the router's own, whole, for one link.
    case send(Ticket, Chunk)
    case parcel(Parcel)
    /// More of a message that is still arriving.
    case more(WorkerTicket, Chunk?, isLast: Bool, isAborted: Bool)
    /// A copy that this worker sent away: what became of it.
    case resolvedCopy(Ticket, Outcome, isSettled: Bool)
    /// A pre-settled copy, or a part of a long one, has left: `bytes` of it.
    case left(Ticket, from: Int, bytes: Int, isWhole: Bool)
    /// The sender of a parcel's message settled it, or set a state.
    case senderChanged(WorkerTicket, Outcome, isSettled: Bool)
}

/// What control says of a link that may attach.
public struct Attachment: Sendable {
    public let link: LinkID
    /// The address that the link is bound to; nil for anonymous senders and trunks.
    public let route: RouteID?
    /// The address that the router made for a dynamic terminus.
    public let dynamicAddress: String?
    /// Deliveries of the link carry this phase (RS-135).
    public let phase: Int
    /// The text of `x-opt-qd.to` for deliveries of an incoming link.
    public let to: String?
    /// What a sender may send before it was taken, where that is not the connection's to say.
    public let credit: Int?

    public init(
        link: LinkID, route: RouteID?, dynamicAddress: String? = nil, phase: Int = 0,
        to: String? = nil, credit: Int? = nil
    ) {
        self.link = link
        self.route = route
        self.dynamicAddress = dynamicAddress
        self.phase = phase
        self.to = to
        self.credit = credit
    }
}

/// An address as a worker first hears of it. Consumers follow one by one.
public struct RouteDescription: Sendable {
    public let route: RouteID
    /// The routing key: `M0a/b`.
    public let key: [UInt8]
    public let distribution: Distribution
    /// The address's own priority, which wins over the message's.
    public let priority: UInt8?
    /// The router itself consumes here: management, say.
    public let isInProcess: Bool
    /// Where the messages go that no consumer takes; a route that was opened before.
    public let fallback: RouteID?
    public let counters: AddressCounters

    public init(
        route: RouteID, key: [UInt8], distribution: Distribution, priority: UInt8?,
        isInProcess: Bool, fallback: RouteID? = nil, counters: AddressCounters
    ) {
        self.route = route
        self.key = key
        self.distribution = distribution
        self.priority = priority
        self.isInProcess = isInProcess
        self.fallback = fallback
        self.counters = counters
    }
}

/// A consumer's link, as workers other than its own see it too.
public struct OutletDescription: Sendable {
    public let place: WorkerTicket
    public let capacity: Int
    public let load: OutletLoad
    /// The consumer wants router annotations.
    public let isAnnotated: Bool

    public init(place: WorkerTicket, capacity: Int, load: OutletLoad, isAnnotated: Bool) {
        self.place = place
        self.capacity = capacity
        self.load = load
        self.isAnnotated = isAnnotated
    }
}

/// A router of the mesh.
public final class RouterDescription: Sendable {
    /// `0/ID`, as annotations name it.
    public let name: String
    /// The connection that leads there, and the number that management knows it by (MG-152).
    public let trunk: WorkerTicket
    public let trunkNumber: Int
    /// The trunk leads to this router itself.
    public let isNeighbour: Bool
    public let cost: Int
    /// How many unsettled deliveries of an address the trunk may have before others are preferred
    /// (RS-152).
    public let capacity: Int

    public init(
        name: String, trunk: WorkerTicket, trunkNumber: Int, isNeighbour: Bool, cost: Int,
        capacity: Int
    ) {
        self.name = name
        self.trunk = trunk
        self.trunkNumber = trunkNumber
        self.isNeighbour = isNeighbour
        self.cost = cost
        self.capacity = capacity
    }
}

/// A message on its way from one worker, or from control, to another worker.
public final class Parcel: Sendable {
    public enum Destination: Sendable {
        case outlet(Ticket)
        case trunk(Ticket)
        /// Every consumer that the address has on this worker, if one is named, and these trunks.
        case all(RouteID?, trunks: [Ticket])
    }

    public let destination: Destination
    public let chunk: Chunk
    /// `chunk` has router annotations.
    public let isAnnotated: Bool
    /// `chunk` is the whole message; else more follows.
    public let isWhole: Bool
    public let isSettled: Bool
    public let priority: UInt8
    /// Who waits for the outcome; nil if nobody does.
    public let origin: WorkerTicket?
    /// The state that the message's sender had set in its transfer (RS-182).
    public let state: Outcome?
    public let format: UInt32
    /// The sender's tag, where that is kept.
    public let tag: DeliveryTag
    /// The sender's link has messages for several addresses.
    public let isFromShared: Bool
    public let route: RouteID?
    /// Where the message entered the mesh (MG-141).
    public let entry: EntryRouter
    /// Nil for the router's own.
    public let source: MessageSource?

    public init(
        destination: Destination, chunk: Chunk, isAnnotated: Bool, isWhole: Bool = true,
        isSettled: Bool, priority: UInt8, origin: WorkerTicket?, state: Outcome? = nil,
        format: UInt32 = 0, tag: DeliveryTag = DeliveryTag(), isFromShared: Bool = false,
        route: RouteID? = nil, entry: EntryRouter = .here,
        source: MessageSource? = nil
    ) {
        self.destination = destination
        self.chunk = chunk
        self.isAnnotated = isAnnotated
        self.isWhole = isWhole
        self.isSettled = isSettled
        self.priority = priority
        self.origin = origin
        self.state = state
        self.format = format
        self.tag = tag
        self.isFromShared = isFromShared
        self.route = route
        self.entry = entry
        self.source = source
    }
}

/// The link that a message came on.
public struct MessageSource: Hashable, Sendable {
    public let inlet: WorkerTicket
    /// The connection, if it is a client's.
    public let client: ConnectionID?

    public init(inlet: WorkerTicket, client: ConnectionID?) {
        self.inlet = inlet
        self.client = client
    }
}
