internal import Edge
internal import Forwarding
internal import Routing

/// Whether an edge's uplink can be left without harm.
extension Control {
    /// Tells the machine if no message has passed over the uplink since the last look, and none is
    /// under way. Links that go on over it are in use for as long as they are there.
    func look(at uplink: UplinkID) {
        let services = Set((edge?.places ?? [:]).filter { $0.key.isOfService }.values)
        var deliveries: UInt64 = 0
        var isIdle = true
        for link in table.links.values where link.request.connection == uplink.connection {
            if link.kind == .uplink, services.contains(link.request.place) { continue }
            let counters = link.request.counters
            deliveries &+= counters.deliveries.count
            let underWay =
                link.direction == .incoming
                ? counters.unsettledIncoming &+ counters.presettledInside.count
                : counters.unsettled.count &+ counters.undelivered.count
            isIdle = isIdle && link.routed == nil && underWay == 0
        }
        let isAsBefore = edge?.look.map { $0 == (uplink, deliveries) } ?? false
        edge?.look = (uplink, deliveries)
        if isIdle, isAsBefore { tell(.quiet(uplink)) }
    }
}

extension EdgeLink {
    /// It bears no client's messages.
    fileprivate var isOfService: Bool {
        switch self {
        case .tracking, .heartbeat, .questions, .answers: true
        case .anonymous, .downlink, .consumer, .producer: false
        }
    }
}
