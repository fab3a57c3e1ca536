internal import Management
internal import Schema

/// The table of all types of which the router has entities.
extension EntityKind {
    static let all: [EntityKind] = configured + reported

    private static let configured = [
        EntityKind(type: Schema.router, rows: \.routerRows, replace: Control.replaceRouter),
        EntityKind(
            type: Schema.log, rows: \.logRows, update: Control.updateLog, load: Control.setLog,
            unload: Control.resetLog, replace: Control.setLog),
        EntityKind(
            type: Schema.address, rows: \.configuredAddressRows, create: Control.createAddress,
            delete: Control.deleteAddress, load: Control.loadAddress,
            unload: Control.unloadAddress),
        EntityKind(
            type: Schema.autoLink, rows: \.autoLinkRows, create: Control.createAutoLink,
            delete: Control.deleteAutoLink, load: Control.loadAutoLink,
            unload: Control.unloadAutoLink),
        EntityKind(
            type: Schema.linkRoute, rows: \.linkRouteRows, create: Control.createLinkRoute,
            delete: Control.deleteLinkRoute, load: Control.loadLinkRoute,
            unload: Control.unloadLinkRoute),
        EntityKind(
            type: Schema.exchange, rows: \.exchangeRows, create: Control.createExchange,
            delete: Control.deleteExchange, load: Control.loadExchange,
            unload: Control.unloadExchange, replace: Control.replaceExchange),
        EntityKind(
            type: Schema.binding, rows: \.bindingRows, create: Control.createBinding,
            delete: Control.deleteBinding, load: Control.loadBinding,
            unload: Control.unloadBinding),
        EntityKind(
            type: Schema.connectionLinkRoute, rows: \.ownLinkRouteRows,
            create: Control.createOwnLinkRoute, delete: Control.deleteLinkRoute),
        EntityKind(
            type: Schema.policy, rows: \.policyRows, load: Control.setPolicy,
            unload: Control.resetPolicy),
        kept(
            Schema.sslProfile, rows: \RouterSnapshot.profileRows, update: Control.updateProfile,
            replace: Control.replaceProfile),
        kept(Schema.authServicePlugin),
        EntityKind(
            type: Schema.vhost, rows: \.[kept: Schema.vhost.name], create: Control.createVhost,
            update: Control.updateVhost, delete: Control.deleteVhost, load: Control.loadVhost,
            unload: Control.unloadVhost),
        EntityKind(
            type: Schema.listener, rows: \.listenerRows, create: Control.createListener,
            delete: Control.deleteListener, load: Control.loadListener,
            unload: Control.unloadListener),
        EntityKind(
            type: Schema.connector, rows: \.connectorRows, create: Control.createConnector,
            delete: Control.deleteConnector, load: Control.loadConnector,
            unload: Control.unloadConnector),
        EntityKind(
            type: Schema.dummy, rows: \.dummyRows, create: Control.createDummy,
            update: Control.updateDummy, delete: Control.deleteDummy),
    ]

    private static let reported = [
        EntityKind(
            type: Schema.connection, rows: \.connectionRows, update: Control.updateConnection),
        EntityKind(type: Schema.routerLink, rows: \.linkRows, update: Control.updateLink),
        EntityKind(type: Schema.routerAddress, rows: \.addressRows),
        EntityKind(type: Schema.routerNode, rows: \.nodeRows),
        EntityKind(type: Schema.logStats, rows: \.logCounts),
        EntityKind(type: Schema.allocator, rows: \.pools),
        EntityKind(type: Schema.vhostStats, rows: \.vhostStatistics),
    ]

    /// A type whose entities are kept and shown as they were given.
    private static func kept(
        _ type: EntityType, rows: (any KeyPath<RouterSnapshot, EntityKind.Rows> & Sendable)? = nil,
        update: Update? = nil, replace: Load? = nil
    ) -> EntityKind {
        EntityKind(
            type: type, rows: rows ?? \.[kept: type.name], create: Control.createKept,
            update: update,
            delete: Control.deleteKept, load: Control.loadKept, unload: Control.unloadKept,
            replace: replace)
    }

    private static let places: [String: Int] = {
        var places: [String: Int] = [:]
        for (place, kind) in all.enumerated() { places[kind.type.name] = place }
        return places
    }()

    /// Nil for a type without entities.
    static func named(_ type: String) -> EntityKind? { places[type].map { all[$0] } }
}
