internal import AMQP

/// The peer's transfers (AMQP 2.7.5).
extension Session {
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
        guard let lent = byRemoteHandle.lend(handle) else { return unattached(handle) }
        let said = Said(
            number: number, tag: tag, format: format, isSettled: isSettled, hasMore: hasMore,
            state: state, isAborted: isAborted, payload: list.limit..<frame.count)
        // Safe: nothing takes a link from the table here.
        return lent._withUnsafeGuaranteedRef { take(said, on: $0, lent) }
    }

    /// What a transfer says.
    private struct Said {
        let number: UInt32?
        let tag: Range<Int>?
        let format: UInt32?
        let isSettled: Bool
        let hasMore: Bool
        let state: Range<Int>?
        let isAborted: Bool
        let payload: Range<Int>
    }

    @inline(__always)
    private func take(_ said: Said, on link: Link, _ lent: Unmanaged<Link>) -> SessionEvent {
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
        switch self.arriving(on: link, said) {
        case .right(let delivery): arriving = delivery
        case .wrong(let violation): return .violation(violation)
        }
        incomingWindow &-= 1
        nextIncomingID &+= 1
        channels.noteDirty(self)
        let isOver = !said.hasMore || said.isAborted
        let allSettled = arriving.isSettled || said.isSettled || said.isAborted
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
            lent,
            Transfer(
                delivery: arriving.delivery, isFirst: isFirst, hasMore: !isOver,
                isAborted: said.isAborted, isSettled: allSettled, format: arriving.format,
                payload: said.payload, tag: said.tag, state: said.state))
    }

    private enum Found {
        case right(Link.Arriving)
        case wrong(Violation)
    }

    /// The delivery that a transfer belongs to: the one that has begun on its link, or a new one.
    @inline(__always)
    private func arriving(on link: Link, _ said: Said) -> Found {
        func wrong(_ error: AMQPError) -> Found { .wrong(.session(self, error)) }
        if let inMessage = link.inMessage {
            guard said.number == nil || said.number == inMessage.delivery.number else {
                return wrong(.invalidField("the delivery-id differs from its delivery's"))
            }
            return .right(inMessage)
        }
        guard let number = said.number else {
            return .wrong(.connection(.invalidField("delivery-id required for transfer")))
        }
        if let nextDelivery, nextDelivery != number {
            return wrong(
                .session(
                    "invalid-field",
                    "sequencing error, expected delivery-id \(nextDelivery), got \(number)"))
        }
        guard said.tag?.count ?? 0 <= DeliveryTag.longest || link.goesOn else {
            return wrong(.invalidField("a delivery-tag above 32 octets"))
        }
        nextDelivery = number &+ 1
        return .right(
            Link.Arriving(
                delivery: DeliveryID(number: number), format: said.format ?? 0,
                isSettled: said.isSettled))
    }
}
