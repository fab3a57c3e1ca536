internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

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
        case delivery(DeliveryID, IncomingLink)
        /// A pre-settled message's sender, who gets its credit back when the message leaves.
        case credit(IncomingLink)
        /// A neighbour's pre-settled message under flow control: settled when it leaves.
        case held(DeliveryID, IncomingLink)
        /// Another worker's message, whole, of which this is the only copy: what that worker knows it
        /// by, and whether its sender's messages are for several addresses.
        case parcel(WorkerTicket, isFromShared: Bool)
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
    var sending: Sending?
    /// A stream that must not overtake what waits for its trunk's data link, and has a place there.
    var awaitsTurn = false
    /// Its sender has given it up: nothing of it is sent any more but that.
    var isAborted = false
    /// Its last frame was written.
    var isEnded = false
    let format: UInt32
    let arrived: Instant
    /// Settled deliveries lower this address's count for the trunk.
    var trunkLoad: TrunkLoad?
    /// It was sent on before all of it had come.
    var isStream = false
    /// Where it entered the mesh; here, too, for what is sent to another router (MG-141).
    var entry = EntryRouter.here
    /// Bytes that wait to be sent.
    var waiting: WaitingBytes?
    /// They are counted among all that wait in the router, but for no sender any more.
    var isUnowned = false
    /// The state that the sender had set.
    var state: Outcome?
    /// Its sender's tag, where that is kept.
    var tag = DeliveryTag()

    @inline(__always)
    init(
        link: OutgoingLink, origin: Origin, isSettled: Bool, priority: UInt8, format: UInt32,
        arrived: Instant
    ) {
        self.link = link
        self.origin = origin
        self.isSettled = isSettled
        self.priority = priority
        self.format = format
        self.arrived = arrived
    }

    /// This state is the first to decide the copy's fate.
    func firstTerminal(_ state: DeliveryState) -> Bool {
        !hasDecided && (state.isTerminal || state.rawValue > 0x27)
    }
}

/// Bytes of one delivery, in order: one chunk in most cases.
struct WaitingBytes {
    private(set) var first: Chunk
    /// What follows, from `next` on: what was sent goes a half of them at a time.
    private var rest: [Chunk] = []
    private var next = 0
    /// How much of `first` was sent.
    private(set) var offset = 0
    private(set) var count: Int

    init(_ chunk: Chunk) {
        first = chunk
        count = chunk.count
    }

    /// A chunk takes some hundred octets more than it holds: tiny ones are joined.
    private static let tiny = 64
    private static let mostJoined = 512

    mutating func append(_ chunk: Chunk) {
        count += chunk.count
        if chunk.count <= Self.tiny, next < rest.count, let last = rest.last,
            last.count + chunk.count <= Self.mostJoined
        {
            rest[rest.count - 1] = Chunk(last.bytes, chunk.bytes)
        } else {
            rest.append(chunk)
        }
    }

    /// The bytes to be sent next; valid while `first` is held.
    var piece: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: first.bytes[offset...]) }

    /// There is nothing behind `piece`.
    var isLastPiece: Bool { next == rest.count }

    /// So much of `piece` was sent. False if nothing is left.
    mutating func sent(_ sent: Int) -> Bool {
        offset += sent
        count -= sent
        guard offset == first.count else { return true }
        guard next < rest.count else { return false }
        first = rest[next]
        offset = 0
        next += 1
        if next > 16, next * 2 > rest.count {
            rest.removeFirst(next)
            next = 0
        }
        return true
    }
}
