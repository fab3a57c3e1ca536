public import AMQP

/// What of a delivery does not change from frame to frame.
public struct Sending {
    public let delivery: DeliveryID
    public let tag: DeliveryTag
    public let format: UInt32
    public let isSettled: Bool

    @inline(__always)
    public init(delivery: DeliveryID, tag: DeliveryTag, format: UInt32, isSettled: Bool) {
        self.delivery = delivery
        self.tag = tag
        self.format = format
        self.isSettled = isSettled
    }
}

/// Deliveries out (AMQP 2.7.5).
extension Link {
    /// Octets of a frame around the payload, at the most, beside the tag and a state.
    private static let frame = 40
    static let overhead = frame + DeliveryTag.longest

    /// Begins a delivery: takes its number, and one credit.
    @inline(__always)
    public func beginDelivery() -> DeliveryID {
        credit -= 1
        deliveryCount &+= 1
        let number = session.nextSentDelivery
        session.nextSentDelivery = number &+ 1
        return DeliveryID(number: number)
    }

    /// How many bytes of a message the peer takes now: what its session's window has room for.
    @inline(__always)
    public var room: Int {
        Int(session.remoteWindow) &* (session.channels.remoteFrameMax &- Self.overhead)
    }

    /// Writes a part of a delivery: `head` and then `tail`, in as many frames as they need. They fit
    /// into `room`, and if they are empty one frame does.
    ///
    /// `state` goes with the first frame, or in a frame of its own where that has no room for it.
    /// `isLast` ends the delivery.
    @inline(__always)
    public func send(
        _ sending: Sending, head: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer,
        isLast: Bool, state: [UInt8] = []
    ) {
        let most =
            session.channels.remoteFrameMax &- Self.frame &- Int(sending.tag.count) &- state.count
        if head.count &+ tail.count <= most, state.count <= Self.mostState {
            write(sending, head, tail, hasMore: !isLast, state: state)
        } else if state.count <= Self.mostState, head.count + tail.count + state.count <= room {
            sendInParts(sending, head, tail, isLast: isLast, state: state)
        } else {
            sendInParts(sending, head, tail, isLast: isLast, state: [])
            sendState(state, of: sending)
        }
    }

    /// Octets of a state that a transfer has room for: its list is a short one.
    private static let mostState = 192

    /// A state that the peer cannot take in one frame, and that of a settled delivery, are left out.
    private func sendState(_ state: [UInt8], of sending: Sending) {
        guard !sending.isSettled, state.count <= session.channels.roomInFrame else { return }
        session.write(state, of: sending.delivery, isSettled: false, isOfReceiver: false)
    }

    private func sendInParts(
        _ sending: Sending, _ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer,
        isLast: Bool, state: [UInt8]
    ) {
        var (head, tail, state) = (head, tail, state)
        repeat {
            let most =
                session.channels.remoteFrameMax - Self.frame - Int(sending.tag.count) - state.count
            let ofHead = min(head.count, most)
            let ofTail = min(tail.count, most - ofHead)
            let isEnd = ofHead == head.count && ofTail == tail.count
            write(
                sending, UnsafeRawBufferPointer(rebasing: head[..<ofHead]),
                UnsafeRawBufferPointer(rebasing: tail[..<ofTail]), hasMore: !(isEnd && isLast),
                state: state)
            head = UnsafeRawBufferPointer(rebasing: head[ofHead...])
            tail = UnsafeRawBufferPointer(rebasing: tail[ofTail...])
            state = []
        } while !(head.isEmpty && tail.isEmpty)
    }

    @inline(__always)
    private func write(
        _ sending: Sending, _ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer,
        hasMore: Bool, state: [UInt8], isAborted: Bool = false
    ) {
        let channels = session.channels
        if session.remoteWindow > 0 { session.remoteWindow &-= 1 }
        session.nextOutgoingID &+= 1
        channels.output.reserve(Self.overhead &+ state.count &+ head.count &+ tail.count)
        let isLong = !state.isEmpty || isAborted
        let place = channels.beginFrame(
            .transfer, channel: session.localChannel, fields: isLong ? 10 : 6)
        channels.output.putUInt(localHandle)
        channels.output.putUInt(sending.delivery.number)
        sending.tag.write(to: &channels.output)
        channels.output.putUInt(sending.format)
        channels.output.put(sending.isSettled)
        channels.output.put(hasMore)
        if isLong {
            channels.output.putNull()
            if state.isEmpty {
                channels.output.putNull()
            } else {
                state.withUnsafeBytes { channels.output.put($0) }
            }
            channels.output.putNull()
            channels.output.put(isAborted)
        }
        channels.endPerformative(of: place)
        channels.output.put(head)
        channels.output.put(tail)
        channels.endFrame(place)
    }

    /// Gives up a delivery of which a part was sent (AMQP 2.7.5): it is settled by that. While the
    /// peer's window is closed, the frame that says so waits.
    public func abort(_ sending: Sending) {
        guard local == .attached, session.isUsable else { return }
        guard session.remoteWindow > 0 else {
            session.waitingAborts = (session.waitingAborts ?? []) + [(self, sending)]
            return
        }
        session.flushDispositions()
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        write(sending, none, none, hasMore: false, state: [], isAborted: true)
    }

    /// A state for `send`, encoded.
    public static func encode(_ outcome: Outcome?) -> [UInt8] {
        guard let outcome, outcome.state != .none else { return [] }
        return outcome.encoded()
    }
}

extension Session {
    /// The peer's window has been told anew.
    func writeWaitingAborts() {
        let aborts = waitingAborts ?? []
        waitingAborts = nil
        for (link, sending) in aborts { link.abort(sending) }
    }
}
