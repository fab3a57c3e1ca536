internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// A message of this worker's with several copies, or with parts still to come.
///
/// The message came over an incoming link, or in a parcel from another worker. Its copies are
/// deliveries of this worker, and one parcel for each other worker that has consumers.
struct MessageGroup {
    /// Where the message came from, and who hears of it.
    enum Source {
        case delivery(DeliveryID, IncomingLink)
        /// A pre-settled message: only credit is to be given back.
        case credit(IncomingLink)
        /// A neighbour's pre-settled message under flow control: settled when it has left.
        case held(DeliveryID, IncomingLink)
        case parcel(WorkerTicket)
        /// Nobody is left to hear.
        case nobody

        var link: IncomingLink? {
            switch self {
            case .delivery(_, let link), .credit(let link), .held(_, let link): link
            case .parcel, .nobody: nil
            }
        }
    }

    var source: Source
    let isMulticast: Bool
    /// Nobody waits for outcomes: it ends when every copy has left. So from the start, or since
    /// its sender settled it.
    var isSettled: Bool
    let priority: UInt8
    let arrived: Instant
    /// All parts have arrived.
    var isWhole: Bool
    /// What waits of it is counted among all that waits in the router, but for no sender any more.
    var isUnowned = false
    /// Of a parcel: its sender's messages are for several addresses.
    var isFromShared = false
    /// Copies that this worker sends.
    var copies: [Ticket] = []
    /// Workers that were sent a copy to share out.
    var parcels: [ParcelCopy] = []
    /// Bytes of the copy that the router itself consumes and is not done with.
    var bytesWithControl = 0
    /// Copies without a terminal state, without settlement, and not yet sent whole.
    var undecided = 0
    var unsettled = 0
    var unsent = 0
    /// The sender has its credit back already.
    var isRepaid = false
    /// Of a parcel: bytes that came in it, those of them that were reported as left, and those
    /// that wait in all copies together.
    var received = 0
    var reported = 0
    var waitingBytes = 0
    /// Parts of it came after its copies were made.
    let isStreamed: Bool
    /// The trunk of another worker that its only copy went to, as long as that is unsettled.
    var trunkLoad: TrunkLoad?
    /// The source was told the outcome of all copies.
    var isTold = false
    /// The strongest outcome so far (RS-160).
    var outcome = Outcome(.none)

    init(
        source: Source, isMulticast: Bool, isSettled: Bool, priority: UInt8, arrived: Instant,
        isWhole: Bool
    ) {
        self.source = source
        self.isMulticast = isMulticast
        self.isSettled = isSettled
        self.priority = priority
        self.arrived = arrived
        self.isWhole = isWhole
        isStreamed = !isWhole
    }

    struct ParcelCopy {
        let worker: Int
        /// Bytes posted and not yet said to have left.
        var waitingBytes: Int
    }

    var isFromParcel: Bool { if case .parcel = source { true } else { false } }

    /// Bytes posted to all workers and to control, and not yet said to have left.
    var postedBytes: Int { parcels.reduce(bytesWithControl) { $0 + $1.waitingBytes } }

    /// Nobody takes the message any more; what still arrives of it is thrown away.
    var isAbandoned: Bool { copies.isEmpty && parcels.isEmpty }

    /// Counts a copy that was just made.
    mutating func addCopy() {
        undecided += 1
        unsettled += 1
        unsent += 1
    }

    /// How strong a state is among the copies of a multicast message.
    static func rank(_ state: DeliveryState) -> Int {
        switch state {
        case .rejected: 4
        case .accepted: 3
        case .modified: 2
        case .released: 1
        default: state.rawValue > 0x27 ? 4 : 0
        }
    }
}

extension Ticket {
    private static let groupBit: UInt32 = 1 << 31

    /// The number by which a delivery knows its only copy, or its record.
    @inline(__always)
    var deliveryContext: UInt64 { packed }

    /// The number by which an incoming delivery knows its group.
    var groupContext: UInt64 {
        Ticket(slot: slot | Self.groupBit, generation: generation).packed
    }

    /// What an incoming delivery's number means.
    static func context(_ number: UInt64) -> (ticket: Ticket, isGroup: Bool) {
        let ticket = Ticket(packed: number)
        let isGroup = ticket.slot & groupBit != 0
        return (Ticket(slot: ticket.slot & ~groupBit, generation: ticket.generation), isGroup)
    }
}
