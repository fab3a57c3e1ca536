internal import AMQP
internal import Schema

/// An address, as management shows it (MG-148 to MG-153).
package struct AddressStatistics: Sendable {
    /// The key in the address table: `M0a/b`.
    package var key: String
    package var distribution: String
    package var inProcess = 0
    package var subscribers = 0
    /// Ids of the routers with subscribers, in index order.
    package var remoteRouters: [String] = []
    /// Connections that serve it as a link route.
    package var containers = 0
    package var ingress: UInt64 = 0
    package var egress: UInt64 = 0
    package var transit: UInt64 = 0
    package var toContainer: UInt64 = 0
    package var fromContainer: UInt64 = 0
    package var egressRouteContainer: UInt64 = 0
    package var ingressRouteContainer: UInt64 = 0
    package var redirectedToFallback: UInt64 = 0
    /// Unsettled balanced deliveries by inter-router connection; nil before the first (MG-152).
    package var transitOutstanding: [Int64]?
    /// The address's own priority, if configured.
    package var priority: Int?

    package init(key: String, distribution: String) {
        self.key = key
        self.distribution = distribution
    }
}

extension AddressStatistics: Reported {
    package static let type = "router.address"
    package var name: String? { key }
    package var identity: String { key }

    package static let columns: Columns<AddressStatistics> = [
        Column("name") { .string($0.key) },
        Column("identity") { .string($0.key) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("key") { .string($0.key) },
        Column("distribution") { .string($0.distribution) },
        Column("inProcess") { .size($0.inProcess) },
        Column("subscriberCount") { .size($0.subscribers) },
        Column("remoteCount") { .size($0.remoteRouters.count) },
        Column("containerCount") { .size($0.containers) },
        Column("remoteHostRouters") { .list($0.remoteRouters.map(Value.string)) },
        Column("deliveriesIngress") { .count($0.ingress) },
        Column("deliveriesEgress") { .count($0.egress) },
        Column("deliveriesTransit") { .count($0.transit) },
        Column("deliveriesToContainer") { .count($0.toContainer) },
        Column("deliveriesFromContainer") { .count($0.fromContainer) },
        Column("deliveriesEgressRouteContainer") { .count($0.egressRouteContainer) },
        Column("deliveriesIngressRouteContainer") { .count($0.ingressRouteContainer) },
        Column("transitOutstanding") { address in
            address.transitOutstanding.map { .list($0.map(Value.long)) } ?? .null
        },
        Column("trackedDeliveries") { .long(($0.transitOutstanding ?? []).reduce(0, +)) },
        Column("priority") { .small($0.priority ?? -1) },
        Column("deliveriesRedirectedToFallback") { .count($0.redirectedToFallback) },
    ]
}
