internal import AMQP
internal import Basis
internal import EventLoop

/// What a worker keeps of a delivery that it sends, from its queueing to its settlement.
///
///     incoming delivery ◀─── origin ─── OutgoingDelivery ─── delivery ───▶ outgoing delivery
///           │                                  ▲                                  │
///           └────────── context ───────────────┴─────────── context ──────────────┘
struct OutgoingDelivery {
    /// Who hears what becomes of it.
    enum Origin {
        case nobody
        /// The one delivery that it is the only copy of.
        case delivery(Delivery, IncomingLink)
        /// A pre-settled message's sender, who gets its credit back when the message leaves.
        case credit(IncomingLink)
        /// A neighbour's pre-settled message under flow control: settled when it leaves.
        case held(Delivery, IncomingLink)
        /// A message of several copies, or one that is still arriving.
        case group(Ticket)
    }

    let link: OutgoingLink
    var origin: Origin
    var isSettled: Bool
    let priority: UInt8
    /// No more will be added to `waiting`.
    var isWhole = true
    /// The peer has settled it before its last byte was sent.
    var isSettledEarly = false
    /// Its group has counted a terminal state of it.
    var hasDecided = false
    /// What the peer's last state was.
    var lastState = DeliveryState.none
    /// Ours, once it is being sent.
    var delivery: Delivery?
    let arrived: Instant
    /// Settled deliveries lower this address's count for the trunk.
    var trunkLoad: TrunkLoad?
    /// It was sent on before all of it had come.
    var isStream = false
    /// The number of the router where it entered the mesh; 0 for this one, and for what is sent to
    /// another router (MG-141).
    var entry: UInt8 = 0
    /// Bytes that wait to be sent.
    var waiting: WaitingBytes?
    /// The state that the sender had set.
    var state: Outcome?

    @inline(__always)
    init(
        link: OutgoingLink, origin: Origin, isSettled: Bool, priority: UInt8, arrived: Instant
    ) {
        self.link = link
        self.origin = origin
        self.isSettled = isSettled
        self.priority = priority
        self.arrived = arrived
    }

    /// This state is the first to decide the copy's fate.
    func firstTerminal(_ state: DeliveryState) -> Bool {
        !hasDecided && (state.isTerminal || state.rawValue > 0x27)
    }
}

/// Bytes of one delivery, in order: one chunk in most cases.
struct WaitingBytes {
    var first: Chunk
    var rest: [Chunk] = []
    /// How much of `first` was sent.
    var offset = 0
    var count: Int

    init(_ chunk: Chunk) {
        first = chunk
        count = chunk.count
    }

    mutating func append(_ chunk: Chunk) {
        rest.append(chunk)
        count += chunk.count
    }
}
