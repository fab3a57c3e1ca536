package import Addressing
public import Basis
public import EventLoop
public import Logging
internal import TLS

/// What others hold of a worker: where to write to it, and what it has counted.
public struct WorkerHandle: Sendable {
    public let number: Int
    public let mailbox: Mailbox<WorkerLetter>
    public let counters: WorkerCounters
    public let pools: PoolGauges
    public let connectionCount: Gauge
    /// The share of a second that the worker was at work when that was last measured, in
    /// thousandths, and when that was, in milliseconds: one that sleeps measures nothing.
    let busyness: Gauge
    let measured: Gauge
    /// Nanoseconds of processor time that the worker had used when that was last measured.
    public let processorTime: Gauge

    public init(number: Int) {
        self.number = number
        mailbox = Mailbox()
        counters = WorkerCounters()
        pools = PoolGauges()
        connectionCount = Gauge()
        busyness = Gauge()
        measured = Gauge()
        processorTime = Gauge()
    }

    /// How busy the worker is, in thousandths of its time.
    package func busyness(at now: Instant) -> UInt64 {
        let age = now.nanoseconds / 1_000_000 &- measured.value.count
        return age <= 2_000 ? busyness.value.count : 0
    }
}

/// A `Counter` that can be shared.
public final class Gauge: Sendable {
    public let value = Counter()
    public init() {}
}

/// What all workers are told at the start.
public struct WorkerSettings: Sendable {
    let router: RouterIdentity
    /// How long a receiver may give no credit before pre-settled messages stop waiting for it.
    public let presettledHold: Milliseconds
    let budget: MemoryBudget
    /// Of one connection.
    let maxLinks: Int
    let attachesPerSecond: Int
    let recentCopies = RecentCopies()
    let chance: Chance

    package init(
        router: RouterIdentity, presettledHold: Milliseconds, budget: MemoryBudget,
        maxLinks: Int, attachesPerSecond: Int, chance: Chance
    ) {
        self.chance = chance
        self.maxLinks = maxLinks
        self.attachesPerSecond = attachesPerSecond
        self.router = router
        self.presettledHold = presettledHold
        self.budget = budget
    }
}

/// One event loop that owns its connections whole: sockets, engines, links and deliveries.
///
/// Not `Sendable`: made inside its thread's closure, it never leaves it. No lock is taken and
/// nothing is allocated for a message that a receiver of this worker can take at once.
public final class Worker {
    let handle: WorkerHandle
    let peers: [WorkerHandle]
    let control: Mailbox<ControlLetter>
    let settings: WorkerSettings
    let log: Log

    var poller = Poller()
    var timers = TimerHeap()
    var now = Clock.now
    var connections = SlotTable<PeerConnection>()
    /// Connections that are gone, whose links are not all.
    var leaving: [LeavingConnection] = []
    var incomingLinks = SlotTable<IncomingLink>()
    var outgoingLinks = SlotTable<OutgoingLink>()
    var deliveries = SlotTable<OutgoingDelivery>(capacity: 1_024)
    var groups = SlotTable<MessageGroup>()
    var spareLists = SpareLists()
    var routes: [RouteID: Route] = [:]
    var routesByKey = KeyTable<Route>()
    var routers = RouterTable()
    /// Incoming links that were drained although their address has consumers in the mesh.
    var awaitingMesh: [Ticket] = []
    /// Counts the changes of `routers`.
    var meshChange: UInt64 = 0
    var routersByName: [String: RouterIndex] = [:]
    /// Nil until control has told of any.
    var origins: MeshOrigins?
    var radius = 0
    /// Links of consumers whose detach is answered when all workers know of it.
    var unansweredDetaches: [Ticket: UnansweredDetach] = [:]
    /// Peers of routed links that have detached, each until the peer of the other end has.
    var unansweredRouted: [LinkEnd: UnansweredDetach] = [:]
    /// Routed links of which we wait for the peer's detach.
    var awaitedDetaches: [ObjectIdentifier: AwaitedDetach] = [:]
    /// Incoming links with a message whose address is being looked up, by routing key.
    var waitingForRoute: [[UInt8]: [Ticket]] = [:]
    /// The message being routed was held before.
    var isGoingOn = false
    /// Where the message being sent goes instead of where it came for.
    var redirection: Redirection?
    /// Addresses with an exchange.
    var exchanges: Set<RouteID> = []
    /// Parcels' groups here, by the origin's ticket there.
    var parcelGroups = OriginTable()
    var parcelDeliveries = OriginTable()

    /// Connections with something to process.
    var work: [PeerConnection] = []
    var nextWork: [PeerConnection] = []
    /// Connections that were processed and may have something to write.
    var written: [PeerConnection] = []
    var outbox: [[WorkerLetter]]
    var controlOutbox: [ControlLetter] = []
    var letters: [WorkerLetter] = []
    var nextTag: UInt64 = 0
    var lastStamp: CopyStamp
    /// As annotations name it; empty at an edge, which is not named (IR-95).
    let routerName: [UInt8]
    let isEdge: Bool
    /// At an edge: the route of messages for elsewhere.
    var elsewhere: Route?
    var isEnding = false
    /// Takes leave of its clients: their senders get no credit.
    var isDraining = false
    /// Connections that have more to read than the kernel tells of.
    var unread: [Ticket] = []
    /// Connections that wait for a turn to go on with their handshakes.
    var shaking: [Ticket] = []
    /// Steps of handshakes in this turn.
    var handshakes = 0

    /// Holds what was read, of one connection at a time.
    let input = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Worker.inputSize, alignment: 16)
    /// Holds a rewritten head: in which form of the present message, and how long.
    var form = HeadForm.none
    var headCount = 0
    var headScratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 16)

    static let mailboxToken: UInt64 = 0

    public init(
        handle: WorkerHandle, peers: [WorkerHandle], control: Mailbox<ControlLetter>,
        settings: WorkerSettings, log: Log
    ) {
        self.handle = handle
        self.peers = peers
        self.control = control
        self.settings = settings
        self.log = log
        lastStamp = CopyStamp(by: settings.chance)
        isEdge = settings.router.mode == .edge
        routerName = isEdge ? [] : Array(settings.router.name.utf8)
        outbox = Array(repeating: [], count: peers.count)
        poller.add(handle.mailbox.wakeUp, token: Self.mailboxToken, for: .reading)
    }

    deinit {
        input.deallocate()
        headScratch.deallocate()
    }

    /// Runs until it is told to end and its last connection is gone.
    public func run() {
        var meter = BusynessMeter()
        while !hasEnded {
            let ready = poller.wait(milliseconds: waitingTime)
            now = Clock.now
            turn(ready)
            if let busyness = meter.measure(at: now) {
                handle.busyness.value.set(busyness)
                handle.measured.value.set(now.nanoseconds / 1_000_000)
                handle.processorTime.value.set(meter.used)
            }
        }
        control.post(.workerEnded(handle.number))
    }

    private var hasEnded: Bool { isEnding && connections.count == 0 && leaving.isEmpty }

    private func turn(_ ready: Int) {
        handle.counters.turns.raise()
        // What control has said comes before what a peer may say because of it.
        readLetters()
        readUnread()
        for index in 0..<ready { handle(poller.ready(at: index)) }
        runTimers()
        letLinksGo()
        doWork()
        deliverOutbox()
        tellPools()
    }

    /// One turn on a clock of the caller's, who gives the worker no thread. False if there was nothing
    /// to do.
    package func turn(at time: Instant) -> Bool {
        let isDue = nextDue.map { $0 <= time } ?? false
        now = time
        let ready = poller.wait(milliseconds: 0)
        guard ready > 0 || isDue else { return false }
        turn(ready)
        return true
    }

    /// When it wants a turn although nobody says anything; nil if not at all.
    package var nextDue: Instant? {
        leaving.isEmpty && unread.isEmpty && shaking.isEmpty ? timers.nextDue : now
    }

    private var waitingTime: Int32 {
        guard let due = nextDue else { return -1 }
        guard due > now else { return 0 }
        return Int32(clamping: due.since(now).count + 1)
    }

    private func handle(_ ready: Poller.Ready) {
        guard ready.token != Self.mailboxToken else {
            self.handle.mailbox.heard()
            return readLetters()
        }
        let ticket = Ticket(packed: ready.token)
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        if ready.isReadable || connection.channel.readsByWriting { read(connection) }
        enqueue(connection)
    }

    private func readLetters() {
        handle.mailbox.take(into: &letters)
        for letter in letters { handle(letter) }
        letters.removeAll(keepingCapacity: true)
    }

    // MARK: Work

    /// Puts a connection among those that will be processed and written before the next wait.
    /// One that is being processed stands there already.
    @inline(__always)
    func enqueue(_ connection: PeerConnection) {
        guard !connection.isQueued else { return }
        connection.isQueued = true
        nextWork.append(connection)
    }

    /// All that happened is taken in before anything is written, so that a connection's transfers,
    /// dispositions and credit leave together, whichever connections they came from.
    private func doWork() {
        while !nextWork.isEmpty {
            while !nextWork.isEmpty {
                swap(&work, &nextWork)
                for connection in work { takeIn(connection) }
                work.removeAll(keepingCapacity: true)
            }
            for connection in written {
                connection.awaitsWriting = false
                // One that has just gone must not be touched: its descriptor may be another's.
                if connections.contains(connection.ticket) { giveOut(connection) }
            }
            written.removeAll(keepingCapacity: true)
        }
    }

    private func takeIn(_ connection: PeerConnection) {
        if connections.contains(connection.ticket) {
            while !connection.resuming.isEmpty { resume(connection) }
        }
        connection.isQueued = false
        guard !connection.awaitsWriting else { return }
        connection.awaitsWriting = true
        written.append(connection)
    }

    private func deliverOutbox() {
        for index in outbox.indices where !outbox[index].isEmpty {
            peers[index].mailbox.post(batch: &outbox[index])
        }
        control.post(batch: &controlOutbox)
    }

    func post(_ letter: WorkerLetter, to worker: Int) { outbox[worker].append(letter) }

    func post(_ letter: ControlLetter) { controlOutbox.append(letter) }

    // MARK: Timers

    /// Asks for `turn` of the connection at `due`, at the latest.
    func wake(_ connection: PeerConnection, at due: Instant) {
        timers.add(connection.ticket.packed, due: due)
    }

    private func runTimers() {
        while let token = timers.popDue(at: now) {
            let ticket = Ticket(packed: token)
            guard connections.contains(ticket) else { continue }
            timerFired(connections[ticket])
        }
    }
}

/// How much of the last second the thread was at work.
struct BusynessMeter {
    private var since = Clock.now
    private(set) var used = Clock.threadProcessorTime

    /// Thousandths of a second's work, once a second at most; nil in between.
    mutating func measure(at now: Instant) -> UInt64? {
        let span = now.since(since).count
        guard span >= 1_000 else { return nil }
        let nowUsed = Clock.threadProcessorTime
        defer {
            since = now
            used = nowUsed
        }
        return (nowUsed - used) / 1_000 / span
    }
}
