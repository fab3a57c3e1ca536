internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// A link on which we send to a peer.
final class OutgoingLink {
    enum Kind {
        case consumer
        /// One that goes on from one sender, through the router.
        case routed
        /// A data link of a trunk, by priority, or a streaming link.
        case trunk
        case control
    }

    enum Phase {
        case asking
        case attached
        case detached
    }

    let link: Link
    let connection: PeerConnection
    let counters = LinkCounters()
    let load = OutletLoad()
    var ticket = Ticket(slot: 0, generation: 0)
    var kind: Kind
    var phase = Phase.asking
    var id = LinkID(number: 0)
    var route: Route?
    let capacity: Int
    /// Its connection is a route container's.
    let isToContainer: Bool
    /// Its connection leads to another router.
    let isToRouter: Bool
    /// The number of the auto link that it serves.
    var autoLink: UInt64?
    /// It gets what no other consumer takes.
    var isFallback = false { didSet { if isFallback { isCountedApart = true } } }
    /// More or less is counted of its deliveries than of others'.
    private(set) var isCountedApart: Bool
    /// The peer gets router annotations.
    let isAnnotated: Bool
    /// The peer wants everything settled (RS-32).
    let settlesAll: Bool
    /// Where it stands in its connection's list.
    var place = 0
    /// Deliveries that wait, by priority.
    var queue = DeliveryQueue()
    /// Deliveries that were sent and are not settled.
    var unsettled = 0
    /// The delivery that is being streamed and must end before another begins.
    var active: Ticket?
    var isCrowded = false
    /// When messages began to wait while there was no credit.
    var starvedSince: Instant?
    /// When that is looked at again.
    var starvationDue: Instant?
    /// It has given no credit for so long that pre-settled messages no longer wait for it.
    var isStuck = false
    /// Set while it may hold up others of its messages' senders.
    var lag: Lag?
    /// It has held them up for too long, and has not caught up.
    var isBehind = false

    /// Of a routed link, its other end.
    var routed: RoutedEnd?

    /// A trunk's, for messages that are sent while they arrive.
    var isStreaming = false
    /// Of a streaming link: the client with the last message that it was chosen for.
    var client: ConnectionID?
    /// Nothing has used it since that was last looked at.
    var isSpare = false
    /// The neighbour settles pre-settled messages when they have left it, so that back-pressure
    /// reaches their senders.
    var flowControlsPresettled = false

    init(
        link: Link, connection: PeerConnection, kind: Kind, capacity: Int, isAnnotated: Bool
    ) {
        self.link = link
        self.connection = connection
        self.kind = kind
        self.capacity = capacity
        self.isAnnotated = isAnnotated
        isToContainer = connection.plan.role == .routeContainer
        isCountedApart = isToContainer
        isToRouter = connection.plan.role.isOfRouters
        settlesAll = kind == .consumer && link.isRemoteSettled
    }

    /// Its messages leave the mesh here (MG-156).
    @inline(__always)
    var isEgress: Bool {
        kind == .consumer || kind == .routed && connection.plan.role != .interRouter
    }

    /// It is one between routers.
    var isOfTrunk: Bool { kind == .trunk || kind == .control }

    /// Undelivered and unsettled: what the balanced distribution compares (RS-152).
    var value: Int { queue.count + unsettled + Int(load.approaching.count) }

    /// A delivery may be begun at once, overtaking none.
    @inline(__always)
    var isReady: Bool {
        active == nil && queue.isEmpty && link.credit > 0
            && takesBytes && phase == .attached
    }

    /// More may be framed for the peer: the connection is not being closed, its session's window is
    /// open, and not much waits for its socket.
    @inline(__always)
    var takesBytes: Bool {
        connection.phase == .open && link.session.remoteWindow > 0
            && connection.channels.output.count < connection.mostUnsent
    }

    /// A whole message of so many bytes may be sent at once.
    @inline(__always)
    func takesWhole(_ count: Int) -> Bool { isReady && count <= link.room }

    /// Nothing waits for it, and all that was sent on it is settled.
    var carriesNothing: Bool {
        active == nil && queue.isEmpty && unsettled == 0 && phase != .detached
    }

    /// What compares streaming links: messages that are not sent, and then those not settled.
    var streamingLoad: (Int, Int) { (queue.count + (active == nil ? 0 : 1), unsettled) }

    func tellLoad() {
        load.own.set(UInt64(queue.count + unsettled))
        counters.undelivered.set(UInt64(queue.count))
        counters.unsettled.set(UInt64(unsettled))
    }
}
