internal import Configuration
internal import Forwarding
internal import Routing

extension AddressRules {
    init(_ configuration: RouterConfiguration) {
        self.init(
            defaultDistribution: Distribution(configuration.router.defaultDistribution))
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
