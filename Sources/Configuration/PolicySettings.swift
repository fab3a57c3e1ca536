internal import Schema

/// The `policy` section (RS-300 to RS-302, RS-317).
package struct PolicySettings: Hashable, Sendable {
    /// Connections that all listeners may have at once.
    package var maxConnections = 65_535
    /// In octets; nil for no limit.
    package var maxMessageSize: Int?
    package var isEnforced = false
    /// Names of vhosts are patterns.
    package var hasNamePatterns = false
    /// The vhost of those for whom there is no other; nil for none.
    package var defaultVhost: String? = "$default"

    package init(_ entity: EntityDeclaration = EntityDeclaration(type: Schema.policy, line: 1)) {
        maxConnections = min(max(0, entity.number("maxConnections") ?? 65_535), 65_535)
        maxMessageSize = entity.number("maxMessageSize").flatMap { $0 > 0 ? $0 : nil }
        isEnforced = entity.flag("enableVhostPolicy")
        hasNamePatterns = entity.flag("enableVhostNamePatterns")
        defaultVhost = entity.text("defaultVhost")
    }
}
