package import Schema

/// What a file may configure.
package enum ConfigurableTypes {
    /// In the order in which a reader wants them.
    package static let all: [EntityType] = [
        Schema.router, Schema.listener, Schema.connector, Schema.address, Schema.log,
        Schema.sslProfile, Schema.authServicePlugin, Schema.linkRoute, Schema.autoLink,
        Schema.exchange, Schema.binding, Schema.policy, Schema.vhost, Schema.console,
    ]

    /// The router sets the attribute; a file may not.
    package static func isReported(
        _ attribute: EntityType.Attribute, _ type: EntityType
    ) -> Bool {
        attribute.name == "identity" || attribute.name == "type"
            || attribute.traits.contains(.graph)
            || type.name != "vhost" && type.name != "console"
                && attribute.traits.isDisjoint(with: [.create, .update, .required])
    }
}
