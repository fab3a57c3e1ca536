internal import AMQP
internal import Configuration
internal import Management

/// Listeners and connectors that come and go while the router runs (MG-180 to MG-182).
extension Control {
    /// A listener that cannot listen is none, and the reason is told.
    func createListener(_ declared: EntityDeclaration) throws(ManagementError) -> Entity {
        retryListeners()
        let configured = ConfiguredEntity(declared)
        let (token, failure) = addListener(ListenerSettings(declared), configured)
        if let failure {
            closeListener(token)
            throw ManagementError(.badRequest, failure)
        }
        return configured.entity()
    }

    func deleteListener(_ identity: String) {
        for (token, listener) in listeners where listener.configured.identity == identity {
            closeListener(token)
        }
    }

    func createConnector(_ declared: EntityDeclaration) -> Entity {
        retryListeners()
        let configured = ConfiguredEntity(declared)
        let token = addConnector(ConnectorSettings(declared), configured)
        return connectors[token]?.entity ?? configured.entity()
    }

    func deleteConnector(_ identity: String) {
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
