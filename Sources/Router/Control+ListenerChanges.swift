internal import AMQP
internal import Configuration
internal import Management

/// Listeners and connectors that come and go while the router runs (MG-180 to MG-182).
extension Control {
    /// A listener that cannot listen is none, and the reason is told.
    func createListener(_ wanted: WantedEntity) throws(ManagementError) -> Entity {
        retryListeners()
        let configured = ConfiguredEntity(wanted.declared)
        let (token, failure) = addListener(ListenerSettings(wanted.declared), configured)
        if let failure {
            closeListener(token)
            throw ManagementError(.badRequest, failure)
        }
        return configured.entity()
    }

    /// One of the file that cannot listen stays: its port may become free.
    func loadListener(_ declared: EntityDeclaration) throws(ManagementError) {
        let (_, failure) = addListener(ListenerSettings(declared), ConfiguredEntity(declared))
        if let failure { throw ManagementError(.badRequest, failure) }
    }

    func deleteListener(_ entity: Entity) { dropListener(entity.identity) }

    func unloadListener(_ declared: EntityDeclaration) { dropListener(declared.standardName) }

    private func dropListener(_ identity: String) {
        for (token, listener) in listeners where listener.configured.identity == identity {
            closeListener(token)
        }
    }

    func createConnector(_ wanted: WantedEntity) -> Entity {
        retryListeners()
        let configured = ConfiguredEntity(wanted.declared)
        let token = addConnector(ConnectorSettings(wanted.declared), configured)
        return connectors[token]?.entity ?? configured.entity()
    }

    func loadConnector(_ declared: EntityDeclaration) {
        addConnector(ConnectorSettings(declared), ConfiguredEntity(declared))
    }

    func deleteConnector(_ entity: Entity) { dropConnector(entity.identity) }

    func unloadConnector(_ declared: EntityDeclaration) { dropConnector(declared.standardName) }

    private func dropConnector(_ identity: String) {
        for (token, connector) in connectors where connector.configured.identity == identity {
            stopConnector(token)
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
