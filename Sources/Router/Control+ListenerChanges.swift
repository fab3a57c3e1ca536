internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Listeners and connectors that come and go while the router runs (MG-180 to MG-182).
extension Control {
    func createListener(
        name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Entity {
        try createListener(admitted(EntityDeclaration(Schema.listener, name: name, attributes)))
    }

    func createListener(_ declared: EntityDeclaration) throws(ManagementError) -> Entity {
        let settings = ListenerSettings(declared)
        try check(settings.role, ofConnector: false)
        let configured = ConfiguredEntity(declared)
        try checkIsNew(configured)
        retryListeners()
        addListener(settings, configured)
        return configured.entity()
    }

    func deleteListener(_ identity: String) {
        for (token, listener) in listeners where listener.configured.identity == identity {
            closeListener(token)
        }
    }

    func createConnector(
        name: String?, _ attributes: ValueMap
    ) throws(ManagementError) -> Entity {
        try createConnector(
            admitted(EntityDeclaration(Schema.connector, name: name, attributes)))
    }

    /// What a client asks for must be what a file may ask for (MG-39).
    func admitted(_ declared: EntityDeclaration) throws(ManagementError) -> EntityDeclaration {
        if let fault = declared.faults.first {
            throw ManagementError(.badRequest, fault.reason)
        }
        if let unsupported = declared.unsupported.first {
            throw ManagementError(.notImplemented, unsupported.reason)
        }
        do throws(Problem) {
            return try declared.revealed(.system)
        } catch {
            throw ManagementError(.badRequest, error.reason)
        }
    }

    func createConnector(_ declared: EntityDeclaration) throws(ManagementError) -> Entity {
        let settings = ConnectorSettings(declared)
        try check(settings.role, ofConnector: true)
        let configured = ConfiguredEntity(declared)
        try checkIsNew(configured)
        retryListeners()
        let token = addConnector(settings, configured)
        guard let connector = connectors[token] else { return configured.entity() }
        return connector.entity
    }

    func deleteConnector(_ identity: String) {
        for (token, connector) in connectors where connector.configured.identity == identity {
            stopConnector(token)
        }
    }

    private func checkIsNew(_ new: ConfiguredEntity) throws(ManagementError) {
        let others =
            listeners.values.map(\.configured.identity)
            + connectors.values.map(\.configured.identity)
        guard others.contains(new.identity) else { return }
        throw ManagementError(
            .badRequest,
            "adding \(EntityType.longName(new.identity)) duplicates unique attribute 'identity' "
                + "from existing \(new.identity)")
    }

    /// Which roles a router of this mode may have (MG-38).
    private func check(_ role: Role, ofConnector: Bool) throws(ManagementError) {
        let kind = ofConnector ? "connector" : "listener"
        switch (settings.mode, role) {
        case (.standalone, .interRouter), (.standalone, .edge):
            throw ManagementError(
                .badRequest,
                "role='standalone' not allowed to connect to or accept connections from other "
                    + "routers.")
        case (.edge, .interRouter), (.edge, .edge):
            guard role == .interRouter || !ofConnector else { return }
            throw ManagementError(
                .badRequest,
                "role='\(role.rawValue)' only allowed with router mode='interior' for \(kind)")
        case (.standalone, .normal), (.standalone, .routeContainer), (.interior, _),
            (.edge, .normal), (.edge, .routeContainer):
            break
        }
    }
}

extension Connector {
    /// As management shows it.
    var entity: Entity {
        configured.entity([
            ("connectionStatus", .string(state.rawValue)), ("connectionMsg", .string(message)),
            ("failoverUrls", .string(failoverText)),
        ])
    }
}
