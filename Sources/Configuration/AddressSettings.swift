internal import Addressing
internal import Schema

/// An `address` section that takes effect (MG-44 to MG-47).
package struct AddressSettings: Hashable, Sendable {
    /// Where it applies.
    package enum Place: Hashable, Sendable {
        case prefix(String)
        case pattern(String)
    }

    package var name: String
    package var place: Place
    package var distribution = AddressDistribution.balanced
    package var isWaypoint = false
    package var ingressPhase = 0
    package var egressPhase = 0
    /// Nil for none.
    package var priority: Int?

    /// Nil if it takes no effect.
    package init?(_ entity: EntityDeclaration) {
        var problems: [Problem] = []
        self.init(entity, &problems)
    }

    /// Nil, and a problem, if the section is to be skipped.
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        guard let place = Place(entity, &problems) else { return nil }
        self.place = place
        name = entity.fullName
        distribution = entity.choice("distribution") ?? .balanced
        isWaypoint = entity.flag("waypoint")
        priority = entity.number("priority").flatMap { $0 < 0 ? nil : $0 }
        let standardEgress = isWaypoint ? 1 : 0
        let isGiven = entity.given["ingressPhase"] != nil || entity.given["egressPhase"] != nil
        ingressPhase = entity.number("ingressPhase") ?? (isGiven ? -1 : 0)
        egressPhase = entity.number("egressPhase") ?? (isGiven ? -1 : standardEgress)
        guard let fault = fault(entity.flag("enableFallback")) else { return }
        problems.append(
            Problem(
                .warning, from: .router, line: entity.line,
                "Ignoring configured address '\(place.text)'",
                remedy: fault))
        return nil
    }

    private func fault(_ hasFallback: Bool) -> String? {
        if place.text.isEmpty { return "its prefix or pattern has no tokens" }
        if PatternTree<Bool>.isTooLong(place.pattern) {
            return "its prefix or pattern has more than \(PatternTree<Bool>.mostTokens) tokens"
        }
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

extension AddressSettings.Place {
    /// Nil, and a warning, unless exactly one of prefix and pattern is given (MG-44).
    init?(_ entity: EntityDeclaration, _ problems: inout [Problem]) {
        let what = entity.type.sectionName == "address" ? "configured address" : "link route"
        let prefix = entity.text("prefix").map(Self.trimmed)
        let pattern = entity.text("pattern").map(Self.trimmed)
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

    /// Without separators at either end, which mean nothing (RS-126).
    private static func trimmed(_ text: String) -> String {
        var rest = text.drop { $0 == "." || $0 == "/" }
        while rest.last == "." || rest.last == "/" { rest.removeLast() }
        return String(rest)
    }

    var text: String {
        switch self {
        case .prefix(let text), .pattern(let text): text
        }
    }

    /// The pattern that says the same.
    package var pattern: String {
        switch self {
        case .prefix(let text): PatternTree<Bool>.pattern(ofPrefix: text)
        case .pattern(let text): text
        }
    }
}
