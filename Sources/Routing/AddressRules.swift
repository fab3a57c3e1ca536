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
        /// What no consumer takes goes to those of the address's fallback.
        package var hasFallback: Bool

        package init(
            distribution: Distribution, ingressPhase: Phase = .first, egressPhase: Phase = .first,
            priority: UInt8? = nil, hasFallback: Bool = false
        ) {
            self.distribution = distribution
            self.ingressPhase = ingressPhase
            self.egressPhase = egressPhase
            self.priority = priority
            self.hasFallback = hasFallback
        }
    }

    package var defaultDistribution: Distribution
    private var patterns = PatternTree<Rule>()

    package init(defaultDistribution: Distribution) {
        self.defaultDistribution = defaultDistribution
    }

    /// Adds the treatment of a pattern; false, and nothing is changed, if there is one for it
    /// (RS-129).
    package mutating func insert(_ pattern: String, _ rule: Rule) -> Bool {
        patterns.insert(pattern, rule)
    }

    package mutating func remove(_ pattern: String) { patterns.remove(pattern) }

    package func configuredRule(for address: String) -> Rule? { patterns.value(for: address) }

    package func rule(for address: String) -> Rule {
        // The router's own services are not the operator's to forbid (RS-130).
        if address.hasPrefix("_$temp.") { return Rule(distribution: .balanced) }
        if address.hasPrefix("$management") || address.hasPrefix("_$") {
            return Rule(distribution: .closest)
        }
        return configuredRule(for: address) ?? Rule(distribution: defaultDistribution)
    }
}
