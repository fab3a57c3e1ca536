internal import AMQP
internal import Sessions

/// A message as it stands in a buffer: all of it, or its first part.
///
/// Not copyable: it is lent from function to function, and no link is retained for it.
struct ArrivingMessage: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    var head: MessageHead
    let isWhole: Bool
    let link: IncomingLink
    let arrival: Arrival

    /// Nobody waits for its outcome.
    @inline(__always)
    var isSettled: Bool { arrival.isSettled }
    @inline(__always)
    var isHeld: Bool { arrival.isHeld }
    @inline(__always)
    var state: Outcome? { link.particulars?.taken.state }
    @inline(__always)
    var tag: DeliveryTag { link.particulars?.taken.tag ?? DeliveryTag() }
    @inline(__always)
    var priority: UInt8 { head.priority }
}
