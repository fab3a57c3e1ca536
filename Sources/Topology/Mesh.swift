package import Basis

/// The mesh as one router sees it: its neighbours, everyone's link states, the paths that follow
/// from them, and who has destinations for which address.
///
/// A pure machine for the interior routing protocol of qdrouterd 1.x. It knows nothing of AMQP, and
/// its driver nothing of routing: the driver decodes control messages into events and carries out
/// the effects. Messages addressed to another router do not pass the machine; the driver asks
/// ``nextHop(to:)`` and ``isHopLimitExceeded(traceCount:)``.
///
/// Where it departs from the protocol as qdrouterd runs it; none of it can be told from the outside
/// but by its speed and by the messages it saves:
///
/// - Everything happens at once rather than at the next tick. Only what can come in bursts is
///   gathered: address changes, and computations that follow no loss (``Timing``).
/// - A HELLO is sent when a trunk opens, and when a router is first heard on it.
/// - LSR and MAR are repeated, ever more seldom, until answered, and not sent once a copy of an RA.
/// - A new node is asked for its addresses when its link state comes, not at its next RA.
/// - An answer to a router without a path goes back where the question came from.
/// - A router out of reach has no next hop, rather than its last one.
/// - The radius counts every shortest path, not only the one that is used here: a message comes by
///   whichever its sender prefers, and must not be taken for one that went astray.
/// - Messages of a router's former life do not count for some seconds after its restart.
/// - Floods are passed on once, not on every way that a cycle offers (``Relayed``).
/// - Of several trunks to one neighbour the newest counts while it is heard; the next newest stands
///   by. qdrouterd goes back and forth between them with each HELLO.
/// - Sequence numbers do not begin at 0 but go on from a number that no former life has reached. A
///   qdrouterd takes an LSU of whichever life it comes from, if it comes before it has noted the
///   instance, or after the restart was noticed, and believes it until a higher number is announced.
/// - An LSU of an instance other than the router's present one is ignored: it was under way when
///   its router restarted.
/// - In a mesh of Martlets no RA tells of a change (``digest``).
/// - A router that for a while announces lower numbers than are stored of it restarted unnoticed.
///
/// qdrouterd knows at most 127 other routers and drops what it hears of more, so a mesh with a
/// qdrouterd as an interior member must stay within 128 routers. Here is no such limit: numbers are
/// private to each router, so Martlets alone may be as many as ``Limits`` lets. In a larger mesh a
/// qdrouterd can take part as an edge router, or as an interior router that no shortest path
/// crosses: it serves the 127 routers that it heard first, and whatever it is handed for another
/// it releases.
package struct Mesh: Sendable {
    package let myself: RouterID
    /// Differs from boot to boot; others compare it for equality only.
    package internal(set) var instance: Instance
    /// At random, and different from boot to boot.
    let salt: UInt32
    /// How often another life of this router was outbid in the present one.
    var outbids = 0
    /// Of a former life; the numbers of this one are higher.
    var formerSequence: SequenceNumber
    package let timing: Timing
    let limits: Limits

    var nodes: NodeTable
    /// Of all other routers' link states.
    var peerCount = 0
    /// What all other routers' addresses take, roughly.
    var addressOctets = 0
    /// In order of their ids.
    var trunks: [Trunk] = []
    var trunksOpened = 0
    var announced: AnnouncedAddresses

    var pending = Pending()
    var nextTick = Instant(nanoseconds: 0)
    var computations = Computations()
    var lastAnnouncement = Instant(nanoseconds: 0)
    /// Others are to go round this router, and to leave its clients alone.
    private(set) var isLeaving = false
    /// At the next tick nobody can be taken for silent.
    var isBehind = false
    /// At the last tick.
    var wasAmongMartlets = true
    /// Of what was known at the last HELLO: it takes a look at every router, so one a second is enough.
    var digest: UInt64 = 0
    var lastUpdate: Instant?
    /// When some router that can be reached is to be asked something.
    var nextAsk: Instant?
    private var lastWake: Instant?

    /// The most hops of any shortest path to a router that can be reached.
    package internal(set) var radius = 0
    /// When paths were last computed from something new.
    package internal(set) var lastTopologyChange = Instant(nanoseconds: 0)
    /// What decides which way multicast and balanced messages of other routers may go.
    package internal(set) var originTrees: OriginTrees
    var suspicions = Suspicions()

    /// No former life of the router may have used a sequence number above `formerSequence`.
    /// `salt` is drawn at random.
    package init(
        myself: RouterID, instance: Instance, formerSequence: SequenceNumber = 0,
        salt: UInt32 = 0, timing: Timing = Timing(), limits: Limits = Limits()
    ) {
        self.myself = myself
        self.instance = instance
        self.formerSequence = formerSequence
        self.salt = salt
        self.timing = timing
        self.limits = limits
        announced = AnnouncedAddresses(sequence: formerSequence)
        nodes = NodeTable(
            myself: Node(id: myself, instance: instance))
        originTrees = OriginTrees(
            graph: Graph(routers: [myself], offsets: [0, 0], targets: [], costs: []), myself: 0)
    }

    /// Takes in one event and adds to `effects` what is to be done, in order.
    package mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        switch event {
        case .started: start(at: now)
        case .timerFired: timerFired(at: now, &effects)
        case .fellBehind: isBehind = true
        case .trunkOpened(let trunk, let cost, let takesRecords):
            open(trunk, cost: cost, takesRecords: takesRecords, at: now, &effects)
        case .trunkClosed(let trunk): close(trunk, at: now, &effects)
        case .received(let message, let arrival): receive(message, arrival, at: now, &effects)
        case .receivedTooNew(let version, let router):
            guard suspicions.isFirstTooNew(router) else { break }
            effects.append(.log(.protocolVersionTooNew(router, version: version)))
        case .localAddressAdded(let address):
            if !isLeaving { announced.add(address, at: now) }
        case .localAddressRemoved(let key): announced.remove(key, at: now)
        case .leaving:
            isLeaving = true
            announced.removeAll(at: now)
            pending.ownLinkState = true
            pending.isUrgent = true
        }
        settle(at: now, &effects)
        askForWake(&effects)
    }

    private mutating func receive(
        _ message: ControlMessage, _ arrival: Arrival, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let trunk = trunkIndex(arrival.trunk) else { return }
        if case .hello(let id, let instance, let seen, let digest) = message {
            heardHello(from: id, instance, seen: seen, on: trunk, at: now, &effects)
            if let digest { compare(with: digest, on: trunk, at: now, &effects) }
            return
        }
        if message.id == myself {
            heardMyself(message, &effects)
            return
        }
        switch message {
        case .hello: break
        case .ra(let id, let instance, let linkState, let mobile):
            let content = Relayed.Content(
                instance: instance, linkStateSequence: linkState, mobileSequence: mobile)
            heardAnnouncement(from: id, content, arrival, at: now, &effects)
        case .lsu(let id, let instance, let linkState):
            heardLinkState(linkState, from: id, instance, at: now, &effects)
        case .lsr(let id):
            heardLinkStateRequest(from: id, arrival, at: now, &effects)
        case .mau(let id, let sequence, let update, let part):
            heardUpdate(update, sequence, part, from: id, arrival, at: now, &effects)
        case .mar(let id, let have):
            heardAddressRequest(from: id, have: have, arrival, &effects)
        case .summary(_, let entries): heardSummary(entries, on: trunk, at: now, &effects)
        case .records(_, let records): heardRecords(records, on: trunk, at: now, &effects)
        }
    }

    private mutating func askForWake(_ effects: inout [Effect]) {
        var wake = nextTick
        if pending.isAny { wake = min(wake, computations.nextDue) }
        if let due = addressesDue { wake = min(wake, due) }
        if let nextAsk { wake = min(wake, nextAsk) }
        guard wake != lastWake else { return }
        lastWake = wake
        effects.append(.wake(at: wake))
    }
}

/// What has changed and is not yet acted on.
struct Pending: Sendable {
    /// The set of neighbours, or the cost of one.
    var ownLinkState = false
    /// The neighbours may be as before, but a former life of this router has used its number.
    var isOutbid = false
    /// Anything that paths depend on.
    var paths = false
    /// Which trunk leads to a neighbour: the way is as before unless that costs something else.
    var trunks = false
    /// A way was lost: the computation may not wait.
    var isUrgent = false

    var isAny: Bool { ownLinkState || paths || trunks }
}

/// How often paths may be computed. Of many changes that come one by one, as when a large mesh
/// starts, each would otherwise be told to all and computed by all.
struct Computations: Sendable {
    private(set) var nextDue = Instant(nanoseconds: 0)
    private var interval: Milliseconds = 0
    private var calmAt = Instant(nanoseconds: 0)

    mutating func note(at now: Instant, routers: Int, _ timing: Timing) {
        let isFirst = calmAt <= now
        let bySize = timing.computeIntervalPerRouter.count * UInt64(routers)
        let most = min(bySize, timing.greatestComputeInterval.count)
        let least = timing.computeInterval.count
        interval = Milliseconds(isFirst ? least : max(least, min(interval.count * 2, most)))
        nextDue = now + interval
        calmAt = now + timing.calm
    }
}

/// What was already logged, and need not be again.
struct Suspicions: Sendable {
    private var tooNew: Set<RouterID> = []
    private var duplicate: Instance?
    private var otherInstance: Instance?
    var isFullLogged = false

    /// Remembers no more than a few hundred routers.
    mutating func isFirstTooNew(_ router: RouterID) -> Bool {
        tooNew.count < 256 && tooNew.insert(router).inserted
    }

    mutating func isFirstDuplicate(_ instance: Instance) -> Bool {
        defer { duplicate = instance }
        return duplicate != instance
    }

    /// An announcement of this router's own earlier life can still be under way after a restart, so
    /// only a second one of the same instance tells.
    mutating func isRepeated(_ instance: Instance) -> Bool {
        defer { otherInstance = instance }
        return otherInstance == instance
    }
}
