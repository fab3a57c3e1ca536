internal import AMQP
internal import Schema

/// The router and its totals (MG-154 to MG-159).
package struct RouterFacts: Sendable {
    package var id: String
    package var mode: String
    package var version: String
    package var metadata: String?
    package var addresses = 0
    package var links = 0
    /// Other routers of the mesh.
    package var nodes = 0
    package var linkRoutes = 0
    package var autoLinks = 0
    package var connections = 0
    package var presettled: UInt64 = 0
    package var droppedPresettled: UInt64 = 0
    package var accepted: UInt64 = 0
    package var rejected: UInt64 = 0
    package var released: UInt64 = 0
    package var modified: UInt64 = 0
    package var delayed1Second: UInt64 = 0
    package var delayed10Seconds: UInt64 = 0
    package var stuck: UInt64 = 0
    package var ingress: UInt64 = 0
    package var egress: UInt64 = 0
    package var transit: UInt64 = 0
    package var ingressRouteContainer: UInt64 = 0
    package var egressRouteContainer: UInt64 = 0
    package var redirectedToFallback: UInt64 = 0
    package var blockedLinks = 0
    /// Connections that ended without having sent a byte.
    package var silentConnections: UInt64 = 0
    package var tlsHandshakesFailed: UInt64 = 0
    package var tlsHandshakesDeferred: UInt64 = 0
    package var loginsDenied: UInt64 = 0
    package var loginsTurnedAway: UInt64 = 0
    package var unauthenticatedDenied: UInt64 = 0
    package var edges = 0
    package var edgesDenied: UInt64 = 0
    package var edgeLinksDenied: UInt64 = 0
    package var handshakesTimedOut: UInt64 = 0
    package var linksOverLimit: UInt64 = 0
    package var attachesDelayed: UInt64 = 0
    package var uptimeSeconds: UInt64 = 0
    /// Bytes of address space.
    package var memory: UInt64?
    package var residentMemory: UInt64?
    package var workers: Int

    package init(id: String, mode: String, version: String, workers: Int) {
        self.id = id
        self.mode = mode
        self.version = version
        self.workers = workers
    }
}

extension RouterFacts {
    /// The attributes that are sizes of tables.
    static let sizes = [
        "addrCount", "linkCount", "nodeCount", "linkRouteCount", "autoLinkCount",
        "connectionCount",
    ]
}

extension RouterFacts: Reported {
    package static let type = "router"
    package var name: String? { id }
    package var identity: String { "1" }

    package static let columns: Columns<RouterFacts> = [
        Column("name") { .string($0.id) },
        Column("identity") { .string($0.identity) },
        Column("id") { .string($0.id) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("mode") { .string($0.mode) },
        Column("area") { _ in "0" },
        Column("version") { .string($0.version) },
        Column("metadata") { .text($0.metadata) },
        Column("addrCount") { .count(UInt64($0.addresses)) },
        Column("linkCount") { .count(UInt64($0.links)) },
        Column("nodeCount") { .count(UInt64($0.nodes)) },
        Column("linkRouteCount") { .count(UInt64($0.linkRoutes)) },
        Column("autoLinkCount") { .count(UInt64($0.autoLinks)) },
        Column("connectionCount") { .count(UInt64($0.connections)) },
        Column("presettledDeliveries") { .count($0.presettled) },
        Column("droppedPresettledDeliveries") { .count($0.droppedPresettled) },
        Column("acceptedDeliveries") { .count($0.accepted) },
        Column("rejectedDeliveries") { .count($0.rejected) },
        Column("releasedDeliveries") { .count($0.released) },
        Column("modifiedDeliveries") { .count($0.modified) },
        Column("deliveriesDelayed1Sec") { .count($0.delayed1Second) },
        Column("deliveriesDelayed10Sec") { .count($0.delayed10Seconds) },
        Column("deliveriesStuck") { .count($0.stuck) },
        Column("deliveriesIngress") { .count($0.ingress) },
        Column("deliveriesEgress") { .count($0.egress) },
        Column("deliveriesTransit") { .count($0.transit) },
        Column("deliveriesIngressRouteContainer") { .count($0.ingressRouteContainer) },
        Column("deliveriesEgressRouteContainer") { .count($0.egressRouteContainer) },
        Column("deliveriesRedirectedToFallback") { .count($0.redirectedToFallback) },
        Column("linksBlocked") { .size($0.blockedLinks) },
        Column("uptimeSeconds") { .size($0.uptimeSeconds) },
        Column("memoryUsage") { $0.memory.map(Value.count) ?? .null },
        Column("residentMemoryUsage") { $0.residentMemory.map(Value.count) ?? .null },
        Column("workerThreads") { .small($0.workers) },
        Column("silentConnections") { .count($0.silentConnections) },
        Column("tlsHandshakesFailed") { .count($0.tlsHandshakesFailed) },
        Column("tlsHandshakesDeferred") { .count($0.tlsHandshakesDeferred) },
        Column("loginsDenied") { .count($0.loginsDenied) },
        Column("loginsTurnedAway") { .count($0.loginsTurnedAway) },
        Column("unauthenticatedDenied") { .count($0.unauthenticatedDenied) },
        Column("edgeCount") { .count(UInt64($0.edges)) },
        Column("edgesDenied") { .count($0.edgesDenied) },
        Column("edgeLinksDenied") { .count($0.edgeLinksDenied) },
        Column("handshakesTimedOut") { .count($0.handshakesTimedOut) },
        Column("linksOverLimit") { .count($0.linksOverLimit) },
        Column("attachesDelayed") { .count($0.attachesDelayed) },
    ]
}
