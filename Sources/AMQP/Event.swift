public import CProton

/// Something that the peer did, or that became of the transport.
public struct Event {
    /// What happened, as far as a router cares.
    public enum Kind {
        case connectionRemoteOpen, connectionRemoteClose
        case sessionRemoteOpen, sessionRemoteClose
        case linkRemoteOpen, linkRemoteDetach, linkRemoteClose, linkFlow, linkFinal
        case delivery
        case transportError, transportInputClosed, transportClosed
        case other
    }

    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// What happened. Wraps `pn_event_type`.
    @inlinable
    public var kind: Kind {
        switch pn_event_type(handle) {
        case PN_DELIVERY: .delivery
        case PN_LINK_FLOW: .linkFlow
        case PN_CONNECTION_REMOTE_OPEN: .connectionRemoteOpen
        case PN_CONNECTION_REMOTE_CLOSE: .connectionRemoteClose
        case PN_SESSION_REMOTE_OPEN: .sessionRemoteOpen
        case PN_SESSION_REMOTE_CLOSE: .sessionRemoteClose
        case PN_LINK_REMOTE_OPEN: .linkRemoteOpen
        case PN_LINK_REMOTE_DETACH: .linkRemoteDetach
        case PN_LINK_REMOTE_CLOSE: .linkRemoteClose
        case PN_LINK_FINAL: .linkFinal
        case PN_TRANSPORT_ERROR: .transportError
        case PN_TRANSPORT_TAIL_CLOSED: .transportInputClosed
        case PN_TRANSPORT_CLOSED: .transportClosed
        default: .other
        }
    }

    /// The link concerned, if one is. Wraps `pn_event_link`.
    @inlinable
    public var link: EngineLink? { pn_event_link(handle).map(EngineLink.init(handle:)) }

    /// The session concerned, if one is. Wraps `pn_event_session`.
    @inlinable
    public var session: EngineSession? { pn_event_session(handle).map(EngineSession.init(handle:)) }

    /// The delivery concerned, if one is. Wraps `pn_event_delivery`.
    @inlinable
    public var delivery: EngineDelivery? {
        pn_event_delivery(handle).map(EngineDelivery.init(handle:))
    }
}
