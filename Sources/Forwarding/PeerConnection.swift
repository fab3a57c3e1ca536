internal import AMQP
internal import Basis
internal import EventLoop
internal import RemoteSASL
internal import SASL
internal import Sessions
internal import TLS
internal import Web
internal import WebSocket

/// One connection of a worker: its socket, its engine, and what hangs on it.
final class PeerConnection {
    /// How far the connection has come.
    enum Phase {
        /// Waits for the peer's open. Becomes `open` or `closing`.
        case opening
        /// Both opens are exchanged. Becomes `closing`.
        case open
        /// We have sent a close, or the engine has ended; only the end is awaited.
        case closing
    }

    let id: ConnectionID
    /// Its bytes, in clear or under TLS.
    let channel: Channel
    /// The frames over it, if it is a WebSocket.
    let webSocket: FramedChannel?
    var plan: ConnectionPlan
    /// The engine for headers, SASL, `open` and `close`; put away between the opens and the end, since
    /// it holds more than all else of a connection.
    private(set) var engine: ConnectionDriver?
    /// The engine, made anew if it was put away.
    var driver: ConnectionDriver { engine ?? makeEngine() }
    /// All between them.
    let channels: Channels
    /// The start of a frame of which more must come.
    var fragment = OctetBuffer()
    /// How many octets that frame has, as far as is known.
    var fragmentNeeds = 8
    /// Why it failed, where that was found outside the engine.
    var failure: AMQPError?
    let counters: ConnectionCounters
    /// Who opened it, in the log's words, once the engine that knows is gone.
    var openedAs: String?
    /// Its login, which the engine frames.
    let sasl: SASLLayer
    /// What the service that has let the peer in says that it may do.
    var permissions: ServicePermissions?
    /// Ours, where the mechanism has more than one message.
    var login: SASLClient?
    /// The mechanism that we log in by.
    var mechanism = ""
    /// Control is to say whether it may open.
    var awaitsAdmission = false
    /// What it says is not taken in yet.
    var isHeldBack: Bool { awaitsAdmission || restDue != nil || sasl.isWaiting }
    /// How often it may attach; nil for no limit.
    var attachRate: AttachRate?
    /// It has attached too often, and is heard again then.
    var restDue: Instant?
    /// What a policy says of its messages; nil if none does.
    var rules: MessageRules?
    /// The authenticator has heard of it.
    var hasLogin = false
    /// Is read in the next turn, whatever the kernel says.
    var isReadLater = false
    /// Waits for a turn to go on with its handshake.
    var awaitsHandshake = false
    var ticket = Ticket(slot: 0, generation: 0)
    var phase = Phase.opening
    /// Stands in the worker's list of connections with something to process.
    var isQueued = false
    /// Stands in the worker's list of connections with something to write.
    var awaitsWriting = false
    var interest: Poller.Interest = []
    /// The engine may have events, or something to write.
    var isEngineBusy = true
    /// The peer's open has come: frames behind it are for `channels`.
    var isOpened = false
    /// Octets that wait for the socket; above them no more messages are framed.
    private(set) var mostUnsent: Int
    static let mostUnsent = 512 << 10
    /// With more than this unsent, dispositions and credit too, the peer is not read from: one that
    /// does not read what it asks for fills nothing.
    static let mostUnread = 2 << 20
    /// What a peer may say while its login is looked at, in bytes; of one that is held back otherwise no
    /// more is read.
    static let mostAhead = 16 << 10
    var isFull: Bool { !sasl.isWaiting && isHeldBack && fragment.count >= Self.mostAhead }
    var incoming: [Ticket] = []
    var outgoing: [Ticket] = []
    /// Incoming links that are owed credit.
    var indebted: [Ticket] = []
    /// Outgoing links that wait for room in their session.
    var crowded: [Ticket] = []
    /// Incoming links that were paused and may go on.
    var resuming: [Ticket] = []
    /// Incoming links with the first parts of a message, which are looked at when all that has come
    /// was taken in: the rest may be among it.
    var gathering: [Ticket] = []
    var trunk: Trunk?
    var ownSessions = OwnSessions()
    /// The peer takes streaming links (IR 1.6).
    var offersStreamingLinks = false
    /// That its ends differ about its role was said.
    var isMismatchNamed = false
    /// Writes its frames to the log, if somebody has asked for that.
    var trace: FrameTrace?
    /// How much of the output is the engine's, or was written to the log.
    var tracedOutput = 0
    /// Goes before every mobile address of a multi-tenant connection: `H/` (RS-138).
    var tenant = ""
    var idle = IdleTime()
    /// Before the opens the engine keeps the time: when it looks at it again.
    var tickDue = Instant.never
    /// When one of its receivers is to be looked at that may be too slow.
    var receiversDue = Instant.never
    /// The largest frame that the peer may send. No frame of SASL's is larger than the least that this
    /// may be.
    var frameMax: Int { plan.maxFrameSize }
    var handshakeDue: Instant?
    /// When the socket is cut although the peer has not answered our close.
    var closeDue: Instant?
    /// The peer sends no more.
    var hasEnded = false
    /// What it sends no longer counts.
    var isDeaf = false
    /// Something has arrived from the peer.
    var hasSpoken = false

    init(
        id: ConnectionID, newcomer: Newcomer, plan: ConnectionPlan, counters: ConnectionCounters
    ) {
        self.id = id
        switch newcomer {
        case .socket(let socket):
            let channel = plan.security.channel(over: socket)
            self.channel = channel
            webSocket = plan.webSocket.map { way in
                FramedChannel(
                    channel, knocking: .webSocket(of: way.authority, path: way.path))
            }
        case .webSocket(let handed, let ahead):
            let channel = handed.thing
            self.channel = channel
            webSocket = FramedChannel(channel, serving: ahead)
        }
        self.plan = plan
        mostUnsent = plan.mostUnsent.least
        self.counters = counters
        let engine = ConnectionDriver(server: !plan.isOutgoing)
        self.engine = engine
        sasl = SASLLayer(engine.transport)
        channels = Channels(channelMax: plan.channelMax)
    }

    /// The socket has taken so many octets, and no more; or all that there were.
    @inline(__always)
    func socketTook(_ count: Int, isAll: Bool) {
        let bounds = plan.mostUnsent
        if !isAll {
            mostUnsent = bounds.least
        } else if count >= mostUnsent {
            mostUnsent = min(mostUnsent * 2, bounds.most)
        }
    }

    private func makeEngine() -> ConnectionDriver {
        let made = ConnectionDriver(openedWithMaxFrame: plan.maxFrameSize)
        engine = made
        return made
    }

    /// The opens are exchanged, and all that the engine had to say is in the output.
    func putEngineAway() {
        guard let engine, trace == nil, !engine.isReadClosed, !engine.isWriteClosed else { return }
        if plan.isGoverned { openedAs = visitorWords }
        self.engine = nil
    }

    /// Both directions have ended, and nothing is left to be heard of it.
    var isFinished: Bool { engine?.isFinished ?? false }

    /// Sets what must be set before the first byte.
    func prepare() {
        let transport = driver.transport
        transport.setMaxFrame(plan.maxFrameSize)
        transport.setChannelMax(plan.channelMax)
        transport.setIdleTimeout(milliseconds: Int(plan.idleTimeout.count))
        if plan.isOutgoing {
            if let mechanisms = plan.mechanisms { transport.allowMechanisms(mechanisms) }
        } else {
            transport.requireAuthentication(plan.requiresAuthentication)
        }
        driver.bind()
        if plan.isOutgoing { open() }
    }

    /// Sends our `open` (RS-6 to RS-12).
    func open() {
        let connection = driver.connection
        connection.setContainer(plan.container)
        if let hostname = plan.hostname { connection.setHostname(hostname) }
        let capabilities = Value.array(.symbols(["ANONYMOUS-RELAY", "qd.streaming-links"]))
        connection.setOfferedCapabilities(capabilities)
        connection.setDesiredCapabilities(capabilities)
        var properties: [(Value, Value)] = []
        for (key, value) in plan.properties {
            properties.append((.symbol(key), value))
            if key == "version" {
                properties.append(
                    (.symbol("qd.conn-id"), .int(Int32(truncatingIfNeeded: id.number))))
            }
        }
        connection.setProperties(.map(ValueMap(properties)))
        connection.open()
    }

    var peerHost: String { plan.peerHost }

    /// Credit that the peer gets on a link. A qdrouterd drops the pre-settled messages for which it
    /// has none, so such a neighbour gets more, for the bursts in which it sends.
    var inletCapacity: Int {
        guard plan.role == .interRouter, let trunk, !trunk.isMartlet else {
            return plan.linkCapacity
        }
        return max(plan.linkCapacity, Trunk.foreignCapacity)
    }

    /// Frames that may come on one session before we have taken them: at first, and at the most. A
    /// client that has to wait for its window moves what is left of a large message for each part of
    /// it, so the window becomes wide where receivers keep up. It has room for the credit of a link, in
    /// no more than twice its octets where the peer is no router: frames may be small, and large.
    private func window(_ octets: (first: Int, most: Int)) -> (first: Int, most: Int) {
        if let frames = plan.maxSessionFrames { return (frames, frames) }
        let (most, wanted) = (2 * octets.first / plan.maxFrameSize, inletCapacity + 50)
        let least = max(Self.fewFrames, plan.role == .interRouter ? wanted : min(wanted, most))
        return (
            max(least, octets.first / plan.maxFrameSize),
            max(least, octets.most / plan.maxFrameSize)
        )
    }

    private static let fewFrames = 16

    /// Begins a session of the peer's or of ours.
    func begin(_ session: Session, _ budget: MemoryBudget) {
        let window = window(budget.ofOneWindow)
        session.begin(window: window.first, most: window.most)
    }
}
