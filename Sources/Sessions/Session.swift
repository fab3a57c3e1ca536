public import AMQP

/// One session (AMQP 2.5): a window in each direction, and the links that share it.
public final class Session {
    public let channels: Channels
    public internal(set) var local = Link.Side.unattached
    public internal(set) var remote = Link.Side.unattached
    /// Why the peer has ended it, if it has said so.
    public internal(set) var remoteError: AMQPError?
    public internal(set) var localChannel: UInt16 = 0
    var remoteChannel: UInt16 = 0

    // MARK: Towards us

    /// The number of the next transfer that the peer sends.
    var nextIncomingID: UInt32 = 0
    /// Transfers that the peer may still send, as we have told it.
    public internal(set) var incomingWindow: UInt32 = 1
    /// The widest window, in frames.
    public internal(set) var windowMax: UInt32 = 1
    private var windowLeast: UInt32 = 1
    private var windowMost: UInt32 = 1
    /// Frames that came and that the driver still holds.
    public internal(set) var heldFrames: UInt32 = 0
    /// The number that the next delivery of the peer's must have; nil before the first.
    var nextDelivery: UInt32?

    // MARK: Towards the peer

    var nextOutgoingID: UInt32 = 0
    /// Transfers that the peer still takes.
    public internal(set) var remoteWindow: UInt32 = 0
    var nextSentDelivery: UInt32 = 0
    /// Deliveries that are given up once the peer's window is open again.
    var waitingAborts: [(Link, Sending)]?

    // MARK: Links and deliveries

    /// Links by the peer's handles.
    var byRemoteHandle = NumberTable<Link>(scattered: true)
    /// Links by our handles.
    var byLocalHandle = NumberTable<Link>()
    private var freeHandles = FreeNumbers()
    /// The highest handle that the peer takes.
    var handleMax = UInt32.max
    /// Links that the peer may use, by name; ours that it has not answered yet among them, even
    /// once we have detached them.
    var named: [LinkName: Link] = [:]

    struct LinkName: Hashable {
        let name: String
        let isSender: Bool
    }

    /// Deliveries that are not settled on both sides, ours and the peer's, with what the driver
    /// knows each by.
    public var sent = Unsettled()
    public var received = Unsettled()

    /// Dispositions of each role that are not written yet.
    var ofReceiver = DispositionRange()
    var ofSender = DispositionRange()
    var isDirty = false

    init(channels: Channels) {
        self.channels = channels
    }

    /// We have begun, whether the peer has or not: frames may be written.
    var isUsable: Bool { local == .attached && !channels.isClosed }

    /// Links that are there from either side.
    public var links: [Link] {
        var links: [Link] = []
        byRemoteHandle.forEach { links.append($1) }
        byLocalHandle.forEach { if $1.remote != .attached { links.append($1) } }
        return links
    }

    /// We may attach one link more: fewer are there than the peer takes, as far as it has said, and
    /// than any peer should.
    public var takesLink: Bool {
        isUsable && remote != .detached
            && byLocalHandle.count <= min(Int(handleMax), Self.highestOwnHandle)
    }

    /// Either side has ended it.
    public var isOver: Bool { !isUsable || remote == .detached }

    /// A link is attached from either side.
    public var hasLinks: Bool { byLocalHandle.count > 0 || byRemoteHandle.count > 0 }

    private static let highestOwnHandle = 249

    // MARK: Handles

    func takeHandle(for link: Link) -> UInt32? {
        guard let handle = freeHandles.take(upTo: handleMax) else { return nil }
        byLocalHandle.set(handle, to: link)
        return handle
    }

    func giveHandle(of link: Link) {
        byLocalHandle.remove(link.localHandle)
        freeHandles.give(link.localHandle)
        // The attach that answers ours is still to come, and then the detach.
        if link.remote != .unattached { forgetName(of: link) }
    }

    func forgetName(of link: Link) {
        let name = LinkName(name: link.name, isSender: link.isSender)
        if named[name] === link { named[name] = nil }
    }

    /// Lets go of links and deliveries, which have hold of their session: it says nothing more.
    func release() {
        byRemoteHandle = NumberTable()
        byLocalHandle = NumberTable()
        named = [:]
        waitingAborts = nil
        _ = sent.removeAll()
        _ = received.removeAll()
    }
}

// MARK: What we say

extension Session {
    /// Begins our end: answers the peer's begin, or goes first (AMQP 2.7.2).
    ///
    /// `window` is how many frames may come before the driver has taken them. It doubles, up to `windowMost`, each time that the peer has used half of it and all was taken.
    public func begin(window: Int, most: Int) {
        guard local == .unattached, let channel = channels.takeLocalChannel(for: self) else {
            return
        }
        localChannel = channel
        windowLeast = UInt32(max(1, min(window, Int(Int32.max))))
        windowMost = max(windowLeast, UInt32(max(1, min(most, Int(Int32.max)))))
        windowMax = windowLeast
        incomingWindow = windowMax
        local = .attached
        var list = EncodedList()
        if remote == .attached { list.append(ushort: remoteChannel) } else { list.appendNull() }
        list.append(uint: nextOutgoingID)
        list.append(uint: incomingWindow)
        list.append(uint: Self.outgoingWindow)
        write(.begin, list)
    }

    static let outgoingWindow = UInt32(Int32.max)

    /// Ends the session: its links say nothing more.
    public func end(_ error: AMQPError? = nil) {
        guard local != .detached else { return }
        if isUsable {
            flushDispositions()
            var list = EncodedList()
            if let error { list.append(error.fitting(into: channels.roomInFrame)) }
            write(.end, list)
        }
        // The begin that answers ours is still to come, and then the end.
        if local == .attached, remote != .unattached { channels.giveLocalChannel(of: self) }
        local = .detached
        release()
    }

    /// Makes a link of ours, which `Link.attach` attaches.
    public func makeLink(name: String, isSender: Bool) -> Link {
        let link = Link(session: self, name: name, isSender: isSender)
        named[LinkName(name: name, isSender: isSender)] = link
        return link
    }

    /// A link of that name and direction is attached from here: the peer would take another for a
    /// violation (AMQP 2.6.1).
    public func hasLink(named name: String, isSender: Bool) -> Bool {
        named[LinkName(name: name, isSender: isSender)]?.local == .attached
    }

    func write(_ performative: Performative, _ list: EncodedList) {
        channels.write(channel: localChannel, list.described(performative.rawValue))
    }

    // MARK: Windows

    /// The driver holds on to a frame that has come.
    @inline(__always)
    public func hold() { heldFrames &+= 1 }

    /// The driver has done with frames that it held.
    public func letGo(_ frames: Int) {
        heldFrames &-= UInt32(truncatingIfNeeded: frames)
        renewWindow()
    }

    /// Tells the peer of a wider window once half of it is used, so that it never waits for us
    /// while frames are taken as they come.
    @inline(__always)
    public func renewWindow() {
        guard incomingWindow < windowMax / 2 &+ 1, isUsable else { return }
        tellWindow()
    }

    private func tellWindow() {
        windowMax = heldFrames == 0 ? min(windowMax &* 2, windowMost) : windowLeast
        let open = openWindow
        guard open > incomingWindow, open &- incomingWindow >= max(1, windowMax / 4) else {
            return
        }
        writeFlow(of: nil)
    }

    /// What may be said now: what was said before, or all but what is held.
    private var openWindow: UInt32 {
        max(incomingWindow, windowMax > heldFrames ? windowMax &- heldFrames : 0)
    }

    /// Writes the session's state, and a link's if one is named (AMQP 2.7.4).
    func writeFlow(of link: Link?, isDrain: Bool = false) {
        guard isUsable else { return }
        incomingWindow = openWindow
        channels.writeFlow(of: self, link, isDrain: isDrain || link?.isDraining ?? false)
    }

    /// Writes the state of a link that goes on, and what else there is to say of it.
    func writeFlow(of link: Link, isDrain: Bool, _ particulars: FlowParticulars?) {
        guard let particulars, link.remote != .unattached else {
            return writeFlow(of: link, isDrain: isDrain)
        }
        guard isUsable else { return }
        incomingWindow = openWindow
        channels.writeFlow(of: self, link, isDrain: isDrain, particulars)
    }
}

/// The performatives that sessions and links speak (AMQP 2.7).
enum Performative: UInt8 {
    case begin = 0x11
    case attach = 0x12
    case flow = 0x13
    case transfer = 0x14
    case disposition = 0x15
    case detach = 0x16
    case end = 0x17
}
