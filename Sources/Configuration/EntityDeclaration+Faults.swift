package import Addressing

/// For entities that are made while the router runs.
extension EntityDeclaration {
    /// What is wrong with it by itself, or in a router of this mode: what a file would be refused for.
    package func faults(in mode: RouterMode) -> [Problem] {
        (Rules.role(self, mode.rawValue) + Rules.problems(ofOne: self))
            .filter { $0.severity == .error }
    }

    /// With its passwords looked up (MG-42).
    package func revealed(_ surroundings: Surroundings) throws(Problem) -> EntityDeclaration {
        var entities = [self]
        var problems: [Problem] = []
        Passwords.resolve(&entities, surroundings, &problems)
        if let problem = problems.first(where: { $0.severity == .error }) { throw problem }
        return entities.first ?? self
    }
}
