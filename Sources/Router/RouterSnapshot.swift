internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy
internal import Routing
internal import Schema
internal import Topology
internal import SASL
internal import TLS

/// The router as it is at one moment, for management to look at from another thread.
///
/// Taking it costs a few references: what is in it is shared until control changes it. Counters
/// are read when a row is rendered.
struct RouterSnapshot: Sendable {
    let asker: ConnectionID?
    let identity: RouterIdentity
    let settings: RouterSettings
    let addressesInUse: [RouteID: AddressEntry]
    let links: [LinkPlace: LinkEntry]
    let linkCount: Int
    let linkTotals: LinkTotals
    let connections: [ConnectionID: ConnectionEntry]
    let traffic: ConnectionTotals
    let watches: [LinkID: LinkWatch]
    let listeners: [UInt64: Listener]
    let connectors: [UInt64: Connector]
    let logSettings: [ConfiguredEntity]
    let policy: ConfiguredEntity
    let policyCounts: PolicyCounts
    let admissions: Admissions
    let deniedNewcomers: UInt64
    let edgeCounts: (edges: Int, denied: UInt64, deniedLinks: UInt64)
    let addresses: AddressConfigurations
    let autoLinks: AutoLinks
    let linkRoutes: LinkRoutes
    let exchanges: Exchanges
    let dummies: [ConfiguredEntity]
    let kept: [ConfiguredEntity]
    let profiles: TLSProfiles
    let logins: AuthenticatorCounts
    let mesh: MeshState?
    /// Of an edge's connections to interior routers, the one in use.
    let uplink: ConnectionID?
    let workers: [WorkerHandle]
    let log: Log
    let now: Instant
    let unixNow: Int
    let startedAt: Instant
    /// Where that was asked for.
    var health: RouterHealth?

    /// `asker` is the client that asks; nil for another router's, or nobody's. Without `withRows`
    /// there is nothing of each link and connection: what control changes most it need not copy then.
    init(_ control: Control, for asker: ConnectionID? = nil, withRows: Bool = true) {
        self.asker = asker
        identity = control.identity
        settings = control.settings
        // Not the whole table: its rules would be copied for the next change of them.
        addressesInUse = control.table.entries
        linkCount = control.table.links.count
        linkTotals = control.linkTotals
        traffic = control.traffic
        links = withRows ? control.table.links : [:]
        connections = withRows ? control.connections : [:]
        watches = withRows ? control.watches : [:]
        listeners = control.listeners
        connectors = control.connectors
        logSettings = control.logSettings
        policy = control.policy
        policyCounts = control.policyCounts
        admissions = control.admissions
        deniedNewcomers = control.newcomers.denied
        let holdings = control.table.holdings
        edgeCounts = (holdings.edges.count, holdings.deniedEdges, holdings.deniedLinks)
        addresses = control.addresses
        autoLinks = control.autoLinks
        linkRoutes = control.linkRoutes
        exchanges = control.exchanges
        dummies = control.dummies
        kept = control.kept
        profiles = control.profiles
        logins = control.startedAuthenticator?.counts ?? AuthenticatorCounts()
        mesh = control.mesh
        uplink = control.edge?.machine.active?.connection
        workers = control.workers
        log = control.log
        now = control.now
        unixNow = Clock.unixSeconds
        startedAt = control.startedAt
    }
}

extension RouterSnapshot: ReportedRouter {
    var id: String { identity.id }

    var otherRouters: [String]? {
        guard let mesh, settings.mode == .interior else { return nil }
        return mesh.ids.keys.sorted().compactMap { mesh.ids[$0]?.text }
    }

    func entities(of type: String) -> AnyRandomAccessCollection<Entity> {
        guard let kind = EntityKind.named(type) else { return AnyRandomAccessCollection([]) }
        return self[keyPath: kind.rows]
    }

    func logEntries(limit: Int) -> [LoggedLine] {
        log.entries(limit: limit).map { entry in
            LoggedLine(
                module: entry.module.name, level: entry.level.name, text: entry.text,
                file: entry.file, line: entry.line, seconds: entry.seconds)
        }
    }

    func failed(_ operation: String, _ description: String) {
        log.write(.agent, .error, "Error performing \(operation): \(description)")
    }
}

// MARK: What was configured

extension RouterSnapshot {
    var routerRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection([Entity(facts, others: settingsShown)])
    }

    var configuredAddressRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(addresses.ordered.lazy.map { Entity($0) })
    }

    var linkRouteRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            linkRoutes.configured.map {
                Entity(LinkRouteConfiguration($0, isActive: linkRoutes.isActive($0)))
            })
    }

    /// Those of the connection that asks (RS-271).
    var ownLinkRouteRows: AnyRandomAccessCollection<Entity> {
        guard let asker else { return AnyRandomAccessCollection([]) }
        let container = connections[asker]?.report?.container
        return AnyRandomAccessCollection(
            linkRoutes.rules(of: asker).map { Entity(ConnectionLinkRoute($0, of: container)) })
    }

    var logRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(logSettings.lazy.map { $0.entity() })
    }

    var policyRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection([policy.entity(policyCounts.shown)])
    }

    var dummyRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(dummies.lazy.map { $0.entity() })
    }

    /// Of one type among those that are only kept.
    subscript(kept type: String) -> AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(kept.filter { $0.type == type }.map { $0.entity() })
    }

    /// With what their files hold.
    var profileRows: AnyRandomAccessCollection<Entity> {
        let rows = kept.filter { $0.type == Schema.sslProfile.name }
        return AnyRandomAccessCollection(
            rows.map { row in
                let newest = profiles.newest(named: row.name)
                let certificate = newest?.certificate
                return row.entity([
                    ("generation", .ulong(UInt64(newest?.generation ?? 0))),
                    ("certificateSubject", certificate.map { .string($0.subject) } ?? .null),
                    ("certificateExpires", certificate.map { .string($0.endText) } ?? .null),
                    (
                        "fault",
                        profiles.fault(of: row.name).map { .string($0.description) } ?? .null
                    ),
                ])
            })
    }

    var vhostStatistics: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            admissions.ordered.map { Entity($0.counts, of: $0.vhost) })
    }

    var listenerRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            listeners.sorted { $0.key < $1.key }.map { $0.value.configured.entity() })
    }

    var connectorRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            connectors.sorted { $0.key < $1.key }.map { $0.value.entity })
    }

    var logCounts: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(
            LogModule.allCases.map { module in
                Entity(
                    LogStatistics(
                        module: module.name,
                        counts: LogLevel.allCases.map { log.count(module, $0) }))
            } + [Entity(LogStatistics(module: "DEFAULT", counts: LogLevel.allCases.map { _ in 0 }))]
        )
    }

    /// The workers' tables: what they have room for, and what is in use (MG-172).
    var pools: AnyRandomAccessCollection<Entity> {
        let kinds: [(String, (PoolGauges) -> (room: UInt64, used: UInt64, size: UInt64))] = [
            ("connection", { pool($0.connections) }),
            ("incoming_link", { pool($0.incomingLinks) }),
            ("outgoing_link", { pool($0.outgoingLinks) }),
            ("outgoing_delivery", { pool($0.deliveries) }),
            ("message_group", { pool($0.groups) }),
        ]
        return AnyRandomAccessCollection(
            kinds.map { name, reading in
                let readings = workers.map { reading($0.pools) }
                let none = Value.int(0)
                return Entity(
                    type: Schema.allocator.name, name: "allocator/\(name)",
                    identity: "allocator/\(name)",
                    attributes: [
                        ("typeName", .string(name)),
                        ("typeSize", .integer(readings.map(\.size).max() ?? 0)),
                        ("transferBatchSize", none), ("localFreeListMax", none),
                        ("globalFreeListMax", none),
                        ("totalAllocFromHeap", .integer(readings.reduce(0) { $0 + $1.room })),
                        ("totalFreeToHeap", none),
                        ("heldByThreads", .integer(readings.reduce(0) { $0 + $1.used })),
                        ("batchesRebalancedToThreads", none),
                        ("batchesRebalancedToGlobal", none),
                    ])
            })
    }

    private func pool(
        _ pool: borrowing PoolGauges.Pool
    ) -> (room: UInt64, used: UInt64, size: UInt64) {
        (pool.room.count, pool.used.count, pool.recordSize.count)
    }
}
