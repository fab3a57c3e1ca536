public import AMQP

/// One end of a link (AMQP 2.6): its handles, its credit, what the peer's attach said.
///
/// Which side sends never changes. A link is there from the first attach, ours or the peer's, until
/// both sides have detached it.
public final class Link {
    /// How far one side has come.
    public enum Side: Sendable {
        /// Has not attached. Becomes `attached`.
        case unattached
        /// Becomes `detached`.
        case attached
        case detached
    }

    public let session: Session
    public let name: String
    /// No other link of the connection has it.
    let number: UInt32
    /// We send on it.
    public let isSender: Bool
    public internal(set) var local = Side.unattached
    public internal(set) var remote = Side.unattached
    var localHandle: UInt32 = 0
    var remoteHandle: UInt32 = 0
    /// What the peer's attach said; nil before it, and once it is no longer needed.
    public internal(set) var attach: Attach?
    /// Deliveries that the sender may still send.
    public internal(set) var credit = 0
    /// The sender's count of deliveries (AMQP 2.6.7).
    var deliveryCount: UInt32 = 0
    /// What `deliveryCount` was at first.
    var initialCount: UInt32 = 0
    /// It goes on over another connection: a delivery whose tag is too long is told, for its receiver
    /// to reject, and what flows say is kept to be handed on.
    public var goesOn = false
    /// What flows have said that nobody has taken.
    var particulars: FlowParticulars?
    /// The receiver has asked that its credit be used up or given back.
    public internal(set) var isDraining = false
    /// The peer wants all that travels settled (RS-32).
    public internal(set) var isRemoteSettled = false
    /// Of an incoming link: a delivery has begun and not ended.
    var inMessage: Arriving?
    /// The sender gave its credit back in the middle of a message. Proton's engine counts that message
    /// when it ends, and then once more than we did; one that counts it when it begins has one credit
    /// too many from then on, which does no harm.
    var isCountedLate = false
    /// Deliveries that are not settled, as far as the driver has told of them; more than there are
    /// once its session has lost them all.
    var mostUnsettled = 0
    /// Credit that the sender has given back, and that was not taken note of.
    var returned = 0
    /// The object that serves it, kept alive by the driver as long as it is set.
    public var server: Unmanaged<AnyObject>?

    /// A delivery that is arriving.
    struct Arriving {
        let delivery: DeliveryID
        let format: UInt32
        var isSettled: Bool
    }

    /// Links that a connection may have. A peer that goes on beyond twice as many, and does not
    /// answer that they are refused, loses the connection.
    public static let most = 1 << 17
    /// Octets of a name.
    static let longestName = 4_096

    init(session: Session, name: String, isSender: Bool) {
        self.session = session
        self.name = name
        self.isSender = isSender
        number = session.channels.takeLinkNumber()
        session.channels.linkCount += 1
    }

    deinit { session.channels.linkCount -= 1 }

    /// Names the object that serves the link; the caller keeps it alive as long as it is set.
    public func serve(_ server: AnyObject) { self.server = Unmanaged.passUnretained(server) }

    /// An object of this kind that serves the link.
    @inlinable
    public func server<Server: AnyObject>(as type: Server.Type) -> Unmanaged<Server>? {
        server.map { Unmanaged<Server>.fromOpaque($0.toOpaque()) }
    }
}

// MARK: What we say

extension Link {
    /// How our attach looks beside what the peer's said.
    public struct Answer {
        public var source: [UInt8]
        public var target: [UInt8]
        public var senderSettleMode: UInt8 = 2
        public var receiverSettleMode: UInt8 = 0
        /// In octets; 0 for no limit.
        public var maxMessageSize: UInt64 = 0
        public var offeredCapabilities: [UInt8] = []
        public var desiredCapabilities: [UInt8] = []
        public var properties: [UInt8] = []
        public init(source: [UInt8], target: [UInt8]) {
            self.source = source
            self.target = target
        }

        /// What another peer's attach said, passed on.
        public init(passing attach: Attach) {
            source = attach.source.bytes
            target = attach.target.bytes
            senderSettleMode = attach.senderSettleMode
            receiverSettleMode = attach.receiverSettleMode
            maxMessageSize = attach.maxMessageSize
            offeredCapabilities = attach.offeredCapabilities
            desiredCapabilities = attach.desiredCapabilities
            properties = attach.properties
        }

        /// There is more than the fields that every attach has.
        fileprivate var hasMore: Bool {
            maxMessageSize > 0 || !properties.isEmpty
                || !(offeredCapabilities.isEmpty && desiredCapabilities.isEmpty)
        }
    }

    /// Writes our attach (AMQP 2.7.3): mode first for the receiver (RS-30).
    ///
    /// `source` and `target` are encoded termini; an empty one is null.
    public func attach(_ answer: Answer) {
        guard local == .unattached, session.isUsable, let handle = session.takeHandle(for: self)
        else { return }
        localHandle = handle
        local = .attached
        var list = EncodedList()
        list.append(string: name)
        list.append(uint: localHandle)
        list.append(bool: !isSender)
        list.append(ubyte: answer.senderSettleMode)
        list.append(ubyte: answer.receiverSettleMode)
        list.append(raw: answer.source)
        list.append(raw: answer.target)
        list.appendNull()
        list.appendNull()
        list.append(uint: isSender ? deliveryCount : 0)
        if answer.hasMore {
            list.append(ulong: answer.maxMessageSize)
            list.append(raw: answer.offeredCapabilities)
            list.append(raw: answer.desiredCapabilities)
            list.append(raw: answer.properties)
        }
        session.write(.attach, list)
    }

    /// The peer's attach was answered for good: nothing more is read of it.
    public func forgetAttach() {
        attach = nil
        if !goesOn { particulars = nil }
    }

    /// Answers the peer's attach with a null terminus and a closing detach (RS-52).
    public func refuse(_ error: AMQPError?) {
        guard let attach else { return }
        self.attach(
            Answer(
                source: isSender ? [] : attach.source.bytes,
                target: isSender ? attach.target.bytes : []))
        forgetAttach()
        detach(isClosed: true, error: error)
    }

    /// Writes our detach. Nothing more is said on the link.
    public func detach(isClosed: Bool, error: AMQPError? = nil) {
        guard local == .attached else { return }
        local = .detached
        session.flushDispositions()
        if session.isUsable {
            var list = EncodedList()
            list.append(uint: localHandle)
            if isClosed { list.append(bool: true) } else { list.appendNull() }
            if let error { list.append(error.fitting(into: session.channels.roomInFrame)) }
            session.write(.detach, list)
        }
        session.giveHandle(of: self)
    }

    // MARK: Credit

    /// Lets the peer send `count` more deliveries; with 0 the session's window is told anew.
    public func grant(_ count: Int) {
        guard local == .attached, !isSender else { return }
        credit += count
        session.writeFlow(of: self)
    }

    /// Asks the sender to use up its credit or give it back.
    public func drain() {
        guard local == .attached, !isSender, !isDraining else { return }
        isDraining = true
        session.writeFlow(of: self)
    }

    /// No longer wants credit back. Said with the next flow.
    public func endDrain() { isDraining = false }

    /// Of a sender's end: gives back what credit is left, as the receiver asked.
    public func drained() {
        guard local == .attached, isSender, isDraining else { return }
        isDraining = false
        guard credit > 0 else { return }
        deliveryCount &+= UInt32(truncatingIfNeeded: credit)
        credit = 0
        session.writeFlow(of: self, isDrain: true)
    }

    /// How much credit the sender has given back since the last call.
    public func takeReturned() -> Int {
        defer { returned = 0 }
        return returned
    }

    // MARK: Credit that is handed on

    /// Deliveries since the link was attached, those that the sender gave back among them.
    public var total: UInt32 { deliveryCount &- initialCount }

    /// Of a receiver's end: lets the peer send so many deliveries from now on, or asks it to use
    /// them up or give them back. It is told even if nothing changes where there is more to be said.
    public func set(credit: Int, isDraining: Bool, saying particulars: FlowParticulars? = nil) {
        guard local == .attached, !isSender else { return }
        guard credit != self.credit || isDraining != self.isDraining || particulars != nil else {
            return
        }
        self.credit = credit
        self.isDraining = isDraining
        session.writeFlow(of: self, isDrain: isDraining, particulars)
    }

    /// Of a sender's end: counts deliveries up to `total` as given back, as the receiver asked; says
    /// what else there is to say, without a total that alone.
    public func giveBack(upTo total: UInt32?, saying particulars: FlowParticulars? = nil) {
        let total = isDraining ? total : nil
        guard local == .attached, isSender, total != nil || particulars != nil else { return }
        let isDrain = isDraining
        if let total {
            let count = max(0, Int(Int32(bitPattern: total &- self.total)))
            deliveryCount &+= UInt32(truncatingIfNeeded: count)
            credit = max(0, credit - count)
            isDraining = false
        }
        session.writeFlow(of: self, isDrain: isDrain, particulars)
    }

    /// Answers a flow that asked for an answer.
    func answerEcho() { session.writeFlow(of: self) }
}
