public import CProton

/// One message's way over one link: its bytes, its states and its settlement.
///
/// A handle: valid until it is settled here.
public struct EngineDelivery: Hashable {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// The link that it travels on. Wraps `pn_delivery_link`.
    @inlinable
    public var link: EngineLink { EngineLink(handle: pn_delivery_link(handle)) }

    /// A number of the owner's; 0 at first. Wraps `pn_delivery_get_context`.
    @inlinable
    public var context: Int {
        get { Int(bitPattern: pn_delivery_get_context(handle)) }
        nonmutating set {
            pn_delivery_set_context(handle, UnsafeMutableRawPointer(bitPattern: newValue))
        }
    }

    /// The current delivery of an incoming link, with something to be read or whole. Wraps
    /// `pn_delivery_readable`.
    @inlinable
    public var isReadable: Bool { pn_delivery_readable(handle) }

    /// More of it is to come. Wraps `pn_delivery_partial`.
    @inlinable
    public var isPartial: Bool { pn_delivery_partial(handle) }

    /// The sender gave it up. Wraps `pn_delivery_aborted`.
    @inlinable
    public var isAborted: Bool { pn_delivery_aborted(handle) }

    /// Bytes that have arrived and were not read, or were given and not framed. Wraps
    /// `pn_delivery_pending`.
    @inlinable
    public var pending: Int { pn_delivery_pending(handle) }

    /// The peer changed its state or settled. Wraps `pn_delivery_updated`.
    @inlinable
    public var isUpdated: Bool { pn_delivery_updated(handle) }

    /// Takes note of the peer's change. Wraps `pn_delivery_clear`.
    @inlinable
    public func clear() { pn_delivery_clear(handle) }

    /// The peer settled it. Wraps `pn_delivery_settled`.
    @inlinable
    public var isSettled: Bool { pn_delivery_settled(handle) }

    /// Settles it here: it may be gone when this returns. Wraps `pn_delivery_settle`.
    @inlinable
    public func settle() { pn_delivery_settle(handle) }

    /// Gives up a delivery being sent; settles it. Wraps `pn_delivery_abort`.
    public func abort() { pn_delivery_abort(handle) }

    /// The code of the peer's state; 0 for none. Wraps `pn_delivery_remote_state`.
    @inlinable
    public var remoteState: UInt64 { pn_delivery_remote_state(handle) }

    /// Sets our state to an outcome without fields. Wraps `pn_delivery_update`.
    @inlinable
    public func update(_ state: DeliveryState) { pn_delivery_update(handle, state.rawValue) }
}

/// The descriptor codes of delivery states (AMQP 3.4).
public struct DeliveryState: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let none = DeliveryState(rawValue: 0)
    public static let received = DeliveryState(rawValue: 0x23)
    public static let accepted = DeliveryState(rawValue: 0x24)
    public static let rejected = DeliveryState(rawValue: 0x25)
    public static let released = DeliveryState(rawValue: 0x26)
    public static let modified = DeliveryState(rawValue: 0x27)

    /// The delivery's fate is decided by it.
    @inlinable
    public var isTerminal: Bool { rawValue > 0x23 && rawValue <= 0x27 }
}
