public import Synchronization

/// A count that one thread raises and any thread reads.
public struct Counter: ~Copyable, Sendable {
    @usableFromInline let value = Atomic<UInt64>(0)

    @inlinable
    public init() {}

    @inlinable
    public var count: UInt64 { value.load(ordering: .relaxed) }

    /// Raises the count. For its one writer: load and store, no locked instruction.
    @inlinable
    public func raise(by amount: UInt64 = 1) {
        value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// Lowers the count. For its one writer, which has raised it by as much.
    @inlinable
    public func lower(by amount: UInt64 = 1) {
        let count = value.load(ordering: .relaxed)
        assert(count >= amount, "a count was lowered more often than raised")
        value.store(count &- amount, ordering: .relaxed)
    }

    @inlinable
    public func set(_ amount: UInt64) { value.store(amount, ordering: .relaxed) }

    /// Raises or lowers (by a two's complement) a count that has several writers.
    @inlinable
    public func add(_ amount: UInt64) { value.wrappingAdd(amount, ordering: .relaxed) }
}

/// Counts by the number of a router or of a trunk. One thread raises them, any thread reads them.
public final class NumberedCounters: Sendable {
    /// Numbers below this one have a count of their own (MG-146, MG-152).
    public static let places = 128

    private let counts: InlineArray<129, Counter>

    init() { counts = InlineArray { _ in Counter() } }

    /// The count of a number; those without one of their own share one.
    subscript(number: Int) -> UInt64 { counts[Self.place(of: number)].count }

    func raise(_ number: Int) { counts[Self.place(of: number)].raise() }
    func lower(_ number: Int) { counts[Self.place(of: number)].lower() }

    private static func place(of number: Int) -> Int {
        0..<places ~= number ? number : places
    }

    /// The counts of all numbers that have one of their own.
    public var all: [UInt64] { (0..<Self.places).map { self[$0] } }
    /// What the others have together.
    public var others: UInt64 { self[Self.places] }
}

/// What a link has done (MG-138 to MG-146). Its worker writes, management reads.
public final class LinkCounters: Sendable {
    public let deliveries = Counter()
    public let presettled = Counter()
    public let droppedPresettled = Counter()
    public let accepted = Counter()
    public let rejected = Counter()
    public let released = Counter()
    public let modified = Counter()
    public let delayed1Second = Counter()
    public let delayed10Seconds = Counter()
    /// Deliveries handed over and not settled.
    public let unsettled = Counter()
    /// Deliveries that ended without any outcome.
    public let undecided = Counter()
    /// Pre-settled deliveries of a sender that have not left the router yet.
    public let presettledInside = Counter()
    /// Deliveries that wait to be sent.
    public let undelivered = Counter()
    /// The delivery at which credit will be used up, counted as `deliveries` counts them. It moves
    /// when credit is given or taken back, and with no message.
    public let creditLimit = Counter()
    /// Settlements that count for the settle rate (MG-145).
    public let settled = Counter()
    /// Unsettled deliveries that are, or were, sent on while they arrived.
    public let streams = Counter()
    /// Of a receiver's link: finished deliveries by the router where they entered the mesh, this
    /// one left out. Made when the first comes from another router.
    let foreign = AtomicLazyReference<NumberedCounters>()

    public init() {}

    /// For the worker: a delivery is done with that entered the mesh there.
    @inline(__always)
    func countForeign(_ router: EntryRouter) {
        guard router != .here else { return }
        (foreign.load() ?? foreign.storeIfNil(NumberedCounters())).raise(Int(router.number))
    }

    /// For the worker: what credit there is now.
    func tell(credit: Int) { creditLimit.set(deliveries.count &+ UInt64(max(0, credit))) }

    /// Deliveries that may still come, or be sent (MG-144).
    public var credit: UInt64 {
        let (limit, count) = (creditLimit.count, deliveries.count)
        return limit > count ? limit - count : 0
    }

    /// Deliveries that are done with.
    private var finished: UInt64 {
        presettled.count &+ accepted.count &+ rejected.count &+ released.count
            &+ modified.count &+ undecided.count
    }

    /// Finished deliveries by the router where they entered the mesh (MG-146). Nothing on the way
    /// of a message counts those that entered it here.
    public var histogram: [UInt64] {
        guard let foreign = foreign.load() else {
            return [finished] + Array(repeating: 0, count: NumberedCounters.places - 1)
        }
        var histogram = foreign.all
        let elsewhere = histogram.reduce(foreign.others, &+)
        let all = finished
        histogram[0] = all > elsewhere ? all - elsewhere : 0
        return histogram
    }

    /// Deliveries of a sender that are not settled: what came and has not ended (MG-138). Nothing
    /// on the way of a message counts them.
    public var unsettledIncoming: UInt64 {
        let ended = finished &+ presettledInside.count
        let came = deliveries.count
        return came > ended ? came - ended : 0
    }
}

/// What has passed through one address on one worker (MG-151).
public final class AddressCounters: Sendable {
    public let ingress = Counter()
    public let egress = Counter()
    public let transit = Counter()
    public let toContainer = Counter()
    public let fromContainer = Counter()
    public let ingressRouteContainer = Counter()
    public let egressRouteContainer = Counter()
    public let redirectedToFallback = Counter()
    /// Unsettled balanced deliveries by the trunk that they went over; made with the first (MG-152).
    let outstanding = AtomicLazyReference<NumberedCounters>()

    public init() {}

    /// For the worker: the counts by trunk.
    func countsByTrunk() -> NumberedCounters {
        outstanding.load() ?? outstanding.storeIfNil(NumberedCounters())
    }

    public var byTrunk: [UInt64]? { outstanding.load()?.all }
}

/// What has passed through one worker (MG-156, MG-157).
public final class WorkerCounters: Sendable {
    public let ingress = Counter()
    public let egress = Counter()
    public let transit = Counter()
    public let presettled = Counter()
    public let droppedPresettled = Counter()
    public let accepted = Counter()
    public let rejected = Counter()
    public let released = Counter()
    public let modified = Counter()
    public let delayed1Second = Counter()
    public let delayed10Seconds = Counter()
    public let ingressRouteContainer = Counter()
    public let egressRouteContainer = Counter()
    public let redirectedToFallback = Counter()
    /// Accepted connections that ended without having sent a byte.
    public let silentConnections = Counter()
    /// Steps of TLS handshakes that had to wait for another turn of the worker.
    public let deferredHandshakes = Counter()
    /// TLS handshakes that came to nothing.
    public let failedHandshakes = Counter()
    /// Connections that had not opened in time.
    public let timedOutHandshakes = Counter()
    /// Links that were refused because their connection had all that it may have.
    public let linksOverLimit = Counter()
    /// How often a connection rested for attaching and detaching too often.
    public let delayedAttaches = Counter()
    /// Turns of the loop.
    public let turns = Counter()
    /// From a message's coming, from clients and from routers, to its settlement with the sender.
    public let settleTimes = FromAndTo()
    /// From a message's coming to its going, to clients and to routers.
    public let transferTimes = FromAndTo()
    private let traffic: InlineArray<4, Traffic>

    /// What has passed over connections of a role.
    public func traffic(_ role: ConnectionRole) -> (received: UInt64, sent: UInt64) {
        (traffic[role.place].received.count, traffic[role.place].sent.count)
    }

    func received(_ bytes: Int, _ role: ConnectionRole) {
        traffic[role.place].received.raise(by: UInt64(bytes))
    }

    func sent(_ bytes: Int, _ role: ConnectionRole) {
        traffic[role.place].sent.raise(by: UInt64(bytes))
    }

    public init() { traffic = InlineArray { _ in Traffic() } }

    /// Times with clients, and with routers.
    public struct FromAndTo: ~Copyable, Sendable {
        public let clients = TimeHistogram()
        public let routers = TimeHistogram()
    }
}

extension ConnectionRole {
    fileprivate var place: Int {
        switch self {
        case .normal: 0
        case .interRouter: 1
        case .edge: 2
        case .routeContainer: 3
        }
    }
}

/// How many records of each kind a worker has room for, and how many are in use (MG-172).
public final class PoolGauges: Sendable {
    public struct Pool: ~Copyable, Sendable {
        public let room = Counter()
        public let used = Counter()
        /// Bytes that one record takes.
        public let recordSize = Counter()

        @inline(__always)
        func tell(room: Int, used: Int) {
            self.room.set(UInt64(room))
            self.used.set(UInt64(used))
        }
    }

    public let connections = Pool()
    public let incomingLinks = Pool()
    public let outgoingLinks = Pool()
    public let deliveries = Pool()
    public let groups = Pool()

    public init() {
        deliveries.recordSize.set(UInt64(MemoryLayout<OutgoingDelivery>.stride))
        groups.recordSize.set(UInt64(MemoryLayout<MessageGroup>.stride))
    }
}

/// What a connection has done lately.
public final class ConnectionCounters: Sendable {
    /// When a delivery last moved on it, in whole seconds of the monotonic clock; 0 for never.
    public let lastDeliverySecond = Counter()
    public let traffic = Traffic()

    public init() {}
}

/// How busy an outgoing link is, as choosers on other workers see it (RS-152).
public final class OutletLoad: Sendable {
    /// Undelivered and unsettled deliveries; the owner's word.
    let own = Counter()
    /// Deliveries on their way from other workers.
    let approaching = Counter()

    public init() {}

    var value: Int { Int(own.count &+ approaching.count) }
}
