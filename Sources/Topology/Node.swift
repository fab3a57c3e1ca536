internal import Basis

/// What a router knows of one router, itself included.
struct Node: Sendable {
    /// A neighbour of the node, by number.
    struct Edge: Hashable, Sendable {
        let node: Int32
        let cost: Int32

        /// Costs out of range are bent into it, so that every path has a positive, finite cost.
        init(node: Int, cost: Int) {
            self.node = Int32(truncatingIfNeeded: node)
            self.cost = Int32(truncatingIfNeeded: min(max(cost, 1), 1 << 24))
        }
    }

    struct Path: Hashable, Sendable {
        let trunk: TrunkID
        let nextHop: Int
        let cost: Int
        let hops: Int
    }

    let id: RouterID
    /// Of the id, the same at every router.
    let tag: UInt64
    /// 0 while unknown.
    var instance: Instance
    /// The latest that something of its own was on its way; of no account before.
    var lastSeen = Instant(nanoseconds: 0)
    /// 0 while the node's link state is unknown or has expired.
    var linkStateSequence: SequenceNumber = 0
    /// The stored link state, in order of the neighbours' ids.
    var edges: [Edge] = []
    var mobileSequence: SequenceNumber = 0
    /// With hints.
    var addresses: [AddressKey: UInt8?] = [:]
    /// While they come in parts.
    var arriving: ArrivingAddresses?
    /// What they take, roughly.
    var addressOctets = 0
    /// It was said that it has more than is kept.
    var isExcessLogged = false

    /// Where the node is heard, if it is a neighbour.
    var trunk: TrunkID?
    /// Nil while the node cannot be reached.
    var path: Path?

    var linkStateRequest: Request?
    var addressRequest: Request?
    /// When its restart is so long ago that no MAU of the former life comes any more.
    var lateUntil: Instant?
    var regression: Regression?
    var formerInstances = FormerInstances()
    var relayedAnnouncement = Relayed()
    var relayedUpdate = Relayed()

    /// How many other remote nodes name this one in their link states.
    var namedBy = 0
    /// Ticks, over its whole life, on which nothing kept the node (IR 3.6).
    var orphanedTicks = 0

    init(id: RouterID, instance: Instance) {
        self.id = id
        self.instance = instance
        // FNV-1a
        tag = id.text.utf8.reduce(0xCBF2_9CE4_8422_2325) { tag, octet in
            (tag ^ UInt64(octet)) &* 0x100_0000_01B3
        }
    }
}

/// Something to ask a router for until it comes, more and more seldom.
struct Request: Sendable {
    /// The sequence number that would satisfy it.
    private(set) var sequence: SequenceNumber
    /// What is held is to be asked for all the same, of its router and nobody else.
    let isDoubt: Bool
    private var attempts: UInt64 = 0
    private var due: Instant

    init(sequence: SequenceNumber, isDoubt: Bool = false, at now: Instant) {
        self.sequence = sequence
        self.isDoubt = isDoubt
        due = now
    }

    /// The first attempt waits for so long: the answer may come unasked.
    func due(after patience: Milliseconds) -> Instant { attempts == 0 ? due + patience : due }

    /// The answer is coming.
    mutating func postpone(until later: Instant) { due = max(due, later) }

    /// Counts one attempt; the next is due one interval later, then 2, 4, 8, 16, 32, 64, 64, …
    ///
    /// The first answers are often lost: routers on the way do not know yet where the asker is.
    mutating func noteSent(at now: Instant, interval: Milliseconds) {
        due = now + Milliseconds(interval.count << min(attempts, 6))
        attempts += 1
    }

    /// A higher number was heard of: what is under way may not contain it.
    mutating func raise(to sequence: SequenceNumber, at now: Instant) {
        guard sequence > self.sequence else { return }
        self = Request(sequence: sequence, at: now)
    }
}

/// What a router was before it restarted. Where copies of one announcement take many ways, those of
/// two lives can chase each other: believed in turn, each would be passed on as news for ever.
struct FormerInstances: Sendable {
    private var entries: [(instance: Instance, until: Instant)] = []

    func contains(_ instance: Instance, at now: Instant) -> Bool {
        entries.contains { $0.instance == instance && now < $0.until }
    }

    /// No router returns to a former life: there are two of its name.
    func contains(_ instance: Instance) -> Bool { entries.contains { $0.instance == instance } }

    /// Keeps the last four.
    mutating func add(_ instance: Instance, until: Instant) {
        entries.removeAll { $0.instance == instance }
        if entries.count == 4 { entries.removeFirst() }
        entries.append((instance, until))
    }
}

/// A router keeps saying that its numbers are lower than what is stored of it.
struct Regression: Sendable {
    let since: Instant
}

/// The last flooded message of its kind that was passed on for an originator.
struct Relayed: Sendable {
    struct Content: Equatable, Sendable {
        var instance: Instance = 0
        var linkStateSequence: SequenceNumber = 0
        var mobileSequence: SequenceNumber = 0
    }

    private var content = Content()
    private var hops = Int.max
    private var at = Instant(nanoseconds: 0)

    /// Whether to pass on a copy that made `hops` hops.
    ///
    /// A cycle of routers without memory sends each flood round until the hop limit ends it. With
    /// it, a copy goes on only if it is news, or came a shorter way than the last (so that the hop
    /// limit of those behind does not depend on luck), or `window` has passed, since a router
    /// repeats itself on purpose.
    mutating func admits(
        _ content: Content, hops: Int, at now: Instant, window: Milliseconds
    ) -> Bool {
        if self.hops < .max, now < at + window, content.instance == self.content.instance {
            let isOlder =
                content.linkStateSequence < self.content.linkStateSequence
                || content.mobileSequence < self.content.mobileSequence
            if isOlder || (content == self.content && hops >= self.hops) { return false }
        }
        self.content = content
        self.hops = hops
        at = now
        return true
    }
}
