internal import AMQP
internal import Addressing
internal import Configuration
internal import Forwarding
internal import Management
internal import Routing

extension AddressRules.Rule {
    init(_ address: AddressConfiguration) {
        self.init(
            distribution: AddressDistribution(rawValue: address.distribution)
                .map { Distribution($0) } ?? .balanced,
            ingressPhase: Phase(address.ingressPhase) ?? .first,
            egressPhase: Phase(address.egressPhase) ?? .first,
            priority: address.priority.map(UInt8.init(clamping:)),
            hasFallback: address.hasFallback)
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
