package import Addressing
internal import Schema

/// A `linkRoute` section that takes effect (MG-44, MG-45, RS-250): attaches for these addresses are
/// passed through to a container.
package struct LinkRouteSettings: Hashable, Sendable {
    package var name: String
    package var match: AddressMatch
    /// `in` for clients that send, `out` for clients that receive.
    package var direction: RouteDirection
    package var server: ContainerMatch
    /// Stands before the address on the container's side (RS-259).
    package var addedPrefix: String?
    /// Is cut from the address before that.
    package var removedPrefix: String?

    /// Nil if it takes no effect.
    package init?(_ entity: EntityDeclaration) {
        var problems: [Problem] = []
        self.init(entity, &problems)
    }

    /// Nil, and a problem, if the section is to be skipped.
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        guard let match = AddressMatch(entity, &problems),
            let server = ContainerMatch(entity, &problems),
            let direction: RouteDirection = entity.choice("direction")
        else { return nil }
        if let fault = match.fault {
            problems.append(
                Problem(
                    .warning, from: .router, line: entity.line,
                    "Ignoring link route '\(match.text)'", remedy: fault))
            return nil
        }
        name = entity.fullName
        self.match = match
        self.direction = direction
        self.server = server
        addedPrefix = entity.text("addExternalPrefix")
        removedPrefix = entity.text("delExternalPrefix")
    }
}
