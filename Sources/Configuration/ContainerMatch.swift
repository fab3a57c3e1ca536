internal import Schema

/// Which connections of role `route-container` serve a link route or an auto link (RS-230, RS-461).
package enum ContainerMatch: Hashable, Sendable {
    /// Those whose peer has this container-id.
    case container(String)
    /// Those of the listener or connector of this name.
    case connection(String)
    /// None of this router's: a link route may be served elsewhere (RS-460), an auto link stays
    /// inactive (RS-451).
    case nobody

    /// Nil, and a warning, if both are given (MG-45).
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        switch (entity.text("containerId"), entity.text("connection")) {
        case (let container?, nil): self = .container(container)
        case (nil, let connection?): self = .connection(connection)
        case (nil, nil): self = .nobody
        case (_?, _?):
            problems.append(
                Problem(
                    .warning, from: .routes, line: entity.line,
                    "Error configuring linkRoute: Both connection and containerId cannot be "
                        + "specified. Specify only one",
                    remedy: "the section is ignored"))
            return nil
        }
    }
}

/// Which way messages go through the router's end of a link that is routed or made by itself.
package enum RouteDirection: String, Sendable {
    /// Into the router.
    case `in`
    /// Out of it.
    case out
}
