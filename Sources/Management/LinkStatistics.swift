internal import AMQP
internal import Schema

/// A link, as management shows it (MG-133 to MG-147).
package struct LinkStatistics: Sendable {
    package enum Kind: String, Sendable {
        case endpoint
        case control = "router-control"
        case interRouter = "inter-router"
        case edgeDownlink = "edge-downlink"
    }

    /// The core number.
    package var number: UInt64
    package var linkName: String
    package var kind = Kind.endpoint
    /// Deliveries come to the router.
    package var isIncoming: Bool
    /// The key of the address that it is bound to.
    package var owningAddress: String?
    package var capacity: Int
    /// The number of the link that it is joined to by a link route.
    package var peer: UInt64?
    package var connection: UInt64
    /// Attached both ways.
    package var isUp = true
    package var undelivered: UInt64 = 0
    package var unsettled: UInt64 = 0
    package var deliveries: UInt64 = 0
    package var presettled: UInt64 = 0
    package var droppedPresettled: UInt64 = 0
    package var accepted: UInt64 = 0
    package var rejected: UInt64 = 0
    package var released: UInt64 = 0
    package var modified: UInt64 = 0
    package var delayed1Second: UInt64 = 0
    package var delayed10Seconds: UInt64 = 0
    package var stuck: UInt64 = 0
    /// Finished deliveries by the router where they entered; nil for links without (MG-146).
    package var ingressHistogram: [UInt64]?
    package var priority = 4
    package var settledPerSecond = 0
    package var credit: UInt64 = 0
    package var zeroCreditSeconds: UInt64 = 0

    package init(
        number: UInt64, linkName: String, isIncoming: Bool, owningAddress: String?,
        capacity: Int, connection: UInt64
    ) {
        self.number = number
        self.linkName = linkName
        self.isIncoming = isIncoming
        self.owningAddress = owningAddress
        self.capacity = capacity
        self.connection = connection
    }
}

extension LinkStatistics: Reported {
    package static let type = "router.link"
    package var name: String? { linkName }
    package var identity: String { String(number) }

    package static let columns: Columns<LinkStatistics> = [
        Column("name") { .string($0.linkName) },
        Column("identity") { .string($0.identity) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("linkName") { .string($0.linkName) },
        Column("linkType") { .string($0.kind.rawValue) },
        Column("linkDir") { .string($0.isIncoming ? "in" : "out") },
        Column("owningAddr") { .text($0.owningAddress) },
        Column("capacity") { .size($0.capacity) },
        Column("peer") { .text($0.peer.map { String($0) }) },
        Column("undeliveredCount") { .count($0.undelivered) },
        Column("unsettledCount") { .count($0.unsettled) },
        Column("deliveryCount") { .count($0.deliveries) },
        Column("connectionId") { .string(String($0.connection)) },
        Column("adminStatus") { _ in "enabled" },
        Column("operStatus") { .string($0.isUp ? "up" : "down") },
        Column("presettledCount") { .count($0.presettled) },
        Column("droppedPresettledCount") { .count($0.droppedPresettled) },
        Column("acceptedCount") { .count($0.accepted) },
        Column("rejectedCount") { .count($0.rejected) },
        Column("releasedCount") { .count($0.released) },
        Column("modifiedCount") { .count($0.modified) },
        Column("deliveriesDelayed1Sec") { .count($0.delayed1Second) },
        Column("deliveriesDelayed10Sec") { .count($0.delayed10Seconds) },
        Column("deliveriesStuck") { .count($0.stuck) },
        Column("ingressHistogram") { link in
            link.ingressHistogram.map { .list($0.map(Value.ulong)) } ?? .null
        },
        Column("priority") { .size($0.priority) },
        Column("settleRate") { .size($0.settledPerSecond) },
        Column("creditAvailable") { .size($0.credit) },
        Column("zeroCreditSeconds") { .size($0.zeroCreditSeconds) },
    ]
}
