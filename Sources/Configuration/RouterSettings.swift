package import Addressing
internal import Schema

/// How messages of an address find their receivers.
package enum AddressDistribution: String, Sendable {
    case closest, balanced, multicast, unavailable
}

/// The `router` section.
package struct RouterSettings: Sendable {
    /// Nil for one that the router makes up (MG-37).
    package var id: String?
    package var mode = RouterMode.standalone
    /// Nil for one per core.
    package var workerThreads: Int?
    package var helloIntervalSeconds = 1
    package var helloMaxAgeSeconds = 3
    package var raIntervalSeconds = 30
    package var raIntervalFluxSeconds = 4
    package var remoteLsMaxAgeSeconds = 60
    /// How long a presettled message waits for a receiver that gives no credit.
    package var presettledHoldSeconds = 5
    /// The bytes of messages that may wait in the router; nil for a part of the memory there is.
    package var memoryBudget: Int?
    /// Keeps the number of the router's life over its end.
    package var stateFile: String?
    /// How long the router takes leave of its clients when a signal ends it, or nobody says how long.
    package var shutdownDrainSeconds = 0
    /// Who is at another router may drain and end this one.
    package var remoteShutdown = false
    /// Nil for no audit trail.
    package var audit: AuditSettings?
    /// Connections that have not opened, in all and of one host; 0 for no limit.
    package var maxUnauthenticated = 8_192
    package var maxUnauthenticatedPerHost = 1_024
    package var maxLinksPerConnection = 131_072
    /// Of one client; 0 for no limit.
    package var maxAttachesPerSecond = 10_000
    /// Of an interior router, and of each of its edges; 0 for no limit.
    package var maxEdges = 10_000
    package var maxAddressesPerEdge = 10_000
    package var maxLinksPerEdge = 32_768
    package var defaultDistribution = AddressDistribution.balanced
    /// Where the SASL library is set up (RS-333); nil for where it looks by itself.
    package var saslConfigDir: String?
    package var saslConfigName = "qdrouterd"
    /// A routed link's terminus may outlive its connection (RS-262).
    package var allowsResumableLinkRoutes = true
    package var timestampsInUTC = false
    /// An strftime format (MG-207); nil for the standard one.
    package var timestampFormat: String?
    package var metadata: String?

    /// As it is declared.
    package var given: EntityDeclaration

    package init(_ entity: EntityDeclaration = EntityDeclaration(type: Schema.router, line: 1)) {
        given = entity
        id = entity.text("id")
        mode = entity.choice("mode") ?? .standalone
        workerThreads = entity.number("workerThreads")
        helloIntervalSeconds = entity.positive("helloIntervalSeconds")
        helloMaxAgeSeconds = entity.positive("helloMaxAgeSeconds")
        raIntervalSeconds = entity.positive("raIntervalSeconds")
        raIntervalFluxSeconds = entity.positive("raIntervalFluxSeconds")
        remoteLsMaxAgeSeconds = entity.positive("remoteLsMaxAgeSeconds")
        presettledHoldSeconds = max(0, entity.number("presettledHoldSeconds") ?? 5)
        memoryBudget = entity.number("memoryBudget").map { max(0, $0) }
        stateFile = entity.text("stateFile").flatMap { $0.isEmpty ? nil : $0 }
        shutdownDrainSeconds = min(
            max(0, entity.number("shutdownDrainSeconds") ?? 0), Self.longestDrain)
        remoteShutdown = entity.flag("remoteShutdown")
        audit = AuditSettings(entity)
        maxUnauthenticated = max(0, entity.number("maxUnauthenticatedConnections") ?? 8_192)
        maxUnauthenticatedPerHost = max(
            0, entity.number("maxUnauthenticatedConnectionsPerHost") ?? 1_024)
        maxLinksPerConnection = min(
            max(1, entity.number("maxLinksPerConnection") ?? 131_072), 131_072)
        maxAttachesPerSecond = min(
            max(0, entity.number("maxAttachesPerSecond") ?? 10_000), Int(Int32.max))
        maxEdges = max(0, entity.number("maxEdges") ?? 10_000)
        maxAddressesPerEdge = max(0, entity.number("maxAddressesPerEdge") ?? 10_000)
        maxLinksPerEdge = max(0, entity.number("maxLinksPerEdge") ?? 32_768)
        defaultDistribution = entity.choice("defaultDistribution") ?? .balanced
        saslConfigDir = entity.text("saslConfigDir")
        saslConfigName = entity.text("saslConfigName") ?? "qdrouterd"
        allowsResumableLinkRoutes = entity.flag("allowResumableLinkRoute")
        timestampsInUTC = entity.flag("timestampsInUTC")
        timestampFormat = entity.text("timestampFormat")
        metadata = entity.text("metadata")
    }

    /// A day, in seconds.
    package static let longestDrain = 86_400

    /// Files that may set the SASL library up: the first that is there does.
    package var saslConfigurations: [String] {
        let directories = saslConfigDir?.split(separator: ":").map(String.init)
        return (directories ?? ["/etc/sasl2", "/usr/lib/sasl2"]).map {
            "\($0)/\(saslConfigName).conf"
        }
    }
}

/// Where the audit trail goes.
package struct AuditSettings: Hashable, Sendable {
    /// Of a file, or of the socket of a system's log; nil for the usual one.
    package let path: String?
    package let isSystemLog: Bool
    /// A file with so many is full.
    package let mostBytes: Int
    /// The router ends when the trail cannot be written.
    package let isRequired: Bool

    init?(_ router: EntityDeclaration) {
        guard let text = router.text("auditFile") else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        isSystemLog = parts.first == "syslog"
        path = !isSystemLog ? text : parts.count > 1 ? String(parts[1]) : nil
        mostBytes = max(1, router.number("auditFileSize") ?? 16_777_216)
        isRequired = router.flag("auditRequired")
    }
}

extension EntityDeclaration {
    /// At least one.
    func positive(_ attribute: String) -> Int { max(1, number(attribute) ?? 1) }
}
