/// The entity types that the router knows: what the configuration file, management, the command
/// line's help and the reference page all go by.
package struct Schema: Sendable {
    /// In the order in which they are published.
    package let types: [EntityType]
    private let places: [String: Int]

    package init(_ types: [EntityType]) {
        self.types = types
        var places: [String: Int] = [:]
        for (place, type) in types.enumerated() { places[type.name] = place }
        self.places = places
    }

    /// Every type of the router.
    package static let all = Schema([
        entity, managementNode, management, configurationEntity, operationalEntity, router,
        sslProfile, authServicePlugin, listener, connector, log, logStats, address, linkRoute,
        autoLink, exchange, binding, routerLink, routerAddress, routerNode, connection, allocator,
        console, policy, vhost, vhostUserGroupSettings, vhostStats, dummy, connectionLinkRoute,
    ])

    /// The names of attributes that hold secrets.
    package static let secrets = Set(
        all.types.flatMap(\.attributes).filter { $0.traits.contains(.hidden) }.map(\.name))

    /// The type with this short or long name.
    package func type(_ name: String) -> EntityType? {
        places[EntityType.shortName(name)].map { types[$0] }
    }

    /// The type and those that extend it.
    package func family(of type: EntityType) -> [EntityType] {
        types.filter { $0.name == type.name || $0.bases.contains(type.name) }
    }
}
