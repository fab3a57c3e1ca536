public import AMQP

/// What one frame of the peer's means for whoever drives the sessions.
public enum SessionEvent {
    /// Nothing to be done: the frame was for something that we have ended, or said nothing new.
    case nothing
    /// The peer began a session of its own; `Session.begin` answers it.
    case began(Session)
    /// The peer attached a link of its own, or answered our attach.
    case attached(Link)
    /// Credit, drain or what the sender has given back has changed on a link.
    case flow(Link)
    /// The peer takes more transfers on a session than before, of any link.
    case widened(Session)
    /// The link is lent: its session has it, at least until the next frame is taken in.
    case transfer(Unmanaged<Link>, Transfer)
    case disposition(Session, Disposition)
    /// The peer detached a link.
    case detached(Link, isClosed: Bool, AMQPError?)
    /// The peer ended a session, with all its links.
    case ended(Session)
    /// The peer broke a rule; `Violation` says what ends for it.
    case violation(Violation)
}

/// One `transfer` of the peer's (AMQP 2.7.5), its payload left where it is.
public struct Transfer {
    public let delivery: DeliveryID
    /// It begins a delivery.
    public let isFirst: Bool
    /// It does not end the delivery.
    public let hasMore: Bool
    public let isAborted: Bool
    /// The sender has settled the delivery, by this transfer or an earlier one.
    public let isSettled: Bool
    public let format: UInt32
    /// Where the bytes of the message are in the frame.
    public let payload: Range<Int>
    /// Where the tag is in the frame; nil if it has none, as need not one that begins no delivery.
    public let tag: Range<Int>?
    /// Where the sender's state is in the frame, if it has set one.
    public let state: Range<Int>?
}

/// A `disposition` of the peer's (AMQP 2.7.6).
public struct Disposition {
    /// It is about deliveries that we send; else about those that the peer sends.
    public let isOfReceiver: Bool
    public let first: DeliveryID
    public let last: DeliveryID
    public let isSettled: Bool
    public let outcome: Outcome
}

/// The number of a delivery in its session, one count for each direction (AMQP 2.6.12).
public struct DeliveryID: Hashable, Sendable {
    public let number: UInt32

    @inlinable
    public init(number: UInt32) { self.number = number }
}

/// A rule that the peer broke, and what ends for it (AMQP 2.8.14 to 2.8.18).
public enum Violation {
    case connection(AMQPError)
    case session(Session, AMQPError)
}

extension AMQPError {
    static func framing(_ text: String) -> AMQPError {
        AMQPError(name: "amqp:connection:framing-error", text: text)
    }

    static func resourceLimit(_ text: String) -> AMQPError {
        AMQPError(name: "amqp:resource-limit-exceeded", text: text)
    }

    static func session(_ condition: String, _ text: String) -> AMQPError {
        AMQPError(name: "amqp:session:\(condition)", text: text)
    }

    static func invalidField(_ text: String) -> AMQPError {
        AMQPError(name: "amqp:invalid-field", text: text)
    }
}
