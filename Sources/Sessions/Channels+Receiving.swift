internal import AMQP

/// The peer's frames (AMQP 2.7).
extension Channels {
    /// Takes in one frame of the peer's, whole: `begin` to `end`, on its channel. `body` is where the
    /// performative begins.
    ///
    /// What is broken is told by `violation`; nothing of such a frame has had an effect.
    @inline(__always)
    public func receive(_ frame: Span<UInt8>, body: Int, channel: UInt16) -> SessionEvent {
        do throws(Fields.Undecodable) {
            let descriptor = try Fields.descriptor(frame, at: body)
            let list = try Fields(listAt: descriptor.value, of: frame)
            guard descriptor.code != UInt64(Performative.begin.rawValue) else {
                return try begin(list, frame, channel)
            }
            guard let session = byRemoteChannel.lend(UInt32(channel)) else {
                return .violation(.connection(Self.noSession(channel)))
            }
            guard descriptor.code != UInt64(Performative.end.rawValue) else {
                return try remoteEnded(session.takeUnretainedValue(), list, frame)
            }
            // Safe: only its end takes the session from the table.
            return session._withUnsafeGuaranteedRef { $0.hear(descriptor.code, list, frame) }
        } catch {
            return .violation(Self.malformed)
        }
    }

    static var malformed: Violation { .connection(.framing("malformed frame")) }

    /// A frame whose body begins at `body` is for the sessions, not for the connection.
    @inline(__always)
    public static func isForSessions(_ bytes: Span<UInt8>, body: Int, end: Int) -> Bool {
        guard end &- body >= 3, bytes[body] == 0 else { return false }
        if bytes[body &+ 1] == 0x53 { return (0x11...0x17).contains(bytes[body &+ 2]) }
        let descriptor = try? Fields.descriptor(bytes.extracting(..<end), at: body)
        return (0x11...0x17).contains(descriptor?.code ?? 0)
    }

    private static func noSession(_ channel: UInt16) -> AMQPError {
        AMQPError(
            name: "amqp:not-allowed", text: "no such channel: \(channel)")
    }

    private func begin(
        _ list: Fields, _ frame: Span<UInt8>, _ channel: UInt16
    ) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        let answered = try list.ushort(frame)
        let next = try list.uint(frame)
        let window = try list.uint(frame)
        _ = try list.uint(frame)
        let handleMax = try list.uint(frame) ?? .max
        guard let next, let window else { throw Fields.Undecodable() }
        guard channel <= channelMax else {
            return .violation(
                .connection(
                    .framing(
                        "remote channel \(channel) is above negotiated channel_max \(channelMax)."))
            )
        }
        guard byRemoteChannel.find(UInt32(channel)) == nil else {
            return .violation(
                .connection(.framing("a session has begun on channel \(channel) already")))
        }
        let session: Session
        if let answered {
            guard let own = byLocalChannel[UInt32(answered)], own.remote == .unattached else {
                return .violation(
                    .connection(
                        .invalidField("begin reply to unknown channel \(answered).")))
            }
            session = own
        } else {
            guard hasLocalChannel else {
                return .violation(
                    .connection(
                        .resourceLimit("more sessions than the peer's own channel-max allows")))
            }
            session = Session(channels: self)
        }
        session.remote = .attached
        session.remoteChannel = channel
        session.nextIncomingID = next
        session.remoteWindow = window
        session.handleMax = handleMax
        byRemoteChannel.set(UInt32(channel), to: session)
        if answered == nil { return .began(session) }
        return session.local == .attached ? .widened(session) : .nothing
    }

    private func remoteEnded(
        _ session: Session, _ list: Fields, _ frame: Span<UInt8>
    ) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        session.remoteError = try list.any(frame).map { range throws(Fields.Undecodable) in
            try AMQPError(range, of: frame)
        }
        session.remote = .detached
        byRemoteChannel.remove(UInt32(session.remoteChannel))
        guard session.local == .detached else { return .ended(session) }
        if byLocalChannel[UInt32(session.localChannel)] === session {
            giveLocalChannel(of: session)
        }
        return .nothing
    }
}

extension Session {
    @inline(__always)
    fileprivate func hear(_ code: UInt64, _ list: Fields, _ frame: Span<UInt8>) -> SessionEvent {
        // Discarded until the peer's end (AMQP 2.5.5).
        guard local != .detached else { return .nothing }
        do throws(Fields.Undecodable) {
            switch code {
            case 0x14: return try transfer(list, frame)
            case 0x15: return try disposition(list, frame)
            case 0x13: return try flow(list, frame)
            case 0x12: return try attach(list, frame)
            case 0x16: return try detach(list, frame)
            default: return .violation(Channels.malformed)
            }
        } catch {
            return .violation(Channels.malformed)
        }
    }

    // MARK: Links

    func attach(_ list: Fields, _ frame: Span<UInt8>) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        guard let name = try list.text(frame), let handle = try list.uint(frame),
            let isPeerReceiver = try list.bool(frame)
        else { throw Fields.Undecodable() }
        guard byRemoteHandle.find(handle) == nil else {
            return .violation(
                .session(self, .session("handle-in-use", "handle \(handle) is in use")))
        }
        let attach = try Attach(&list, frame)
        let key = LinkName(name: name, isSender: isPeerReceiver)
        guard named[key]?.remote != .attached else {
            return .violation(
                .connection(.invalidField("link name already attached: \(name)")))
        }
        let link: Link
        let refusal: AMQPError?
        if let own = named[key], own.remote == .unattached {
            (link, refusal) = (own, nil)
        } else {
            guard channels.linkCount < 2 * channels.mostLinks else {
                return .violation(.connection(.resourceLimit("too many links")))
            }
            refusal = self.refusal(name)
            link = Link(session: self, name: name, isSender: isPeerReceiver)
            named[key] = link
        }
        link.remote = .attached
        link.remoteHandle = handle
        link.attach = attach
        link.isRemoteSettled = attach.senderSettleMode == 1
        if !isPeerReceiver {
            link.deliveryCount = attach.initialDeliveryCount
            link.initialCount = attach.initialDeliveryCount
        }
        byRemoteHandle.set(handle, to: link)
        if let refusal { link.refuse(refusal) }
        return link.local == .detached ? .nothing : .attached(link)
    }

    /// Why the peer may not have one link more; those that were refused count until the peer has
    /// answered that.
    private func refusal(_ name: String) -> AMQPError? {
        if channels.linkCount >= channels.mostLinks {
            channels.countRefusedLink()
            return .resourceLimit("more than \(channels.mostLinks) links on one connection")
        }
        if name.utf8.count > Link.longestName {
            return .resourceLimit("a link's name above \(Link.longestName) octets")
        }
        return nil
    }

    func detach(_ list: Fields, _ frame: Span<UInt8>) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        guard let handle = try list.uint(frame) else { throw Fields.Undecodable() }
        let isClosed = try list.bool(frame) ?? false
        let error = try list.any(frame).map { range throws(Fields.Undecodable) in
            try AMQPError(range, of: frame)
        }
        guard let link = byRemoteHandle[handle] else { return unattached(handle) }
        byRemoteHandle.remove(handle)
        link.remote = .detached
        forgetName(of: link)
        return .detached(link, isClosed: isClosed, error)
    }

    func unattached(_ handle: UInt32) -> SessionEvent {
        .violation(
            .session(self, .session("unattached-handle", "no such handle: \(handle)")))
    }

    // MARK: Flow

    func flow(_ list: Fields, _ frame: Span<UInt8>) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        let expected = try list.uint(frame)
        guard let window = try list.uint(frame) else { throw Fields.Undecodable() }
        guard try list.uint(frame) != nil else { throw Fields.Undecodable() }
        _ = try list.uint(frame)
        let handle = try list.uint(frame)
        let count = try list.uint(frame)
        let credit = try list.uint(frame)
        let available = try list.uint(frame)
        let isDrain = try list.bool(frame) ?? false
        let isEcho = try list.bool(frame) ?? false
        let link = handle.flatMap { byRemoteHandle[$0] }
        if let handle, link == nil { return unattached(handle) }
        // What is on its way counts against the window (AMQP 2.5.6).
        let underWay = nextOutgoingID &- (expected ?? 0)
        remoteWindow = underWay <= window ? window &- underWay : 0
        if waitingAborts != nil { writeWaitingAborts() }
        guard let link else {
            if isEcho { writeFlow(of: nil) }
            return .widened(self)
        }
        if link.isSender {
            link.receiverSaid(count: count, credit: credit, isDrain: isDrain)
        } else {
            link.senderSaid(count: count)
        }
        if link.mayGoOn {
            link.hear(
                try FlowParticulars(&list, of: frame, available: available, isEcho: isEcho))
        }
        if isEcho, link.local == .attached, !link.goesOn { link.answerEcho() }
        return .flow(link)
    }

    // MARK: Disposition

    func disposition(
        _ list: Fields, _ frame: Span<UInt8>
    ) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        guard let isOfReceiver = try list.bool(frame), let first = try list.uint(frame) else {
            throw Fields.Undecodable()
        }
        let last = try list.uint(frame) ?? first
        let isSettled = try list.bool(frame) ?? false
        let state = try list.any(frame)
        let outcome: Outcome
        if let state {
            outcome = try Outcome(state, of: frame)
        } else {
            outcome = Outcome(.none)
        }
        guard Int32(bitPattern: last &- first) >= 0 else { return .nothing }
        return .disposition(
            self,
            Disposition(
                isOfReceiver: isOfReceiver, first: DeliveryID(number: first),
                last: DeliveryID(number: last), isSettled: isSettled, outcome: outcome))
    }
}

extension Link {
    /// The receiver's flow: credit counts from the deliveries that it had seen (AMQP 2.6.7).
    func receiverSaid(count: UInt32?, credit given: UInt32?, isDrain: Bool) {
        isDraining = isDrain
        guard let given else { return }
        let unseen = count.map { Int(Int32(bitPattern: deliveryCount &- $0)) } ?? Int(deliveryCount)
        credit = max(0, Int(given) - max(0, unseen))
    }

    /// The sender's flow: deliveries that it counts as sent without having sent them are credit given
    /// back.
    func senderSaid(count: UInt32?) {
        guard let count else { return }
        let ahead = Int(Int32(bitPattern: count &- deliveryCount))
        guard ahead > 0 else { return }
        let given = min(ahead, max(0, credit))
        returned += given
        deliveryCount &+= UInt32(truncatingIfNeeded: ahead)
        credit -= given
        isCountedLate = inMessage != nil
    }

    /// A message of the sender's has ended.
    @inline(__always)
    func endMessage() {
        guard isCountedLate else { return }
        isCountedLate = false
        deliveryCount &+= 1
    }
}
