import re,sys
def sub(p, *pairs):
    s=open(p).read()
    for a,b in pairs:
        if a not in s: print("MISSING in",p,":",a[:60]); continue
        s=s.replace(a,b,1)
    open(p,'w').write(s)
F='Sources/Forwarding/'
sub(F+'ConnectionPlan.swift',
('''    public var isMultiTenant: Bool
    /// Where''','''    public var isMultiTenant: Bool
    /// Control is asked before the connection opens: a policy may be against it.
    public var isGoverned: Bool
    /// The vhost whose policy holds, whatever the peer's open asks for (RS-301, RS-319).
    public var policyVhost: String?
    /// Where'''),
('''isMultiTenant: Bool = false, host: String = "", listener: String? = nil,
        name: String? = nil,''','''isMultiTenant: Bool = false, isGoverned: Bool = false, policyVhost: String? = nil,
        host: String = "", listener: String? = nil, name: String? = nil,'''),
('''        self.isMultiTenant = isMultiTenant
''','''        self.isMultiTenant = isMultiTenant
        self.isGoverned = isGoverned
        self.policyVhost = policyVhost
'''),
('''    public init(
        role: ConnectionRole,''','''    /// The peer's address without its port, as a number.
    package var peerHost: String { host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host }

    public init(
        role: ConnectionRole,'''))
sub(F+'PeerConnection.swift',
('    let plan: ConnectionPlan\n','    private(set) var plan: ConnectionPlan\n'),
('''    /// The authenticator has heard of it.
''','''    /// Control is to say whether it may open.
    var awaitsAdmission = false
    /// What it says is not taken in yet.
    var isHeldBack: Bool { awaitsAdmission || sasl.isWaiting }
    /// What a policy says of its messages; nil if none does.
    var rules: MessageRules?
    /// The authenticator has heard of it.
'''),
('''    /// The peer's address without its port, as a number.
    var peerHost: String {
        plan.host.lastIndex(of: ":").map { String(plan.host[..<$0]) } ?? plan.host
    }
''','''    var peerHost: String { plan.peerHost }
'''))
sub(F+'PeerConnection.swift',('    private(set) var plan','    var plan'))
sub(F+'ControlLetter.swift',
('''    case connectionOpened(ConnectionReport)
''','''    /// May it open? Answered by `admitted` or `turnedAway`.
    case connectionWantsToOpen(ConnectionReport)
    case connectionOpened(ConnectionReport)
    /// A peer has sent a message that its policy has no room for, and loses its connection.
    case messageTooLarge(ConnectionID)
'''))
sub(F+'WorkerLetter.swift',
('''    /// End a connection, with''','''    /// A connection that asked may open, or may not.
    case admitted(Ticket, ConnectionGrant)
    case turnedAway(Ticket, AMQPError)
    /// End a connection, with'''))
sub(F+'Worker+Letters.swift',
('''        case .close(let id,''','''        case .admitted(let ticket, let grant): admitted(ticket, grant)
        case .turnedAway(let ticket, let error): turnedAway(ticket, error)
        case .close(let id,'''))
sub(F+'Worker+Logins.swift',
('''        connection.isEngineBusy = true
        enqueue(connection)
        // What the peer has said ahead.
        if !connection.fragment.isEmpty { read(connection) }
    }
''','''        goOn(connection)
    }

    /// Takes in what the peer has said ahead.
    func goOn(_ connection: PeerConnection) {
        connection.isEngineBusy = true
        enqueue(connection)
        if !connection.fragment.isEmpty { read(connection) }
    }
'''))
sub(F+'Worker+Reading.swift',
('guard !connection.sasl.isWaiting else { return readAhead(connection) }','guard !connection.isHeldBack else { return readAhead(connection) }'),
('''    /// A login is looked at: what comes meanwhile waits, and there is a bound to it.
    private func readAhead(_ connection: PeerConnection) {
''','''    /// A login or an open is looked at: what comes meanwhile waits, and there is a bound to it.
    private func readAhead(_ connection: PeerConnection) {
        guard !connection.isFull else { return }
'''),
('''        if connection.fragment.count > Self.mostAhead { cut(connection) }
    }

    /// What a peer may say while its login is looked at, in bytes.
    private static let mostAhead = 16 << 10
''','''        if connection.fragment.count > PeerConnection.mostAhead, !connection.awaitsAdmission {
            cut(connection)
        }
    }
'''),
('connection.fragment.reserve(Self.mostAhead)','connection.fragment.reserve(PeerConnection.mostAhead)'),
('''            if !connection.isOpened, connection.sasl.isWaiting {''','''            if !connection.isOpened, connection.isHeldBack {'''))
sub(F+'PeerConnection.swift',
('''    static let mostUnread = 2 << 20
''','''    static let mostUnread = 2 << 20
    /// What a peer may say while its login is looked at, in bytes; of one whose open is looked at no more
    /// is read.
    static let mostAhead = 16 << 10
    var isFull: Bool { awaitsAdmission && fragment.count >= Self.mostAhead }
'''))
sub(F+'Worker+Connections.swift',
('''        if connection.channels.output.count < PeerConnection.mostUnread, !connection.hasEnded {''','''        if connection.channels.output.count < PeerConnection.mostUnread, !connection.hasEnded,
            !connection.isFull
        {'''))
s=open(F+'Worker+Events.swift').read()
a=s.index('    private func remoteOpened(');b=s.index('    /// The name that a peer has proved')
s=s[:a]+'''    private func remoteOpened(_ connection: PeerConnection) {
        guard connection.phase == .opening, !connection.awaitsAdmission else { return }
        guard !connection.plan.isGoverned else { return askToOpen(connection) }
        let host = connection.driver.connection.remoteHostname ?? ""
        if connection.plan.isMultiTenant, !host.isEmpty { connection.tenant = host + "/" }
        finishOpening(connection)
    }

    func finishOpening(_ connection: PeerConnection) {
        connection.phase = .open
        connection.isOpened = true
        connection.tickDue = .never
        if !connection.plan.isOutgoing { connection.open() }
        takeEngineOutput(connection)
        let transport = connection.driver.transport
        connection.channels.opened(
            remoteFrameMax: transport.remoteMaxFrame == 0 ? .max : transport.remoteMaxFrame,
            remoteChannelMax: transport.remoteChannelMax)
        startIdleTime(connection)
        post(.connectionOpened(report(of: connection)))
        if connection.plan.role == .interRouter { openTrunk(connection) }
    }

    func report(of connection: PeerConnection) -> ConnectionReport {
        let engine = connection.driver.connection
        let transport = connection.driver.transport
        let offered = engine.remoteOfferedCapabilities
        return ConnectionReport(
            id: connection.id,
            place: WorkerTicket(worker: handle.number, ticket: connection.ticket),
            container: engine.remoteContainer, hostname: engine.remoteHostname,
            properties: engine.remoteProperties,
            offersStreamingLinks: offered?.hasSymbol("qd.streaming-links") ?? false,
            mechanism: transport.mechanism, user: user(of: connection),
            isAuthenticated: transport.isAuthenticated, tls: connection.channel.facts)
    }

'''+s[b:]
open(F+'Worker+Events.swift','w').write(s)
sub(F+'IncomingLink.swift',
('''    let isFromContainer: Bool
''','''    let isFromContainer: Bool
    /// What a policy says of its messages; nil if none does.
    let rules: MessageRules?
    /// In octets; 0 for no limit. What the present message has had so far, and that it has more.
    let maxMessageSize: UInt64
    var messageSize: UInt64 = 0
    var isOversize = false
    /// How far into a message one has to look.
    let depth: MessageHead.Depth
'''),
('''        isTrusted = kind''','''        rules = kind == .targeted || kind == .anonymous ? connection.rules : nil
        maxMessageSize = rules?.maxSize ?? 0
        let looksForUser = rules.map { !$0.mayNameOthers } ?? false
        depth = kind == .anonymous || looksForUser ? .properties : .annotations
        isTrusted = kind'''))
s=open(F+'Worker+Receiving.swift').read()
s=s.replace('''        if part.isFirst { link.outstanding += 1 }
        if link.isPaused || !link.held.isEmpty {
            hold(part, bytes, on: link)
        } else {
            take(part, bytes, on: link)
        }
    }
''','''        if part.isFirst { link.outstanding += 1 }
        guard link.maxMessageSize == 0 || fits(part, bytes.count, on: link) else { return }
        takeInTurn(part, bytes, on: link)
    }

    @inline(__always)
    func takeInTurn(_ part: Part, _ bytes: UnsafeRawBufferPointer, on link: IncomingLink) {
        if link.isPaused || !link.held.isEmpty {
            hold(part, bytes, on: link)
        } else {
            take(part, bytes, on: link)
        }
    }
''')
s=s.replace('''        case .targeted, .control:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: .annotations, trusted: link.isTrusted)
        case .anonymous:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: .properties, trusted: link.isTrusted)
''','''        case .targeted, .control, .anonymous:
            return MessageHead.scan(
                bytes, isWhole: isWhole, depth: link.depth, trusted: link.isTrusted)
''')
open(F+'Worker+Receiving.swift','w').write(s)
sub(F+'Worker+Routing.swift',
('''        logReceived(message.bytes, on: link)
''','''        logReceived(message.bytes, on: link)
        if let rules = link.rules, let error = violation(message, of: rules) {
            return reject(message, error)
        }
'''))
sub(F+'Worker+Links.swift',
('''        if link.isRemoteSettled { answer.senderSettleMode = 1 }
''','''        if link.isRemoteSettled { answer.senderSettleMode = 1 }
        if !link.isSender { answer.maxMessageSize = connection.rules?.maxSize ?? 0 }
'''))
S='Sources/Sessions/'
sub(S+'Link.swift',
('''        public var senderSettleMode: UInt8 = 2
''','''        public var senderSettleMode: UInt8 = 2
        /// In octets; 0 for no limit.
        public var maxMessageSize: UInt64 = 0
'''),
('''        list.append(uint: isSender ? deliveryCount : 0)
        session.write(.attach, list)''','''        list.append(uint: isSender ? deliveryCount : 0)
        if answer.maxMessageSize > 0 { list.append(ulong: answer.maxMessageSize) }
        session.write(.attach, list)'''))
sub(S+'Channels.swift',
('''    let channelMax: UInt16
''','''    private(set) var channelMax: UInt16
'''),
('''    /// Both opens are known:''','''    /// Our open says another number than was thought.
    public func limit(channelMax: Int) { self.channelMax = UInt16(clamping: channelMax) }

    /// Both opens are known:'''))
A='Sources/AMQP/MessageHead.swift'
sub(A,
('''    public var propertiesTo: Range<Int>?
''','''    public var propertiesTo: Range<Int>?
    /// `user-id` of the properties: where its octets are; if it is no binary and no text, all of its
    /// encoding.
    public var userID: Range<Int>?
'''),
('''        guard count >= 3 else { return }
        try scanner.skipValue()
        try scanner.skipValue()
''','''        guard count >= 2 else { return }
        try scanner.skipValue()
        try readUserID(&scanner)
        guard count >= 3 else { return }
'''),
('''    // MARK: Router annotations
''','''    private mutating func readUserID(
        _ scanner: inout SectionScanner
    ) throws(SectionScanner.Fault) {
        let start = scanner.at
        try scanner.skipValue()
        switch scanner.bytes[start] {
        case 0x40: break
        case 0xA0, 0xA1, 0xA3: userID = (start + 2)..<scanner.at
        case 0xB0, 0xB1, 0xB3: userID = (start + 5)..<scanner.at
        default: userID = start..<scanner.at
        }
    }

    // MARK: Router annotations
'''))
