package import Addressing
internal import Schema

/// An `address` section that takes effect (MG-44 to MG-47).
package struct AddressSettings: Hashable, Sendable {
    package var name: String
    package var match: AddressMatch
    package var distribution = AddressDistribution.balanced
    package var isWaypoint = false
    package var ingressPhase = 0
    package var egressPhase = 0
    /// Nil for none.
    package var priority: Int?
    /// What no consumer takes goes to those of the address's fallback.
    package var hasFallback = false

    /// Nil if it takes no effect.
    package init?(_ entity: EntityDeclaration) {
        var problems: [Problem] = []
        self.init(entity, &problems)
    }

    /// Nil, and a problem, if the section is to be skipped.
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        guard let match = AddressMatch(entity, &problems) else { return nil }
        self.match = match
        name = entity.fullName
        distribution = entity.choice("distribution") ?? .balanced
        isWaypoint = entity.flag("waypoint")
        priority = entity.number("priority").flatMap { $0 < 0 ? nil : $0 }
        let standardEgress = isWaypoint ? 1 : 0
        let isGiven = entity.given["ingressPhase"] != nil || entity.given["egressPhase"] != nil
        ingressPhase = entity.number("ingressPhase") ?? (isGiven ? -1 : 0)
        egressPhase = entity.number("egressPhase") ?? (isGiven ? -1 : standardEgress)
        hasFallback = entity.flag("enableFallback")
        guard let fault else { return }
        problems.append(
            Problem(
                .warning, from: .router, line: entity.line,
                "Ignoring configured address '\(match.text)'",
                remedy: fault))
        return nil
    }

    private var fault: String? {
        if let fault = match.fault { return fault }
        let phases = 0...9
        if !phases.contains(ingressPhase) || !phases.contains(egressPhase) {
            return "ingressPhase and egressPhase must both be given, and be between 0 and 9"
        }
        if let priority, priority > 9 { return "priority must be between 0 and 9" }
        if hasFallback, isWaypoint || ingressPhase > 0 || egressPhase > 0 {
            return "enableFallback goes neither with waypoint nor with phases"
        }
        return nil
    }
}

extension AddressMatch {
    /// Why nothing can be for it; nil if all is well.
    var fault: String? {
        if text.isEmpty { return "its prefix or pattern has no tokens" }
        guard PatternTree<Bool>.isTooLong(pattern) else { return nil }
        return "its prefix or pattern has more than \(PatternTree<Bool>.mostTokens) tokens"
    }

    /// Nil, and a warning, unless exactly one of prefix and pattern is given (MG-44).
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        let what = entity.type.sectionName == "address" ? "configured address" : "link route"
        let prefix = entity.text("prefix").map(AddressMatch.trimmed)
        let pattern = entity.text("pattern").map(AddressMatch.trimmed)
        switch (prefix, pattern) {
        case (let prefix?, nil): self = .prefix(prefix)
        case (nil, let pattern?): self = .pattern(pattern)
        case (let prefix?, let pattern?):
            problems.append(
                Problem(
                    .warning, from: .router, line: entity.line,
                    "Cannot set both 'prefix' and 'pattern': ignoring \(what) \(prefix), \(pattern)"
                ))
            return nil
        case (nil, nil):
            let suffix = what == "link route" ? " address" : ""
            problems.append(
                Problem(
                    .warning, from: .router, line: entity.line,
                    "Must set either 'prefix' or 'pattern' attribute: ignoring \(what)\(suffix)"))
            return nil
        }
    }
}
