package import Addressing
package import Forwarding

/// Which connections of role `route-container` an entity is for (RS-230, RS-451).
package enum ContainerChoice: Hashable, Sendable {
    /// Those whose peer has this container-id.
    case container(String)
    /// Those of the listener or connector of this name.
    case connection(String)
    /// None.
    case nobody

    /// Such a connection serves the entity.
    package func fits(_ container: RouteContainer) -> Bool {
        switch self {
        case .container(let id): container.id == id
        case .connection(let name): container.connectionName == name
        case .nobody: false
        }
    }

    /// As the log names it (MG-216).
    package var words: String {
        switch self {
        case .container(let id): "container \(id)"
        case .connection(let name): "connection \(name)"
        case .nobody: "no container"
        }
    }
}

/// Who is at the other end of an open connection of role `route-container`.
package struct RouteContainer: Hashable, Sendable {
    package let id: String
    /// The name of its listener or connector.
    package let connectionName: String?

    package init(id: String, connectionName: String?) {
        self.id = id
        self.connectionName = connectionName
    }
}

/// A link that the router attaches to containers by itself (RS-230 to RS-233).
package struct AutoLink: Hashable, Sendable {
    /// The number that management knows it by.
    package let number: UInt64
    package var name: String?
    package var address: String
    /// What the container calls it, if that is something else.
    package var externalAddress: String?
    /// As the router sees it: what is incoming comes from the container.
    package var direction: LinkDirection
    /// As an operator writes it: a consumer that is a fallback has 0 (RS-443).
    package var phase: Phase
    /// The container gets what no other consumer of the address takes.
    package var isFallback = false
    package var containers: ContainerChoice
    /// Until a container has ended a session with it: another link's fault is then none of its own.
    package var sharesSession = true

    package init(
        number: UInt64, name: String?, address: String, direction: LinkDirection, phase: Phase,
        containers: ContainerChoice
    ) {
        self.number = number
        self.name = name
        self.address = address
        self.direction = direction
        self.phase = phase
        self.containers = containers
    }

    /// In the log: one without a name is called by its number (MG-216).
    package var title: String { name ?? String(number) }

    /// The phase of its messages (RS-232, RS-443).
    package var routedPhase: Phase {
        isFallback && direction == .outgoing ? .fallback : phase
    }
}
