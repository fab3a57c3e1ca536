package import Addressing
package import Forwarding

/// How addresses are to be treated: the `address` entities and the default (RS-125 to RS-130).
package struct AddressRules: Sendable {
    /// The treatment of the addresses that one entity matches.
    package struct Rule: Hashable, Sendable {
        package var distribution: Distribution
        package var ingressPhase: Phase
        package var egressPhase: Phase
        package var priority: UInt8?

        package init(
            distribution: Distribution, ingressPhase: Phase = .first,
            egressPhase: Phase = .first,
            priority: UInt8? = nil
        ) {
            self.distribution = distribution
            self.ingressPhase = ingressPhase
            self.egressPhase = egressPhase
            self.priority = priority
        }
    }

    package var defaultDistribution: Distribution
    private let match: @Sendable (String) -> Rule?

    package init(
        defaultDistribution: Distribution,
        match: @escaping @Sendable (String) -> Rule? = { _ in nil }
    ) {
        self.defaultDistribution = defaultDistribution
        self.match = match
    }

    package func configuredRule(for address: String) -> Rule? { match(address) }

    package func rule(for address: String) -> Rule {
        // The router's own services are not the operator's to forbid (RS-130).
        if address.hasPrefix("_$temp.") { return Rule(distribution: .balanced) }
        if address.hasPrefix("$management") || address.hasPrefix("_$") {
            return Rule(distribution: .closest)
        }
        return match(address) ?? Rule(distribution: defaultDistribution)
    }
}
