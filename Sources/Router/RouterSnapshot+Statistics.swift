internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Management
internal import Routing
internal import Schema
internal import Topology
internal import SASL
internal import TLS

/// The statistics of MG section 3. Rows are rendered one by one, as they are asked for.
extension RouterSnapshot {
    private func seconds(since instant: Instant?) -> UInt64 {
        instant.map { now.since($0).count / 1_000 } ?? 0
    }

    // MARK: The router

    var facts: RouterFacts {
        var facts = RouterFacts(
            id: identity.id, mode: settings.mode.rawValue, version: RouterVersion.text,
            workers: workers.count)
        facts.metadata = settings.metadata
        facts.addresses = addressesInUse.count + (mesh == nil ? 0 : ControlAddresses.count)
        facts.addresses += linkRoutes.entries.count
        facts.linkRoutes = linkRoutes.configured.count
        facts.links = linkCount
        facts.autoLinks = autoLinks.links.count
        facts.nodes = mesh?.machine.reachableRouters.count ?? 0
        facts.connections = traffic.count
        facts.stuck = linkTotals.stuck
        facts.blockedLinks = linkTotals.blocked
        facts.uptimeSeconds = seconds(since: startedAt)
        facts.memory = ProcessMemory.addressSpace
        facts.residentMemory = ProcessMemory.resident
        for worker in workers { facts.add(worker.counters) }
        facts.loginsDenied = logins.denied
        facts.loginsTurnedAway = logins.turnedAway
        facts.unauthenticatedDenied = deniedNewcomers
        (facts.edges, facts.edgesDenied, facts.edgeLinksDenied) = edgeCounts
        return facts
    }

    /// Attributes of the configuration, which the totals lack.
    var settingsShown: [(String, Value)] {
        Schema.router.completed(settings.given.attributes).map { ($0.key.text ?? "", $0.value) }
    }

    // MARK: Connections

    var connectionRows: AnyRandomAccessCollection<Entity> {
        let opened = connections.values.filter(\.isShown).sorted { $0.id < $1.id }
        return AnyRandomAccessCollection(opened.lazy.map { Entity(facts(of: $0)) })
    }

    func facts(of entry: ConnectionEntry) -> ConnectionFacts {
        let isOutgoing = entry.plan.isOutgoing
        var facts = ConnectionFacts(
            number: entry.id.number, host: entry.plan.host, role: entry.plan.role.rawValue,
            isOutgoing: isOutgoing)
        guard let report = entry.report else { return facts }
        facts.container = report.container
        facts.mechanism = report.mechanism
        facts.isAuthenticated = report.mechanism != nil
        let isKnown = isOutgoing || report.tls != nil
        facts.user = report.user ?? (isKnown ? nil : "anonymous")
        facts.encryption = report.tls.map { tls in
            ConnectionFacts.Encryption(
                version: tls.version, cipher: tls.cipher, strength: tls.bits)
        }
        if case .map(let properties) = report.properties { facts.properties = properties }
        facts.tenant = entry.tenant
        facts.isActive =
            identity.mode != .edge || entry.plan.role != .edge || entry.id == uplink
        facts.isClosing = entry.isClosing
        facts.tracesFrames = entry.tracesFrames
        facts.uptimeSeconds = seconds(since: entry.openedAt)
        let last = entry.counters.lastDeliverySecond.count
        if last > 0 {
            let second = now.nanoseconds / 1_000_000_000
            facts.lastDeliverySeconds = second > last ? second - last : 0
        }
        return facts
    }

    // MARK: Links

    var linkRows: AnyRandomAccessCollection<Entity> {
        let links = links
        let order = links.indices.map { (number: links.values[$0].id, index: $0) }
            .sorted { $0.number < $1.number }
        return AnyRandomAccessCollection(
            order.lazy.map { Entity(statistics(of: links.values[$0.index])) })
    }

    private func statistics(of link: LinkEntry) -> LinkStatistics {
        let request = link.request
        let counters = request.counters
        let isIncoming = link.direction == .incoming
        var row = LinkStatistics(
            number: link.id.number, linkName: request.name, isIncoming: isIncoming,
            owningAddress: owner(of: link), capacity: request.capacity,
            connection: request.connection.number)
        row.kind =
            switch link.kind {
            case .endpoint, .uplink: .endpoint
            case .control: .control
            case .trunk: .interRouter
            case .downlink: .edgeDownlink
            }
        row.priority = link.priority
        row.undelivered = isIncoming ? 0 : counters.undelivered.count
        row.unsettled = isIncoming ? counters.unsettledIncoming : counters.unsettled.count
        row.deliveries = counters.deliveries.count
        row.presettled = counters.presettled.count
        row.droppedPresettled = counters.droppedPresettled.count
        row.accepted = counters.accepted.count
        row.rejected = counters.rejected.count
        row.released = counters.released.count
        row.modified = counters.modified.count
        row.delayed1Second = counters.delayed1Second.count
        row.delayed10Seconds = counters.delayed10Seconds.count
        row.credit = counters.credit
        row.peer = link.routed?.peer?.number
        if link.kind == .endpoint, !isIncoming { row.ingressHistogram = counters.histogram }
        if let history = watches[link.id]?.history {
            row.stuck = history.stuck
            row.settledPerSecond = history.settledPerSecond
            row.zeroCreditSeconds = row.credit > 0 ? 0 : history.zeroCreditSeconds(at: now)
        }
        return row
    }

    private func owner(of link: LinkEntry) -> String? {
        if link.kind == .control, link.direction == .outgoing { return "Lqdhello" }
        if let routed = link.routed { return "M0" + routed.address }
        return link.route.flatMap { addressesInUse[$0]?.key }
    }

    // MARK: Addresses

    var addressRows: AnyRandomAccessCollection<Entity> {
        let entries = addressesInUse
        let order = entries.indices.map { (number: entries.keys[$0].number, index: $0) }
            .sorted { $0.number < $1.number }
        let own = controlAddresses + linkRouteAddresses
        return AnyRandomAccessCollection(
            (0..<own.count + order.count).lazy.map { place in
                place < own.count
                    ? Entity(own[place])
                    : Entity(statistics(of: entries.values[order[place - own.count].index]))
            })
    }

    private var controlAddresses: [AddressStatistics] {
        guard let mesh else { return [] }
        return mesh.addresses.rows(
            trunks: mesh.trunks.count, routers: mesh.machine.reachableRouters.map(\.text))
    }

    /// Patterns of link routes (RS-273).
    private var linkRouteAddresses: [AddressStatistics] {
        linkRoutes.entries.values.sorted { $0.key < $1.key }.map { entry in
            var row = AddressStatistics(key: entry.key, distribution: "linkBalanced")
            row.containers = entry.containers.count
            row.remoteRouters = entry.routers.compactMap { mesh?.ids[$0]?.text }
            return row
        }
    }

    private func statistics(of address: AddressEntry) -> AddressStatistics {
        var row = AddressStatistics(
            key: address.key, distribution: "\(address.distribution)")
        row.inProcess = address.isInProcess ? 1 : 0
        row.subscribers = address.outletCount
        row.remoteRouters = address.remotes.sorted().compactMap { mesh?.ids[$0]?.text }
        row.ingress = address.total { $0.ingress.count }
        row.egress = address.total { $0.egress.count }
        row.transit = address.total { $0.transit.count }
        row.toContainer = address.total { $0.toContainer.count }
        row.fromContainer = address.total { $0.fromContainer.count }
        row.ingressRouteContainer = address.total { $0.ingressRouteContainer.count }
        row.egressRouteContainer = address.total { $0.egressRouteContainer.count }
        row.redirectedToFallback = address.total { $0.redirectedToFallback.count }
        row.transitOutstanding = address.transitOutstanding
        if row.transitOutstanding == nil, address.distribution == .balanced,
            row.egress + row.transit > 0
        {
            row.transitOutstanding = Array(repeating: 0, count: NumberedCounters.places)
        }
        row.priority = address.priority.map(Int.init)
        mesh?.addresses.add(to: &row)
        return row
    }

    // MARK: Routers of the mesh

    var nodeRows: AnyRandomAccessCollection<Entity> {
        AnyRandomAccessCollection(nodes.map { Entity($0) })
    }

    private var nodes: [NodeFacts] {
        guard let mesh else { return [] }
        let origins = ValidOrigins(mesh.machine)
        return mesh.machine.rows.map { row in
            let isMyself = row.id.text == identity.id
            var node = NodeFacts(
                id: row.id.text, index: mesh.indices[row.id]?.number ?? 0, protocolVersion: 1,
                instance: Int64(isMyself ? row.instance.value / 1_000 : row.instance.value))
            node.linkState = row.linkState.map(\.text)
            node.nextHop = isMyself ? "(self)" : row.nextHop?.text
            node.validOrigins = { origins.of(row.id) }
            node.cost = row.cost
            node.routerLink = row.trunk.flatMap { mesh.trunks[$0]?.number }
            if isMyself {
                node.lastTopologyChange = Int64(mesh.topologyChangedAt)
            }
            return node
        }
    }
}

/// The trees of all routers, each searched when first needed, for all rows of one answer.
private final class ValidOrigins {
    private let myself: RouterID
    private var trees: OriginTrees

    init(_ mesh: Mesh) { (myself, trees) = (mesh.myself, mesh.originTrees) }

    /// Without this router, as qdrouterd shows it; none of this router itself.
    func of(_ router: RouterID) -> [String] {
        guard router != myself else { return [] }
        return trees.validOrigins(of: router).lazy.filter { $0 != self.myself }.map(\.text)
    }
}

extension RouterFacts {
    fileprivate mutating func add(_ counters: WorkerCounters) {
        ingress += counters.ingress.count
        egress += counters.egress.count
        transit += counters.transit.count
        presettled += counters.presettled.count
        droppedPresettled += counters.droppedPresettled.count
        silentConnections += counters.silentConnections.count
        tlsHandshakesFailed += counters.failedHandshakes.count
        tlsHandshakesDeferred += counters.deferredHandshakes.count
        handshakesTimedOut += counters.timedOutHandshakes.count
        linksOverLimit += counters.linksOverLimit.count
        attachesDelayed += counters.delayedAttaches.count
        accepted += counters.accepted.count
        rejected += counters.rejected.count
        released += counters.released.count
        modified += counters.modified.count
        delayed1Second += counters.delayed1Second.count
        delayed10Seconds += counters.delayed10Seconds.count
        ingressRouteContainer += counters.ingressRouteContainer.count
        egressRouteContainer += counters.egressRouteContainer.count
        redirectedToFallback += counters.redirectedToFallback.count
    }
}
