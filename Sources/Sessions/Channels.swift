public import AMQP

/// The sessions of one connection, from its open to its end: the peer's frames in, events out;
/// verbs in, frames out. It knows no socket and no clock.
///
/// Frames from `begin` to `end` are given to it (AMQP 2.7.2 to 2.7.8); what it writes stands in
/// `output`, in the order in which it was said. It belongs to one thread.
public final class Channels {
    /// Frames that wait to be sent, whoever wrote them.
    public var output = OctetBuffer()
    /// The largest frame that the peer takes, in octets (AMQP 2.7.1).
    public private(set) var remoteFrameMax = 512
    /// Octets of a value in a frame with little else.
    var roomInFrame: Int { remoteFrameMax - 64 }
    private var remoteChannelMax: UInt16 = 0
    /// The highest channel that the peer may use.
    private(set) var channelMax: UInt16

    var byRemoteChannel = NumberTable<Session>()
    /// Sessions by our channels; one that has ended here before its begin was answered among them.
    var byLocalChannel = NumberTable<Session>()
    private var freeChannels = FreeNumbers()
    /// Links of all sessions, as long as anybody has hold of them.
    var linkCount = 0
    private var nextLink: UInt32 = 0
    /// Links that the connection may have.
    public var mostLinks = Link.most
    /// Links that were refused for that since this was looked at.
    public private(set) var refusedLinks: UInt64 = 0
    private(set) var isClosed = false
    /// Sessions with something to be written at the end of the turn.
    private var dirty: [Session] = []

    /// `channelMax` is what our open says.
    public init(channelMax: Int) {
        self.channelMax = UInt16(clamping: channelMax)
    }

    func takeLinkNumber() -> UInt32 {
        defer { nextLink &+= 1 }
        return nextLink
    }

    func countRefusedLink() { refusedLinks += 1 }

    public func takeRefusedLinks() -> UInt64 {
        defer { refusedLinks = 0 }
        return refusedLinks
    }

    /// Our open says another number than was thought.
    public func limit(channelMax: Int) { self.channelMax = UInt16(clamping: channelMax) }

    /// Both opens are known: what the peer's said.
    public func opened(remoteFrameMax: Int, remoteChannelMax: Int) {
        self.remoteFrameMax = max(512, min(remoteFrameMax, 1 << 31))
        self.remoteChannelMax = UInt16(clamping: remoteChannelMax)
    }

    /// Nothing is said any more. What is not settled is still known.
    public func close() {
        isClosed = true
        dirty = []
    }

    /// Lets all go: sessions and links hold each other until then.
    public func release() {
        close()
        for session in sessions { session.release() }
        byRemoteChannel = NumberTable()
        byLocalChannel = NumberTable()
    }

    public var sessions: [Session] {
        var sessions: [Session] = []
        byRemoteChannel.forEach { sessions.append($1) }
        byLocalChannel.forEach { if $1.remote != .attached { sessions.append($1) } }
        return sessions
    }

    /// Sessions, at the most, that both sides together may have.
    public var mostSessions: Int { Int(min(remoteChannelMax, channelMax)) + 1 }

    /// Makes a session of ours, which `Session.begin` begins; nil if there are as many as the peer
    /// allows.
    public func makeSession() -> Session? {
        guard byLocalChannel.count < mostSessions else { return nil }
        return Session(channels: self)
    }

    /// A session of the peer's can be answered.
    var hasLocalChannel: Bool { freeChannels.hasOne(upTo: UInt32(remoteChannelMax)) }

    func takeLocalChannel(for session: Session) -> UInt16? {
        guard let channel = freeChannels.take(upTo: UInt32(remoteChannelMax)) else { return nil }
        byLocalChannel.set(channel, to: session)
        return UInt16(truncatingIfNeeded: channel)
    }

    func giveLocalChannel(of session: Session) {
        byLocalChannel.remove(UInt32(session.localChannel))
        freeChannels.give(UInt32(session.localChannel))
    }

    // MARK: The end of a turn

    func noteDirty(_ session: Session) {
        guard !session.isDirty else { return }
        session.isDirty = true
        dirty.append(session)
    }

    /// Writes what was put together in the turn: dispositions, and windows to be renewed.
    public func flush() {
        guard !dirty.isEmpty else { return }
        for session in dirty {
            session.isDirty = false
            session.flushDispositions()
            session.renewWindow()
        }
        dirty.removeAll(keepingCapacity: true)
    }

    // MARK: Frames out

    /// Writes a frame whose body is encoded already.
    func write(channel: UInt16, _ body: [UInt8]) {
        output.reserve(8 + body.count)
        output.put32(UInt32(clamping: 8 + body.count))
        output.put(2)
        output.put(0)
        output.put16(channel)
        body.withUnsafeBytes { output.put($0) }
    }

    /// Writes an empty frame, which keeps a quiet connection alive (AMQP 2.4.5).
    public func writeHeartbeat() {
        output.reserve(8)
        output.put32(8)
        output.put(2)
        output.put(0)
        output.put16(0)
    }

    /// Begins a frame whose performative is a short list: gives the place of its size. Room for the
    /// whole frame must be reserved.
    @inline(__always)
    func beginFrame(_ performative: Performative, channel: UInt16, fields: UInt8) -> Int {
        let place = output.end
        output.put32(0)
        output.put(2)
        output.put(0)
        output.put16(channel)
        output.put(0)
        output.put(0x53)
        output.put(performative.rawValue)
        output.put(0xC0)
        output.put(0)
        output.put(fields)
        return place
    }

    /// Where the size of a short list stands, from the start of its frame.
    private static let listSize = 12

    /// Ends the performative; the payload may follow.
    @inline(__always)
    func endPerformative(of place: Int) {
        output.set(
            UInt8(truncatingIfNeeded: output.end &- place &- Self.listSize &- 1),
            at: place &+ Self.listSize)
    }

    @inline(__always)
    func endFrame(_ place: Int) {
        output.set32(UInt32(truncatingIfNeeded: output.end &- place), at: place)
    }

    func writeFlow(of session: Session, _ link: Link?, isDrain: Bool) {
        output.reserve(64)
        let isInitial = session.remote == .unattached
        let place = beginFrame(.flow, channel: session.localChannel, fields: link == nil ? 4 : 9)
        if isInitial { output.putNull() } else { output.putUInt(session.nextIncomingID) }
        output.putUInt(session.incomingWindow)
        output.putUInt(session.nextOutgoingID)
        output.putUInt(Session.outgoingWindow)
        if let link {
            output.putUInt(link.localHandle)
            // The sender's count is not known before its attach (AMQP 2.7.4).
            if !link.isSender, link.remote == .unattached {
                output.putNull()
            } else {
                output.putUInt(link.deliveryCount)
            }
            output.putUInt(UInt32(clamping: link.credit))
            output.putNull()
            output.put(isDrain)
        }
        endPerformative(of: place)
        endFrame(place)
    }
}
