public import CProton

/// A session: the window that its links share.
public struct EngineSession: Hashable {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// Begins our end. Wraps `pn_session_open`.
    public func open() { pn_session_open(handle) }

    /// Ends our end. Wraps `pn_session_close`.
    public func close() { pn_session_close(handle) }

    /// Lets Proton forget the session once both ends are done. Wraps `pn_session_free`.
    public func free() { pn_session_free(handle) }

    /// Bytes that were given to its links and are not yet framed. Wraps
    /// `pn_session_outgoing_bytes`.
    @inlinable
    public var outgoingBytes: Int { pn_session_outgoing_bytes(handle) }

    public func setIncomingCapacity(_ bytes: Int) {
        pn_session_set_incoming_capacity(handle, bytes)
    }

    /// Makes a link on which we send. Wraps `pn_sender`.
    public func makeSender(name: String) -> EngineLink {
        EngineLink(handle: pn_sender(handle, name))
    }

    /// Makes a link on which we receive. Wraps `pn_receiver`.
    public func makeReceiver(name: String) -> EngineLink {
        EngineLink(handle: pn_receiver(handle, name))
    }

    /// Our end has begun, or never did.
    public var isLocalUninitialised: Bool {
        pn_session_state(handle) & PN_LOCAL_UNINIT != 0
    }
}
