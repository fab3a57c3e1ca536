internal import AMQP
internal import Basis
internal import EventLoop

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
    let socket: Descriptor
    let plan: ConnectionPlan
    let driver: ConnectionDriver
    let counters: ConnectionCounters
    var ticket = Ticket(slot: 0, generation: 0)
    var phase = Phase.opening
    /// Stands in the worker's list of connections with something to process.
    var isQueued = false
    /// Stands in the worker's list of connections with something to write.
    var awaitsWriting = false
    var wantsWrite = false
    /// Bytes of messages that the engine was given and the socket has not taken, roughly: framing
    /// is counted when it is written, until all is written.
    var unwrittenBytes = 0
    /// With more than this no message is given to the engine.
    static let mostUnwrittenBytes = 512 << 10
    /// Bytes asked of the socket at once: few until a peer has more to say.
    var readSize = PeerConnection.firstRead
    var incoming: [Ticket] = []
    var outgoing: [Ticket] = []
    /// Incoming links that are owed credit.
    var indebted: [Ticket] = []
    /// Outgoing links that wait for room in their session.
    var crowded: [Ticket] = []
    /// Incoming links that were paused and may go on.
    var resuming: [Ticket] = []
    /// Links and sessions that both sides have done with. They are freed when the answers to the
    /// peer are framed: the engine forgets what it has not yet said of one that is freed before.
    var endedLinks: [Link] = []
    var endedSessions: [Session] = []
    var trunk: Trunk?
    /// That its ends differ about its role was said.
    var isMismatchNamed = false
    /// Writes its frames to the log, if somebody has asked for that.
    var trace: FrameTrace?
    /// Goes before every mobile address of a multi-tenant connection: `H/` (RS-138).
    var tenant = ""
    /// When the next tick of the engine was asked for.
    var tickDue: Instant?
    var handshakeDue: Instant?
    /// When the socket is cut although the peer has not answered our close.
    var closeDue: Instant?
    /// The peer sends no more, or nothing more is read.
    var hasEnded = false
    /// Something has arrived from the peer.
    var hasSpoken = false

    static let firstRead = 4_096
    /// What one connection may read in a turn of the loop.
    static let mostRead = 65_536

    init(
        id: ConnectionID, socket: Descriptor, plan: ConnectionPlan, counters: ConnectionCounters
    ) {
        self.id = id
        self.socket = socket
        self.plan = plan
        self.counters = counters
        driver = ConnectionDriver(server: !plan.isOutgoing)
    }

    /// Sets what must be set before the first byte.
    func prepare() {
        let transport = driver.transport
        transport.setMaxFrame(plan.maxFrameSize)
        transport.setChannelMax(plan.channelMax)
        transport.setIdleTimeout(milliseconds: Int(plan.idleTimeout.count))
        transport.allowInsecureMechanisms(true)
        if let mechanisms = plan.mechanisms { transport.allowMechanisms(mechanisms) }
        let connection = driver.connection
        if plan.isOutgoing {
            if let user = plan.user { connection.setUser(user) }
            if let password = plan.password { connection.setPassword(password) }
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

    /// Credit that the peer gets on a link. A qdrouterd drops the pre-settled messages for which it
    /// has none, so such a neighbour gets more, for the bursts in which it sends.
    var inletCapacity: Int {
        guard let trunk, !trunk.isMartlet else { return plan.linkCapacity }
        return max(plan.linkCapacity, Trunk.foreignCapacity)
    }

    /// Bytes that may wait on one session before the peer must pause; the window that the peer sees
    /// counts frames of the largest size. A window for as many frames as there is credit keeps a peer
    /// with small messages going; the same number of large frames would fill the memory when a
    /// receiver is slow, so a session starts with less, and gets the wide window when its messages
    /// are small. Some frames it has always: with fewer, a peer waits for a flow after each message.
    var incomingCapacity: (narrow: Int, wide: Int) {
        if let frames = plan.maxSessionFrames {
            let bytes = frames * plan.maxFrameSize
            return (bytes, bytes)
        }
        let all = max(300, inletCapacity + 50) * plan.maxFrameSize
        let few = Self.fewFrames * plan.maxFrameSize
        return (min(all, max(few, Self.narrowWindow)), min(all, max(few, Self.wideWindow)))
    }

    private static let fewFrames = 16
    private static let narrowWindow = 4 << 20
    private static let wideWindow = 64 << 20
}
