public import CProton

/// What lies below a connection: framing, limits, heartbeats, SASL.
public struct Transport {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// The largest frame that we take, in bytes. Wraps `pn_transport_set_max_frame`.
    public func setMaxFrame(_ bytes: Int) {
        pn_transport_set_max_frame(handle, UInt32(clamping: bytes))
    }

    /// The highest channel that we take. Wraps `pn_transport_set_channel_max`.
    public func setChannelMax(_ channel: Int) {
        _ = pn_transport_set_channel_max(handle, UInt16(clamping: channel))
    }

    /// Silence of the peer that ends the connection, in milliseconds; half of it is told to the
    /// peer (AMQP 2.4.5, RS-9). Wraps `pn_transport_set_idle_timeout`.
    public func setIdleTimeout(milliseconds: Int) {
        pn_transport_set_idle_timeout(handle, UInt32(clamping: milliseconds))
    }

    /// The largest frame that the peer takes, in bytes; 0 before its open.
    public var remoteMaxFrame: Int { Int(pn_transport_get_remote_max_frame(handle)) }

    /// Sends heartbeats and notes silence. Gives the time of the next call, in milliseconds of the
    /// same clock, or 0 if none is wanted. Wraps `pn_transport_tick`.
    @inlinable
    public func tick(milliseconds: Int64) -> Int64 { pn_transport_tick(handle, milliseconds) }

    /// The highest channel that the peer takes; known after its open.
    public var remoteChannelMax: Int { Int(pn_transport_remote_channel_max(handle)) }

    /// Silence that the peer does not stand, in milliseconds; 0 for any. Known after its open. Wraps
    /// `pn_transport_get_remote_idle_timeout`.
    public var remoteIdleTimeout: Int { Int(pn_transport_get_remote_idle_timeout(handle)) }

    /// Why the transport failed, if it did. Wraps `pn_transport_condition`.
    public var condition: Condition { Condition(handle: pn_transport_condition(handle)) }

    /// Fails a transport whose input has ended: the peer gets a close with the condition that is
    /// set, before it our open if it has had none. Wraps `pn_transport_close_tail`.
    public func failInput() { _ = pn_transport_close_tail(handle) }

    /// Demands (or not) that a peer authenticates. Wraps `pn_transport_require_auth`.
    public func requireAuthentication(_ required: Bool) {
        pn_transport_require_auth(handle, required)
    }

    /// The name that the peer authenticated as, if it did. Wraps `pn_transport_get_user`.
    public var user: String? { pn_transport_get_user(handle).map { String(cString: $0) } }

    public var isAuthenticated: Bool { pn_transport_is_authenticated(handle) }

    /// Sets the mechanisms offered, or tried, separated by blanks. Wraps
    /// `pn_sasl_allowed_mechs`.
    public func allowMechanisms(_ mechanisms: String) {
        pn_sasl_allowed_mechs(pn_sasl(handle), mechanisms)
    }

    /// The mechanism used; nil before or without SASL. Wraps `pn_sasl_get_mech`.
    public var mechanism: String? {
        pn_sasl_get_mech(pn_sasl(handle)).map { String(cString: $0) }
    }

    /// Bytes of frames that have been made and wait for the socket.
    @inlinable
    public var pendingOutput: Int { pn_transport_pending(handle) }
}
