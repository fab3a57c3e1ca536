internal import CProton

/// A connection's endpoint: what `open` and `close` say.
public struct Connection: Hashable {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// Sends our `open`. Wraps `pn_connection_open`.
    public func open() { pn_connection_open(handle) }

    /// Sends our `close`. Wraps `pn_connection_close`.
    public func close() { pn_connection_close(handle) }

    /// Our `open` was sent, our `close` was not.
    public var isLocalActive: Bool {
        pn_connection_state(handle) & PN_LOCAL_ACTIVE != 0
    }

    /// The peer's `open` has come, its `close` has not.
    public var isRemoteActive: Bool {
        pn_connection_state(handle) & PN_REMOTE_ACTIVE != 0
    }

    public func setContainer(_ name: String) { pn_connection_set_container(handle, name) }
    public func setHostname(_ name: String) { pn_connection_set_hostname(handle, name) }

    /// The peer's container-id; empty if it gave none.
    public var remoteContainer: String {
        pn_connection_remote_container(handle).map { String(cString: $0) } ?? ""
    }

    /// The `hostname` of the peer's open, if any.
    public var remoteHostname: String? {
        pn_connection_remote_hostname(handle).map { String(cString: $0) }
    }

    /// Why we close. Wraps `pn_connection_condition`.
    public var condition: Condition { Condition(handle: pn_connection_condition(handle)) }

    /// Why the peer closed. Wraps `pn_connection_remote_condition`.
    public var remoteCondition: Condition {
        Condition(handle: pn_connection_remote_condition(handle))
    }

    /// The peer's open properties; nil if it sent none or no map.
    public var remoteProperties: Value? { value(of: pn_connection_remote_properties(handle)) }

    /// What the peer offers; a symbol or an array of them.
    public var remoteOfferedCapabilities: Value? {
        value(of: pn_connection_remote_offered_capabilities(handle))
    }

    public func setProperties(_ properties: Value) {
        properties.replace(pn_connection_properties(handle))
    }

    public func setOfferedCapabilities(_ capabilities: Value) {
        capabilities.replace(pn_connection_offered_capabilities(handle))
    }

    public func setDesiredCapabilities(_ capabilities: Value) {
        capabilities.replace(pn_connection_desired_capabilities(handle))
    }

    /// Makes a session of our own, the first of the connection. Wraps `pn_session`.
    public func makeSession() -> EngineSession { EngineSession(handle: pn_session(handle)) }
}
