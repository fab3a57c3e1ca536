internal import CProton

/// A source or a target.
public struct EngineTerminus {
    @usableFromInline let handle: OpaquePointer

    @inlinable
    init(handle: OpaquePointer) { self.handle = handle }

    /// What stands at the link's end.
    public enum Kind: Sendable { case null, source, target, coordinator }

    public var kind: Kind {
        switch pn_terminus_get_type(handle) {
        case PN_SOURCE: .source
        case PN_TARGET: .target
        case PN_COORDINATOR: .coordinator
        default: .null
        }
    }

    /// Makes it a source without an address. Wraps `pn_terminus_set_type`.
    public func setEmptySource() { _ = pn_terminus_set_type(handle, PN_SOURCE) }

    /// Makes it a target without an address. Wraps `pn_terminus_set_type`.
    public func setEmptyTarget() { _ = pn_terminus_set_type(handle, PN_TARGET) }

    /// The address; nil if absent or empty. Wraps `pn_terminus_get_address`.
    public var address: String? {
        guard let text = pn_terminus_get_address(handle), text.pointee != 0 else { return nil }
        return String(cString: text)
    }

    public func setAddress(_ address: String) { _ = pn_terminus_set_address(handle, address) }

    public var isDynamic: Bool { pn_terminus_is_dynamic(handle) }
    public func setDynamic(_ dynamic: Bool) { _ = pn_terminus_set_dynamic(handle, dynamic) }

    /// Copies every field. Wraps `pn_terminus_copy`.
    public func copy(_ other: EngineTerminus) { _ = pn_terminus_copy(handle, other.handle) }

    /// Becomes what the peer has asked for; where it left the terminus out, one without an address,
    /// for an absent one would be a refusal. An expiry policy that it did not name is named (RS-31).
    public func echo(_ other: EngineTerminus, absentAs kind: Kind) {
        copy(other)
        if other.kind == .null {
            switch kind {
            case .source: setEmptySource()
            case .target: setEmptyTarget()
            case .null, .coordinator: break
            }
        }
        _ = pn_terminus_set_expiry_policy(handle, pn_terminus_get_expiry_policy(handle))
    }

    /// The capabilities, if any. Wraps `pn_terminus_capabilities`.
    public var capabilities: Value? { value(of: pn_terminus_capabilities(handle)) }

    public var durability: Int { Int(pn_terminus_get_durability(handle).rawValue) }
    public var timeout: Int { Int(pn_terminus_get_timeout(handle)) }

    /// When the terminus ends: link, session, connection, or never.
    public enum Expiry: Sendable { case link, session, connection, never }

    public var expiry: Expiry {
        switch pn_terminus_get_expiry_policy(handle) {
        case PN_EXPIRE_WITH_LINK: .link
        case PN_EXPIRE_WITH_CONNECTION: .connection
        case PN_EXPIRE_NEVER: .never
        default: .session
        }
    }

    /// What becomes of messages that were sent: copy or move; unspecified if the peer did not say.
    public enum DistributionMode: Sendable { case unspecified, copy, move }

    /// Wraps `pn_terminus_get_distribution_mode`.
    public var distributionMode: DistributionMode {
        switch pn_terminus_get_distribution_mode(handle) {
        case PN_DIST_MODE_COPY: .copy
        case PN_DIST_MODE_MOVE: .move
        default: .unspecified
        }
    }

    /// The properties wanted of a dynamic node, if any. Wraps `pn_terminus_properties`.
    public var properties: Value? { value(of: pn_terminus_properties(handle)) }

    /// The filter set, if any. Wraps `pn_terminus_filter`.
    public var filter: Value? { value(of: pn_terminus_filter(handle)) }
}
