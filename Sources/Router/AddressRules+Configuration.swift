internal import AMQP
internal import Addressing
internal import Configuration
internal import Forwarding
internal import Management
internal import Routing

extension AddressRules {
    /// Nil if two of the addresses have the same pattern.
    init?(_ addresses: [AddressConfiguration], _ settings: RouterSettings) {
        var patterns = PatternTree<Rule>()
        for address in addresses {
            guard patterns.insert(address.place.pattern, Rule(address)) else { return nil }
        }
        self.init(
            defaultDistribution: Distribution(settings.defaultDistribution),
            match: { [patterns] in patterns.value(for: $0) })
    }
}

extension AddressRules.Rule {
    fileprivate init(_ address: AddressConfiguration) {
        self.init(
            distribution: AddressDistribution(rawValue: address.distribution)
                .map { Distribution($0) } ?? .balanced,
            ingressPhase: Phase(address.ingressPhase) ?? .first,
            egressPhase: Phase(address.egressPhase) ?? .first,
            priority: address.priority.map(UInt8.init(clamping:)))
    }
}

extension Distribution {
    init(_ distribution: AddressDistribution) {
        switch distribution {
        case .closest: self = .closest
        case .balanced: self = .balanced
        case .multicast: self = .multicast
        case .unavailable: self = .unavailable
        }
    }
}
