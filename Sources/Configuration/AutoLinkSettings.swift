package import Addressing
internal import Schema

/// An `autoLink` section that takes effect (MG-45, RS-230 to RS-232): a link that the router attaches
/// to a container by itself.
package struct AutoLinkSettings: Hashable, Sendable {
    package var name: String
    package var address: String
    /// What the container calls it, if that is something else.
    package var externalAddress: String?
    package var direction: RouteDirection
    package var phase: Phase
    /// The container gets what no other consumer of the address takes.
    package var isFallback: Bool
    package var server: ContainerMatch

    /// Nil if it takes no effect.
    package init?(_ entity: EntityDeclaration) {
        var problems: [Problem] = []
        self.init(entity, &problems)
    }

    /// Nil, and a problem, if the section is to be skipped.
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        guard let server = ContainerMatch(entity, &problems),
            let address = entity.text("address"),
            let direction: RouteDirection = entity.choice("direction")
        else { return nil }
        isFallback = entity.flag("fallback")
        let usual = direction == .in && !isFallback ? 1 : 0
        guard let phase = Phase(configured: entity.number("phase") ?? usual) else {
            problems.append(
                Problem(
                    .warning, from: .routes, line: entity.line(of: "phase"),
                    "Error configuring autoLink: autoLink phase must be between 0 and 9",
                    remedy: "the section is ignored"))
            return nil
        }
        if server == .nobody {
            problems.append(
                Problem(
                    .warning, from: .routes, line: entity.line,
                    "autoLink '\(entity.fullName)' names no container",
                    remedy: "it stays inactive without 'containerId' or 'connection'"))
        }
        name = entity.fullName
        self.address = address
        externalAddress = entity.text("externalAddress")
        self.direction = direction
        self.phase = phase
        self.server = server
    }
}

extension Phase {
    /// One that an operator may choose; nil for other numbers.
    init?(configured number: Int) {
        guard (0...9).contains(number) else { return nil }
        self.init(number)
    }
}
