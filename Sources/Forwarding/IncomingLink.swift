internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// A link on which a peer sends to us.
final class IncomingLink {
    /// Who sends, and so how credit and annotations are treated.
    enum Kind {
        /// A client with a target address.
        case targeted
        /// A client whose messages name their address themselves.
        case anonymous
        /// One that goes on to one receiver, through the router.
        case routed
        /// A neighbour's data or streaming link.
        case trunk
        /// A neighbour's control link.
        case control
    }

    enum Phase {
        /// Control has not answered yet.
        case asking
        case attached
        case detached
    }

    let link: Link
    let connection: PeerConnection
    let counters = LinkCounters()
    var ticket = Ticket(slot: 0, generation: 0)
    var kind: Kind {
        didSet {
            countsIngress = Self.isIngress(kind, connection.plan.role)
            guard kind == .routed else { return }
            isOfRouter = false
            particulars = LinkParticulars()
        }
    }
    var phase = Phase.asking
    var id = LinkID(number: 0)
    var route: Route?
    /// Stands in the place of `route` when a message's own address decides: the last one found.
    var lastPhase = 0
    var lastIsOverride = false
    var lastAddress: [UInt8] = []
    var lastRoute: Route?
    /// Where the last message of a trunk entered the mesh: the router's name and its number, as the
    /// mesh was then.
    var lastIngress: [UInt8] = []
    var lastOrigin: RouterIndex?
    var lastMeshChange: UInt64 = 0
    /// When a message was for another address than the one before it.
    var sharedAt = Instant(milliseconds: 0)
    /// The text of `x-opt-qd.to` for messages of this link, or for the last one where their own
    /// address decides; empty if that is what a message itself says.
    var to: [UInt8] = []
    var messagePhase = 0
    var capacity: Int
    /// Deliveries taken in for which the sender's credit was not yet given back.
    var outstanding = 0
    /// Credit to be given at the end of the turn.
    var owedCredit = 0
    var isIndebted = false
    /// Credit that is worth a flow. A Martlet as a neighbour waits for credit without harm, and has
    /// much of it at most times: it is told of an eighth at once, so that a single message does not
    /// wake it a second time. A qdrouterd drops what it has no credit for.
    var leastPaid = 1
    /// We have asked the sender to use up or give back its credit, for want of consumers.
    var isDraining = false
    /// Bytes of its messages that wait in outgoing queues. A sender that keeps to its credit with small
    /// messages is not paused for them, because that would close the window to the other links of its
    /// session too.
    var waitingBytes = 0
    /// Where it stands in its connection's and in its address's lists.
    var place = 0
    var placeOnRoute = 0
    /// Nothing of its messages is taken until this is cleared: what comes is held.
    var isPaused = false
    /// What came while it was paused, in order.
    var held = Ring<HeldPart>()
    var heldBytes = 0
    /// Frames among those that its session's window counts.
    var countedFrames = 0
    var isResuming = false
    /// The message being streamed, if one is.
    var streaming: Ticket?
    /// The start of a message of which too little has come to route it.
    var gathered: [UInt8] = []
    var gatheredArrival: Arrival?
    /// Nil until a delivery has had some.
    var particulars: LinkParticulars?
    /// Stands in the connection's list of links that gather.
    var isGathering = false
    /// The whole message is wanted before it is routed: the router itself consumes it.
    var gathersWhole = false
    /// That message may be as long as all that waits of one sender, and counts as such.
    var gathersMuch = false
    var countedGathered = 0
    /// A message whose address control is being asked for.
    var unresolved: UnresolvedMessage?

    /// Of a routed link, its other end.
    var routed: RoutedEnd?

    /// A trunk's, for messages that are sent while they arrive.
    var isStreaming = false
    /// Its connection is a route container's.
    let isFromContainer: Bool
    /// The number of the auto link that it serves.
    var autoLink: UInt64?
    /// What fallback consumers give back comes on it: it goes to them never again (RS-220).
    var isFallback = false { didSet { if isFallback { countsIngress = false } } }
    /// Its messages enter the mesh here.
    private(set) var countsIngress: Bool
    /// What a policy says of its messages; nil if none does.
    let rules: MessageRules?
    /// In octets; 0 for no limit. What the present message has had so far, and that it has more.
    let maxMessageSize: UInt64
    var messageSize: UInt64 = 0
    var isOversize = false
    /// Its target is another router's management node, which may only be asked.
    var isRestricted = false
    /// How far into a message one has to look.
    let depth: MessageHead.Depth
    /// Router annotations of its messages count (RS-198, RS-199).
    let isTrusted: Bool
    /// Its connection is one between an edge and an interior router.
    let isOfEdge: Bool
    /// The sender's credit does not wait for settlement (IR-11).
    var isOfRouter: Bool

    /// The most that is gathered of a message before it is routed. A qdrouterd tells all its
    /// addresses in one.
    var mostGathered: Int { kind == .control ? 16 << 20 : 1 << 20 }
    /// With so much of a message no more is waited for: of one that is still arriving at its sender,
    /// and of one that is not.
    private static let manyGathered = 64 << 10
    private static let manyOfWhole = 256 << 10

    /// The neighbour had all of a message before it sent the first of it: the rest is here soon, and
    /// sent on whole it keeps its place among the others of its link.
    var comesWhole: Bool { kind == .trunk && !isStreaming }

    /// A message of which more has come is routed before its end.
    var mostBeforeRouting: Int {
        comesWhole ? Self.manyOfWhole : Self.manyGathered
    }

    private static func isIngress(_ kind: Kind, _ role: ConnectionRole) -> Bool {
        switch kind {
        case .targeted, .anonymous: true
        case .routed: role != .interRouter
        case .trunk, .control: false
        }
    }

    /// A message has begun and not yet ended.
    var isInMessage: Bool { streaming != nil || !gathered.isEmpty }

    init(link: Link, connection: PeerConnection, kind: Kind, capacity: Int) {
        self.link = link
        self.connection = connection
        self.kind = kind
        self.capacity = capacity
        isFromContainer = connection.plan.role == .routeContainer
        countsIngress = Self.isIngress(kind, connection.plan.role)
        rules = kind == .targeted || kind == .anonymous ? connection.rules : nil
        maxMessageSize = rules?.maxSize ?? 0
        particulars = kind == .routed ? LinkParticulars() : nil
        let looksForUser = rules.map { !$0.mayNameOthers } ?? false
        depth = kind == .anonymous || looksForUser ? .properties : .annotations
        isOfEdge = connection.plan.role == .edge
        isOfRouter = kind == .trunk || isOfEdge
        isTrusted = kind == .trunk || kind == .control || !connection.plan.stripsIncoming
    }
}

/// A message held while control looks its address up. An object, for few links ever hold one.
final class UnresolvedMessage {
    let key: [UInt8]
    let chunk: Chunk
    let head: MessageHead
    let arrival: Arrival
    let isWhole: Bool

    init(_ message: borrowing ArrivingMessage, key: [UInt8]) {
        self.key = key
        chunk = Chunk(message.bytes)
        head = message.head
        arrival = message.arrival
        isWhole = message.isWhole
    }
}

/// A delivery that a peer sends, apart from its bytes.
struct Arrival {
    let delivery: DeliveryID
    /// Nobody waits for its outcome: settled by its sender, or `isHeld`.
    let isSettled: Bool
    /// It is settled when the message has left, although the message is pre-settled.
    let isHeld: Bool
    let format: UInt32

    /// The sender has settled it, so that nothing is said to it any more.
    var isSenderSettled: Bool { isSettled && !isHeld }
}

/// One transfer of a peer's.
struct Part {
    let arrival: Arrival
    let isFirst: Bool
    let isLast: Bool
    let isAborted: Bool
}

/// One that waits until its link goes on.
struct HeldPart {
    let part: Part
    let chunk: Chunk
    let particulars: Particulars

    /// What it takes of memory: its octets, of which there may be few, and what keeps them.
    var octets: Int { chunk.count + 256 }
}

/// What few deliveries have. It stands apart from `Arrival`, which goes from function to function.
struct Particulars {
    /// The state that the sender has set in its transfer (RS-182).
    var state: Outcome?
    /// Of a routed link's (RS-268).
    var tag = DeliveryTag()
}

/// Those of a link whose deliveries may have some.
final class LinkParticulars {
    /// Of the delivery that is coming.
    var announced = Particulars()
    /// Of the one that was taken last: others wait while the link is paused.
    var taken = Particulars()
}
