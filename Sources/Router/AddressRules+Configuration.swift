internal import Addressing
internal import Configuration
internal import Forwarding
internal import Routing

extension AddressRules {
    init(_ configuration: RouterConfiguration) {
        var patterns = PatternTree<Rule>()
        for address in configuration.addresses {
            let pattern =
                address.pattern ?? address.prefix.map(PatternTree<Rule>.pattern(ofPrefix:))
            guard let pattern else { continue }
            _ = patterns.insert(pattern, Rule(distribution: Distribution(address.2)))
        }
        self.init(
            defaultDistribution: Distribution(configuration.router.defaultDistribution),
            match: { [patterns] in patterns.value(for: $0) })
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
