public import CProton

/// One end of a link: its termini, its credit and its deliveries.
///
/// A handle: Proton owns what it points to. It cannot leave its worker, because `OpaquePointer`,
/// and so this struct, is not `Sendable`.
public struct EngineLink: Hashable {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    // MARK: What it is

    /// The name that both peers know. Wraps `pn_link_name`.
    public var name: String { String(cString: pn_link_name(handle)) }

    /// We send on it. Wraps `pn_link_is_sender`.
    @inlinable
    public var isSender: Bool { pn_link_is_sender(handle) }

    /// The session that it lives in. Wraps `pn_link_session`.
    @inlinable
    public var session: EngineSession { EngineSession(handle: pn_link_session(handle)) }

    /// Our source, or the peer's.
    public var source: EngineTerminus { EngineTerminus(handle: pn_link_source(handle)) }
    public var target: EngineTerminus { EngineTerminus(handle: pn_link_target(handle)) }
    public var remoteSource: EngineTerminus {
        EngineTerminus(handle: pn_link_remote_source(handle))
    }
    public var remoteTarget: EngineTerminus {
        EngineTerminus(handle: pn_link_remote_target(handle))
    }

    /// The peer settles all that it sends, or wants all that it receives settled. Wraps
    /// `pn_link_remote_snd_settle_mode`.
    public var isRemoteSettled: Bool { pn_link_remote_snd_settle_mode(handle) == PN_SND_SETTLED }

    /// The object that serves this link; the caller keeps it alive as long as it is set.
    @inlinable
    public func owner<Owner: AnyObject>(as type: Owner.Type) -> Unmanaged<Owner>? {
        pn_link_get_context(handle).map { Unmanaged<Owner>.fromOpaque($0) }
    }

    /// Names the object that serves this link, or none.
    public func setOwner<Owner: AnyObject>(_ owner: Unmanaged<Owner>?) {
        pn_link_set_context(handle, owner?.toOpaque())
    }

    // MARK: Its life

    /// Attaches our end. Wraps `pn_link_open`.
    public func open() { pn_link_open(handle) }

    /// Detaches our end for good. Wraps `pn_link_close`.
    public func close() { pn_link_close(handle) }

    /// Detaches our end, leaving the link to be resumed. Wraps `pn_link_detach`.
    public func detach() { pn_link_detach(handle) }

    /// Lets Proton forget the link once both ends are done. Wraps `pn_link_free`.
    public func free() { pn_link_free(handle) }

    /// The peer has attached and not yet detached.
    @inlinable
    public var isRemoteActive: Bool {
        pn_link_state(handle) & PN_REMOTE_ACTIVE != 0
    }

    /// Our end is attached.
    @inlinable
    public var isLocalActive: Bool {
        pn_link_state(handle) & PN_LOCAL_ACTIVE != 0
    }

    /// Our end was never attached.
    @inlinable
    public var isLocalUninitialised: Bool {
        pn_link_state(handle) & PN_LOCAL_UNINIT != 0
    }

    /// Why our end detaches. Wraps `pn_link_condition`.
    public var condition: Condition { Condition(handle: pn_link_condition(handle)) }

    /// Why the peer detached. Wraps `pn_link_remote_condition`.
    public var remoteCondition: Condition { Condition(handle: pn_link_remote_condition(handle)) }

    // MARK: Credit

    /// How many deliveries the sender may still send. Wraps `pn_link_credit`.
    @inlinable
    public var credit: Int { Int(pn_link_credit(handle)) }

    /// How many deliveries wait in the engine. Wraps `pn_link_queued`.
    @inlinable
    public var queued: Int { Int(pn_link_queued(handle)) }

    /// Lets the sender send `count` more deliveries. Wraps `pn_link_flow`.
    @inlinable
    public func grant(credit count: Int) { pn_link_flow(handle, Int32(truncatingIfNeeded: count)) }

    /// Asks the sender to use up its credit or give it back, adding none. Wraps `pn_link_drain`.
    public func drain() { pn_link_drain(handle, 0) }

    /// The receiver asked for a drain. Wraps `pn_link_get_drain`.
    @inlinable
    public var isDraining: Bool { pn_link_get_drain(handle) }

    /// Gives back what credit is left, as the receiver asked; as a receiver, takes note of what
    /// was given back. Wraps `pn_link_drained`.
    @discardableResult
    public func drained() -> Int { Int(pn_link_drained(handle)) }

    /// Tells the receiver how many deliveries wait. Wraps `pn_link_offered`.
    public func offer(_ count: Int) { pn_link_offered(handle, Int32(truncatingIfNeeded: count)) }

    // MARK: Deliveries

    /// The delivery being received or sent. Wraps `pn_link_current`.
    @inlinable
    public var current: EngineDelivery? {
        pn_link_current(handle).map(EngineDelivery.init(handle:))
    }

    /// Ends the current delivery: it is whole. Wraps `pn_link_advance`.
    @inlinable
    public func advance() { _ = pn_link_advance(handle) }

    /// Starts a delivery under an eight-byte tag. Wraps `pn_delivery`.
    @inlinable
    public func deliver(tag: UInt64) -> EngineDelivery {
        var tag = tag.littleEndian
        return withUnsafeBytes(of: &tag) { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return EngineDelivery(handle: pn_delivery(handle, pn_dtag(start, bytes.count)))
        }
    }

    /// Starts a delivery under a nine-byte tag: eight of number, one of `mark`.
    @inlinable
    public func deliver(tag: UInt64, mark: UInt8) -> EngineDelivery {
        var tag: (UInt64, UInt8) = (tag.littleEndian, mark)
        return withUnsafeBytes(of: &tag) { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return EngineDelivery(handle: pn_delivery(handle, pn_dtag(start, 9)))
        }
    }

    /// Copies out what has arrived of the current delivery, and gives the count; 0 if nothing is
    /// there. Wraps `pn_link_recv`.
    @inlinable
    public func receive(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = pn_link_recv(
            handle, room.baseAddress?.assumingMemoryBound(to: CChar.self), room.count)
        return count > 0 ? count : 0
    }

    /// Appends to the current delivery. Wraps `pn_link_send`.
    @inlinable
    public func send(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        _ = pn_link_send(handle, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// The next link of the connection with any state at all. Wraps `pn_link_next`.
    public var next: EngineLink? { pn_link_next(handle, 0).map(EngineLink.init(handle:)) }
}
