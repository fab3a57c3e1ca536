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
            guard let session = byRemoteChannel[UInt32(channel)] else {
                return .violation(.connection(Self.noSession(channel)))
            }
            if session.local == .detached, descriptor.code != UInt64(Performative.end.rawValue) {
                return .nothing  // discarded until the peer's end (AMQP 2.5.5)
            }
            switch descriptor.code {
            case 0x14: return try session.transfer(list, frame)
            case 0x15: return try session.disposition(list, frame)
            case 0x13: return try session.flow(list, frame)
            case 0x12: return try session.attach(list, frame)
            case 0x16: return try session.detach(list, frame)
            case 0x17: return try remoteEnded(session, list, frame)
            default: return .violation(.connection(.framing("malformed frame")))
            }
        } catch {
            return .violation(.connection(.framing("malformed frame")))
        }
    }

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

    private func unattached(_ handle: UInt32) -> SessionEvent {
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
        _ = try list.uint(frame)
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
        if isEcho, link.local == .attached { link.answerEcho() }
        return .flow(link)
    }

    // MARK: Transfer

    @inline(__always)
    func transfer(
        _ list: Fields, _ frame: Span<UInt8>
    ) throws(Fields.Undecodable) -> SessionEvent {
        var list = list
        guard let handle = try list.uint(frame) else { throw Fields.Undecodable() }
        let number = try list.uint(frame)
        let tag = try list.octets(frame)
        let format = try list.uint(frame)
        let isSettled = try list.bool(frame) ?? false
        let hasMore = try list.bool(frame) ?? false
        try list.skip(frame)
        let state = try list.any(frame)
        try list.skip(frame)
        let isAborted = try list.bool(frame) ?? false
        guard let link = byRemoteHandle[handle] else { return unattached(handle) }
        guard !link.isSender else {
            return .violation(
                .session(
                    self, .session("errant-link", "a transfer on a link on which we send")))
        }
        guard incomingWindow > 0 else {
            return .violation(
                .session(self, .session("window-violation", "the window is closed")))
        }
        let isFirst = link.inMessage == nil
        let arriving: Link.Arriving
        switch self.arriving(on: link, number, tagCount: tag?.count ?? 0, format, isSettled) {
        case .right(let delivery): arriving = delivery
        case .wrong(let violation): return .violation(violation)
        }
        incomingWindow &-= 1
        nextIncomingID &+= 1
        channels.noteDirty(self)
        let isOver = !hasMore || isAborted
        let allSettled = arriving.isSettled || isSettled || isAborted
        if isFirst {
            link.deliveryCount &+= 1
            link.credit -= 1
        }
        if isOver {
            link.inMessage = nil
            link.endMessage()
        } else if isFirst {
            link.inMessage = arriving
        } else if allSettled {
            link.inMessage?.isSettled = true
        }
        guard link.local == .attached else { return .nothing }
        return .transfer(
            link,
            Transfer(
                delivery: arriving.delivery, isFirst: isFirst, hasMore: !isOver,
                isAborted: isAborted, isSettled: allSettled, format: arriving.format,
                payload: list.limit..<frame.count, tag: tag, state: state))
    }

    private enum Found {
        case right(Link.Arriving)
        case wrong(Violation)
    }

    /// The delivery that a transfer belongs to: the one that has begun on its link, or a new one.
    @inline(__always)
    private func arriving(
        on link: Link, _ number: UInt32?, tagCount: Int, _ format: UInt32?, _ isSettled: Bool
    ) -> Found {
        func wrong(_ error: AMQPError) -> Found { .wrong(.session(self, error)) }
        if let inMessage = link.inMessage {
            guard number == nil || number == inMessage.delivery.number else {
                return wrong(.invalidField("the delivery-id differs from its delivery's"))
            }
            return .right(inMessage)
        }
        guard let number else {
            return .wrong(.connection(.invalidField("delivery-id required for transfer")))
        }
        if let nextDelivery, nextDelivery != number {
            return wrong(
                .session(
                    "invalid-field",
                    "sequencing error, expected delivery-id \(nextDelivery), got \(number)"))
        }
        guard tagCount <= DeliveryTag.longest || link.takesLongTags else {
            return wrong(.invalidField("a delivery-tag above 32 octets"))
        }
        nextDelivery = number &+ 1
        return .right(
            Link.Arriving(
                delivery: DeliveryID(number: number), format: format ?? 0, isSettled: isSettled))
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
