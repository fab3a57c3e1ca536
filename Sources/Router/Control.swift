internal import AMQP
internal import Addressing
internal import Basis
package import Configuration
package import EventLoop
internal import Forwarding
package import Logging
internal import Management
internal import Policy
internal import Routing
internal import RemoteSASL
internal import SASL
internal import Schema
internal import Topology
internal import Web

/// The loop that decides everything that is not per message, and owns listeners and connectors.
///
/// Not `Sendable`: it lives on the thread that runs it.
package final class Control {
    let log: Log
    /// As it was last read.
    var configuration: RouterConfiguration
    /// Reads the configuration file again; nil if there is none.
    let reread: Reread?
    /// Wants to hear how the router is.
    let supervisor: Supervisor?
    package typealias Reread = () throws(BadConfiguration) -> RouterConfiguration
    var settings: RouterSettings { configuration.router }
    let identity: RouterIdentity
    let mailbox = Mailbox<ControlLetter>()
    let workers: [WorkerHandle]
    var placement: Placement
    var poller = Poller()
    var timers = TimerHeap()
    let platform: Platform
    /// Those that the caller gives their turns.
    var turnedWorkers: [Worker] = []
    var now: Instant
    /// On the machine's clock, where there is one: turns are not to be long.
    var turnBegan = Clock.now
    var table: AddressTable
    var connections: [ConnectionID: ConnectionEntry] = [:]
    var lastConnection: UInt64 = 0
    var listeners: [UInt64: Listener] = [:]
    var connectors: [UInt64: Connector] = [:]
    /// What proxies are asked, for connectors that go through them.
    var knocks: [UInt64: Knock] = [:]
    var dialler: Dialler
    let agent = Agent(schema: .all)
    let agentThread: AgentThread
    /// Started with the first listener of HTTP.
    var web: WebThread?
    var traffic = ConnectionTotals()
    let ranking = SharedRanking()
    /// Who asks whether all threads are alive.
    var liveness: LivenessRound?
    var lastLivenessRound: UInt64 = 0
    /// All was there once that belongs to the start.
    var hasStarted = false
    var requests = RequestQueue<InProcessDelivery>()
    var requestsWithAgent = 0
    var isRequestTimed = false
    var logSettings = Control.standardLogSettings
    var policy = Control.standardPolicy
    static let standardPolicy = ConfiguredEntity(
        type: Schema.policy, name: "policy/None", id: "None", attributes: [:])
    var policyCounts = PolicyCounts()
    /// Vhosts, ready to be asked, and the connections of each.
    var vhostPolicy = Policy()
    var admissions = Admissions()
    var newcomers: Newcomers
    var hostNames = HostNames()
    var trail: AuditTrail?
    var addresses = AddressConfigurations()
    var linkRoutes = LinkRoutes()
    var dummies: [ConfiguredEntity] = []
    /// TLS profiles, authentication services and vhosts, as management shows them.
    var kept: [ConfiguredEntity] = []
    /// TLS profiles by name, for listeners and connectors that are still to be made.
    var profileSettings: [String: ProfileSettings] = [:]
    var profiles = TLSProfiles()
    let profileWatch = DirectoryWatch()
    var changedDirectories: Set<String> = []
    /// Which ends of certificates were warned of.
    var warnedEnds: Set<String> = []
    /// Trunks whose connector dials anew.
    var retiring: [ConnectionID: RetiringTrunk] = [:]
    /// When the next certificate of a peer ends, if that is soon.
    var peerEndDue: Instant?
    /// Started when the first listener or connector needs it.
    var startedAuthenticator: Authenticator?
    /// Services that listeners name for their logins.
    var authServices: [String: AuthServiceSettings] = [:]
    /// Started when the first connection needs it.
    var startedAuthService: AuthService?
    /// Nil until that was looked at.
    var isSASLSetUp: Bool?
    var lastDummy = 0
    var startedAt: Instant { platform.start }
    /// Links, as the sweep sees them.
    var watches: [LinkID: LinkWatch] = [:]
    var linkTotals = LinkTotals()
    var isSweeping = false
    /// What the process took at the start, and when memory was last given back.
    var memoryAtStart = MemoryAtRest()
    var memoryAtRest = MemoryAtRest()
    /// What may wait in all workers together.
    let budget: MemoryBudget
    var sweepSeconds = 0
    var sweepTiming = SweepTiming.usual
    /// The level of module PROTOCOL asks for the frames of all connections.
    var tracesAllFrames = false
    /// Of an interior router.
    var mesh: MeshState?
    /// Of an edge router.
    var edge: EdgeState?
    var edgeServices = EdgeServices()
    var controlMessages = Ring<WaitingControlMessage>()
    var lastToken: UInt64 = Control.firstToken
    var effects: [AddressTable.Effect] = []
    var autoLinks = AutoLinks()
    var exchanges = Exchanges()
    /// Nil for a router that no signal ends.
    let signals: Descriptor?
    var phase = Phase.running
    /// The router takes leave of its clients; nil while it serves.
    var leave: Leave?
    /// The signal that asked for the end.
    var endSignal: Signals.Signal?

    var endedWorkers = 0

    enum Phase { case running, ending, ended }

    static let mailboxToken: UInt64 = 0
    static let signalToken: UInt64 = 1
    static let diallerToken: UInt64 = 2
    static let meshToken: UInt64 = 3
    static let agentToken: UInt64 = 4
    static let sweepToken: UInt64 = 5
    static let requestToken: UInt64 = 6
    static let profileToken: UInt64 = 7
    static let expiryToken: UInt64 = 8
    static let autoLinkToken: UInt64 = 9
    static let edgeToken: UInt64 = 10
    static let trackingToken: UInt64 = 11
    static let webToken: UInt64 = 12
    static let livenessToken: UInt64 = 13
    static let hostNameToken: UInt64 = 14
    static let heartbeatToken: UInt64 = 15
    static let lookupToken: UInt64 = 16
    static let watchdogToken: UInt64 = 17
    static let auditToken: UInt64 = 18
    static let leaveToken: UInt64 = 19
    static let routeOfferToken: UInt64 = 20
    static let rotationToken: UInt64 = 21
    static let peerEndToken: UInt64 = 22
    static let firstToken: UInt64 = 32

    /// Makes the router and its workers; nothing runs or listens yet.
    package init(
        _ configuration: RouterConfiguration, log: Log, signals: SignalSource?,
        reread: Reread? = nil, supervisor: Supervisor? = nil, platform: Platform = .machine
    ) {
        self.platform = platform
        now = platform.start
        dialler = Dialler(dial: platform.dial)
        agentThread = AgentThread(hasThread: !platform.isTurnedByCaller)
        self.configuration = configuration
        self.reread = reread
        self.supervisor = supervisor
        self.log = log
        self.signals = signals?.descriptor
        identity = RouterIdentity(
            id: configuration.router.id
                ?? "\(Self.prefix(of: configuration.router.mode))_\(platform.chance.text(length: 15))",
            mode: configuration.router.mode)
        let count = max(1, configuration.router.workerThreads ?? Processors.count)
        workers = (0..<count).map(WorkerHandle.init(number:))
        budget = MemoryBudget(limit: configuration.router.memoryBudget ?? Self.usualBudget)
        placement = Placement(workerCount: count)
        newcomers = Newcomers(
            most: configuration.router.maxUnauthenticated,
            mostOfHost: configuration.router.maxUnauthenticatedPerHost)
        table = AddressTable(
            router: identity,
            rules: AddressRules(
                defaultDistribution: Distribution(configuration.router.defaultDistribution)),
            workerCount: count,
            randomText: { [chance = platform.chance] in chance.text(length: 15) })
        table.holdings.limits = EdgeLimits(configuration.router)
        poller.add(mailbox.wakeUp, token: Self.mailboxToken, for: .reading)
        if let signals { poller.add(signals.descriptor, token: Self.signalToken, for: .reading) }
        poller.add(dialler.mailbox.wakeUp, token: Self.diallerToken, for: .reading)
        poller.add(profileWatch.descriptor, token: Self.profileToken, for: .reading)
        poller.add(hostNames.answers.wakeUp, token: Self.hostNameToken, for: .reading)
        poller.add(agentThread.answers.wakeUp, token: Self.agentToken, for: .reading)
    }

    private static func prefix(of mode: RouterMode) -> String {
        switch mode {
        case .standalone: "Standalone"
        case .interior: "Interior"
        case .edge: "Edge"
        }
    }

    /// Serves until a signal ends it.
    package func run() {
        while phase != .ended {
            let ready = poller.wait(milliseconds: waitingTime)
            turnBegan = Clock.now
            now = turnBegan
            turn(ready)
        }
        endAudit()
        log.write(.routerCore, .info, "Router Core thread exited")
        log.flush()
        if endSignal == .interrupt { Signals.die(of: .interrupt) }
    }

    func turn(_ ready: Int) {
        for index in 0..<ready { handle(poller.ready(at: index)) }
        takeControlMessages()
        while let token = timers.popDue(at: now) { timerFired(token) }
    }

    /// When control wants a turn although nobody says anything; nil if not at all.
    var ownDue: Instant? { controlMessages.isEmpty ? timers.nextDue : now }

    private var waitingTime: Int32 {
        guard let due = ownDue else { return -1 }
        guard due > now else { return 0 }
        return Int32(clamping: due.since(now).count + 1)
    }

    private func handle(_ ready: Poller.Ready) {
        switch ready.token {
        case Self.mailboxToken: takeLetters()
        case Self.signalToken:
            while let signal = signals.flatMap(Signals.next(from:)) { take(signal) }
        case Self.diallerToken: takeAnswers()
        case Self.profileToken: profileFilesChanged()
        case Self.hostNameToken: takeHostAddresses()
        case Self.auditToken: auditFailed()
        case Self.agentToken: takeAnswers(ofAgent: agentThread.takeAnswers())
        case Self.webToken: takeWebReports()
        default:
            if listeners[ready.token] != nil {
                accept(on: ready.token)
            } else if connectors[ready.token] != nil {
                connectDone(ready.token)
            }
        }
    }

    private func takeLetters() {
        var letters: [ControlLetter] = []
        mailbox.heard()
        mailbox.take(into: &letters)
        for letter in letters { handle(letter) }
    }

    private func timerFired(_ token: UInt64) {
        switch token {
        case Self.meshToken: meshTimerFired()
        case Self.sweepToken: sweepTimerFired()
        case Self.requestToken: requestTimerFired()
        case Self.profileToken: rereadProfiles()
        case Self.expiryToken: watchEnds()
        case Self.autoLinkToken: autoLinkTimerFired()
        case Self.livenessToken: endLivenessRound()
        case Self.watchdogToken: watchdogTimerFired()
        case Self.hostNameToken: hostNameTimerFired()
        case Self.edgeToken: edgeTimerFired()
        case Self.trackingToken: trackingTimerFired()
        case Self.lookupToken: lookupTimerFired()
        case Self.routeOfferToken: routeOfferTimerFired()
        case Self.heartbeatToken: heartbeatTimerFired()
        case Self.leaveToken: leaveTimerFired()
        case Self.rotationToken: rotationTimerFired()
        case Self.peerEndToken: expelEnded()
        default:
            if connectors[token] != nil {
                connectorTimerFired(token)
            } else {
                resume(listener: token)
            }
        }
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }
}

/// Where the signals arrive that the router knows; the others end it no more.
package struct SignalSource {
    let descriptor: Descriptor

    package init() {
        Signals.ignoreStray()
        descriptor = Signals.open()
    }
}
