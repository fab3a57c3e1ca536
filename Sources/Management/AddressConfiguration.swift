package import AMQP
package import Addressing
internal import Schema

/// A configured treatment of addresses: `router.config.address` (MG-186).
package struct AddressConfiguration: Hashable, Sendable {
    package var number: UInt64
    package var name: String?
    package var match: AddressMatch
    /// One of the schema's tags.
    package var distribution: String
    package var isWaypoint = false
    package var ingressPhase = 0
    package var egressPhase = 0
    /// Nil for none.
    package var priority: Int?
    package var hasFallback = false

    package init(
        number: UInt64, name: String?, match: AddressMatch, distribution: String = "balanced"
    ) {
        self.number = number
        self.name = name
        self.match = match
        self.distribution = distribution
    }
}

extension AddressConfiguration: Reported {
    package static let type = "router.config.address"
    package var identity: String { String(number) }

    private var prefix: String? {
        guard case .prefix(let prefix) = match else { return nil }
        return prefix
    }

    private var pattern: String? {
        guard case .pattern(let pattern) = match else { return nil }
        return pattern
    }

    package static let columns: Columns<AddressConfiguration> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("prefix") { .text($0.prefix) },
        Column("distribution") { address in
            address.distribution == "unavailable" ? .null : .string(address.distribution)
        },
        Column("waypoint") { .bool($0.isWaypoint) },
        Column("ingressPhase") { .small($0.ingressPhase) },
        Column("egressPhase") { .small($0.egressPhase) },
        Column("pattern") { .text($0.pattern) },
        Column("priority") { .small($0.priority ?? -1) },
        Column("fallback") { .bool($0.hasFallback) },
    ]
}

/// From the body of a CREATE (MG-186).
extension AddressConfiguration {
    package init(number: UInt64, name: String?, body: ValueMap) throws(ManagementError) {
        var faults = Faults()
        let match = faults.gather { () throws(ManagementError) in try AddressMatch(body) }
        self.init(number: number, name: name, match: match ?? .prefix(""))
        if let tag = body["distribution"]?.text, Self.distributions.contains(tag) {
            distribution = tag
        }
        isWaypoint = body["waypoint"]?.boolean ?? false
        hasFallback = (body["fallback"] ?? body["enableFallback"])?.boolean ?? false
        takePhases(body, &faults)
        if let wanted = body.number("priority") {
            if wanted > 9 {
                faults.add("Priority value, if present, must be between 0 and QDR_MAX_PRIORITY")
            }
            priority = wanted < 0 ? nil : wanted
        }
        if hasFallback, isWaypoint || ingressPhase != 0 || egressPhase != 0 {
            faults.add(
                "Fallback cannot be specified with waypoint or non-zero ingress and egress phases")
        }
        try faults.check()
    }

    private static let distributions: Set = ["multicast", "closest", "balanced", "unavailable"]

    /// Both are given, or neither (MG-47).
    private mutating func takePhases(_ body: ValueMap, _ faults: inout Faults) {
        let ingress = body.number("ingressPhase")
        let egress = body.number("egressPhase")
        guard ingress != nil || egress != nil else {
            egressPhase = isWaypoint ? 1 : 0
            return
        }
        guard let ingress, let egress, 0...9 ~= ingress, 0...9 ~= egress else {
            return faults.add("Phase values must be between 0 and 9")
        }
        ingressPhase = ingress
        egressPhase = egress
    }
}

extension AddressMatch {
    package init(_ body: ValueMap) throws(ManagementError) {
        let prefix = body.present("prefix")
        let pattern = body.present("pattern")
        switch (prefix, pattern) {
        case (nil, nil):
            throw ManagementError(
                .badRequest, "Either a 'prefix' or 'pattern' attribute must be provided")
        case (_?, _?):
            throw ManagementError(
                .badRequest, "Cannot specify both a 'prefix' and a 'pattern' attribute")
        case (let prefix?, nil): self = .prefix(try Self.trimmed(prefix, "Prefix"))
        case (nil, let pattern?): self = .pattern(try Self.trimmed(pattern, "Pattern"))
        }
    }

    /// Without separators at either end.
    private static func trimmed(_ value: Value, _ what: String) throws(ManagementError) -> String {
        guard let text = value.text, !text.isEmpty else {
            throw ManagementError(.badRequest, "\(what) must be a non-empty string type")
        }
        let rest = AddressMatch.trimmed(text)
        guard !rest.isEmpty else {
            throw ManagementError(.badRequest, "\(what) invalid - no tokens")
        }
        let most = PatternTree<Bool>.mostTokens - 1
        guard !PatternTree<Bool>.isTooLong(rest + "/#") else {
            throw ManagementError(.badRequest, "\(what) invalid - more than \(most) tokens")
        }
        return rest
    }
}

extension ValueMap {
    /// The value under a key, unless there is none or it is null.
    package func present(_ key: String) -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// A number, or a string of digits.
    package func number(_ key: String) -> Int? {
        guard let value = self[key] else { return nil }
        return (value.integer ?? value.text.flatMap { Int64($0) }).map(Int.init)
    }
}
