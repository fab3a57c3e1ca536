package import Addressing
package import Forwarding

/// The services by which edges learn of the network, and that which watches over them (IR 8.4 to 8.6).
package enum EdgeService: String, Sendable {
    case lookup = "_$qd.addr_lookup"
    case tracking = "_$qd.edge_addr_tracking"
    case heartbeat = "_$qd.edge_heartbeat"

    /// The one that a link of this router's own tenants is for; nil for none.
    package init?(_ request: LinkRequest) {
        guard let text = request.local.address else { return nil }
        self.init(rawValue: String(ParsedAddress.normalised(text)))
    }

    package var key: String { "M0" + rawValue }

    /// What a link to it may send before it was taken.
    package var credit: Int? {
        switch self {
        case .lookup: 32
        case .tracking: nil
        case .heartbeat: 2
        }
    }

    /// Only an interior router has something to say of others.
    package func isOffered(by mode: RouterMode) -> Bool { self == .heartbeat || mode == .interior }

    /// The link goes the right way, and comes from one whom it is meant for (IR-100, IR-101).
    func takes(_ request: LinkRequest) -> Bool {
        switch self {
        case .lookup: request.isEdge && request.direction == .incoming
        case .tracking: request.isEdge && request.direction == .outgoing
        case .heartbeat: request.direction == .incoming
        }
    }
}
