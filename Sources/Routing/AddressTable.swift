package import AMQP
package import Addressing
package import Forwarding
internal import Sessions

/// The router's addresses and the links on them: decides which links may attach, and keeps the
/// workers' replicas as they should be.
///
/// Pure: an event in, letters to workers and announcements to the mesh out.
package struct AddressTable: Sendable {
    /// What must be done.
    package enum Effect: Sendable {
        case tell(worker: Int, WorkerLetter)
        /// The address has its first consumer here (IR 5.3).
        case announce(key: String, hint: UInt8)
        /// The address has lost its last consumer here.
        case withdraw(key: String)
        /// At an edge: the address has its first producer here, or has lost its last one.
        case producersCame(key: String)
        case producersWent(key: String)
        /// The edge behind the connection sends to an address that has consumers beyond it, or has
        /// none; nil if it sends there no more.
        case tracked(ConnectionID, key: String, isReachable: Bool?)
    }

    package let router: RouterIdentity
    package var rules: AddressRules
    let workerCount: Int
    /// Gives every entity of the core its number (MG-130).
    package private(set) var lastNumber: UInt64 = 0
    private var lastRoute = 0
    package internal(set) var entries: [RouteID: AddressEntry] = [:]
    /// By the bytes of the key: texts that only look alike are different addresses (RS-111).
    package private(set) var routesByKey: [[UInt8]: RouteID] = [:]
    package internal(set) var links: [LinkPlace: LinkEntry] = [:]
    package var holdings = EdgeHoldings()
    private var randomText: @Sendable () -> String

    package init(
        router: RouterIdentity, rules: AddressRules, workerCount: Int,
        randomText: @escaping @Sendable () -> String
    ) {
        self.router = router
        self.rules = rules
        self.workerCount = workerCount
        self.randomText = randomText
    }

    /// The next number of the core's counter.
    package mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    package func entry(forKey key: String) -> AddressEntry? {
        routesByKey[Array(key.utf8)].flatMap { entries[$0] }
    }

    // MARK: Links

    /// A peer wants to attach a link (RS-34 to RS-52). Gives the reason if it is refused.
    @discardableResult
    package mutating func attach(
        _ request: LinkRequest, tenant: String?, into effects: inout [Effect]
    ) -> AMQPError? {
        switch decideWithinLimits(request, tenant: tenant) {
        case .refuse(let error):
            effects.append(
                .tell(
                    worker: request.place.worker,
                    .refused(request.place.ticket, request.direction, error)))
            return error
        case .unbound:
            accept(request, route: nil, phase: .first, dynamicAddress: nil, to: nil, into: &effects)
        case .bind(let key, let phase, let dynamicAddress, let to):
            let route = open(key, into: &effects)
            accept(
                request, route: route, phase: phase, dynamicAddress: dynamicAddress, to: to,
                into: &effects)
        }
        return nil
    }

    enum Decision {
        /// Nil for a detach that gives no reason.
        case refuse(AMQPError?)
        case unbound
        case bind(key: String, phase: Phase, dynamicAddress: String?, to: String?)
    }

    /// An edge may not have more addresses than are allowed.
    private mutating func decideWithinLimits(
        _ request: LinkRequest, tenant: String?
    ) -> Decision {
        let decision = decide(request, tenant: tenant)
        guard case .bind(let key, _, _, _) = decision, isNew(key, toEdgeOf: request),
            let error = holdings.refusalOfAddress(request.connection)
        else { return decision }
        return .refuse(error)
    }

    private mutating func decide(_ request: LinkRequest, tenant: String?) -> Decision {
        let local = request.local
        if local.capabilities == .symbol("qd.router")
            || local.capabilities == .symbol("qd.router-data")
        {
            return .refuse(.forbidden)
        }
        if local.kind == .coordinator { return .refuse(.noCoordinator) }
        if tenant == nil, let decision = decideForEdge(request) { return decision }
        if local.isDynamic, local.kind != .null {
            return request.direction == .outgoing ? dynamicSource() : dynamicTarget()
        }
        guard let text = local.address else {
            return request.direction == .incoming ? .unbound : .refuse(.noRoute)
        }
        return decide(request, text: text, tenant: tenant)
    }

    private func decide(_ request: LinkRequest, text: String, tenant: String?) -> Decision {
        let parsed = ParsedAddress(text, router: router)
        switch parsed {
        case .mobile(let address):
            let full = (tenant ?? "") + address
            let rule = rules.rule(for: full)
            guard rule.distribution != .unavailable else { return .refuse(.notFound) }
            let phase = phase(of: request, rule)
            return .bind(
                key: "M\(phase.letter)\(full)", phase: phase, dynamicAddress: nil,
                to: tenant == nil ? text : full)
        case .local(let address):
            guard rules.defaultDistribution != .unavailable || Self.isService(address) else {
                return .refuse(.notFound)
            }
            return .bind(key: "L" + address, phase: .first, dynamicAddress: nil, to: text)
        case .router, .everyRouter, .area, .edge, .elsewhere:
            guard request.direction == .incoming else {
                return parsed.sendsNothing ? .unbound : .refuse(.noRoute)
            }
            return .bind(
                key: parsed.key(phase: .first), phase: .first, dynamicAddress: nil, to: text)
        }
    }

    private static func isService(_ local: String) -> Bool {
        local.hasPrefix("$") || local.hasPrefix("temp.")
    }

    /// The phase that the link's deliveries have (RS-132, RS-134).
    private func phase(of request: LinkRequest, _ rule: AddressRules.Rule) -> Phase {
        if request.local.isFallback { return request.direction == .outgoing ? .fallback : .first }
        if let waypoint = request.local.capabilities?.waypointPhase,
            let phase = Phase(request.direction == .outgoing ? waypoint - 1 : waypoint)
        {
            return phase
        }
        return request.direction == .outgoing ? rule.egressPhase : rule.ingressPhase
    }

    private func dynamicSource() -> Decision {
        let name = "temp." + randomText()
        return .bind(
            key: "L" + name, phase: .first,
            dynamicAddress: "amqp:/" + router.address(of: name), to: nil)
    }

    private func dynamicTarget() -> Decision {
        let name = "_$temp." + randomText()
        return .bind(key: "M0" + name, phase: .first, dynamicAddress: "amqp:/" + name, to: name)
    }

    mutating func accept(
        _ request: LinkRequest, route: RouteID?, phase: Phase, dynamicAddress: String?, to: String?,
        into effects: inout [Effect]
    ) {
        let id = LinkID(number: nextNumber())
        let worker = request.place.worker
        let isDownlink =
            request.direction == .outgoing && route.map { entries[$0]?.isOfEdge == true } == true
        links[LinkPlace(request.place, request.direction)] = LinkEntry(
            id: id, request: request, route: route, phase: phase,
            kind: isDownlink ? .downlink : .endpoint)
        holdings.countLink(request.connection, by: 1)
        if let route {
            openReplica(route, on: worker, into: &effects)
            switch request.direction {
            case .incoming:
                entries[route]?.inletCount += 1
                if !request.isEdge { tellProducers(of: route, areThere: true, into: &effects) }
            case .outgoing: addOutlet(request, to: route, into: &effects)
            }
            count(request, on: route, by: 1, into: &effects)
        }
        effects.append(
            .tell(
                worker: worker,
                .attached(
                    request.place.ticket, request.direction,
                    Attachment(
                        link: id, route: route, dynamicAddress: dynamicAddress,
                        phase: Int(phase.number),
                        to: request.direction == .incoming ? to : nil,
                        credit: route.flatMap { entries[$0]?.inletCredit }))))
    }

    /// A link of the router's own, to a neighbour, is there. No address depends on it, and it is
    /// counted like any other.
    package mutating func attachOwn(
        _ request: LinkRequest, _ kind: LinkEntry.Kind, route: RouteID? = nil, priority: Int = 4
    ) {
        links[LinkPlace(request.place, request.direction)] = LinkEntry(
            id: LinkID(number: nextNumber()), request: request, route: route, phase: .first,
            kind: kind, priority: priority)
    }

    /// Every worker hears of a consumer before its attach is answered: whoever knows that it is
    /// attached can reach it (RS-44).
    private mutating func addOutlet(
        _ request: LinkRequest, to route: RouteID, into effects: inout [Effect]
    ) {
        let outlet = OutletDescription(
            place: request.place, capacity: request.capacity, load: request.load,
            isAnnotated: request.isAnnotated)
        guard let isFirst = entries[route]?.add(outlet), let entry = entries[route] else { return }
        for worker in entry.replicas.keys.sorted() {
            effects.append(.tell(worker: worker, .outletAdded(route, outlet)))
        }
        if isFirst, entry.isMobile, entry.exchange == nil {
            effects.append(.announce(key: entry.key, hint: entry.hint))
        }
        tellProducersForFallback(entry, areThere: true, into: &effects)
    }

    /// A link is gone; gives what was known of it.
    @discardableResult
    package mutating func detach(
        _ place: WorkerTicket, _ direction: LinkDirection, into effects: inout [Effect]
    ) -> LinkEntry? {
        guard let link = links.removeValue(forKey: LinkPlace(place, direction)) else {
            return nil
        }
        holdings.countLink(link.request.connection, by: -1)
        guard let route = link.route, link.kind != .uplink else { return link }
        switch direction {
        case .incoming:
            entries[route]?.inletCount -= 1
            if !link.request.isEdge { tellProducers(of: route, areThere: false, into: &effects) }
        case .outgoing: removeOutlet(place, from: route, into: &effects)
        }
        count(link.request, on: route, by: -1, into: &effects)
        closeIfUnused(route, into: &effects)
        return link
    }

    private mutating func removeOutlet(
        _ place: WorkerTicket, from route: RouteID, into effects: inout [Effect]
    ) {
        guard let wasLast = entries[route]?.removeOutlet(at: place), let entry = entries[route]
        else { return }
        for worker in entry.replicas.keys.sorted() {
            effects.append(.tell(worker: worker, .outletRemoved(route, place)))
        }
        if wasLast, entry.isMobile, entry.exchange == nil {
            effects.append(.withdraw(key: entry.key))
        }
        tellProducersForFallback(entry, areThere: false, into: &effects)
    }

    // MARK: Addresses

    /// A worker has a message for a key that it has no replica of.
    package mutating func resolve(worker: Int, key: [UInt8], into effects: inout [Effect]) {
        let text = String(decoding: key, as: UTF8.self)
        let route = routesByKey[key]
        if let route {
            openReplica(route, on: worker, into: &effects)
            effects.append(.tell(worker: worker, .resolved(key: key, route)))
        } else if text.hasPrefix("M"),
            rules.rule(for: String(text.dropFirst(2))).distribution == .unavailable
        {
            let route = open(text, into: &effects)
            openReplica(route, on: worker, into: &effects)
            effects.append(.tell(worker: worker, .resolved(key: key, route)))
            closeIfUnused(route, into: &effects)
        } else {
            let elsewhere = text.hasPrefix("M") ? elsewhere : nil
            effects.append(.tell(worker: worker, .resolved(key: key, elsewhere)))
        }
    }

    /// The router itself consumes the address from now on.
    @discardableResult
    package mutating func addInProcess(key: String, credit: Int? = nil) -> RouteID {
        var effects: [Effect] = []
        let route = open(key, distribution: .closest, into: &effects)
        entries[route]?.isInProcess = true
        entries[route]?.inletCredit = credit
        return route
    }

    mutating func open(
        _ key: String, distribution: Distribution? = nil, into effects: inout [Effect]
    ) -> RouteID {
        if let route = routesByKey[Array(key.utf8)] { return route }
        lastRoute += 1
        let route = RouteID(number: lastRoute)
        var priority: UInt8?
        var chosen = distribution ?? (key.hasPrefix("H") ? .closest : .balanced)
        if key.hasPrefix("M") {
            let rule = rules.rule(for: String(key.dropFirst(2)))
            priority = rule.priority
            chosen = distribution ?? rule.distribution
        }
        entries[route] = AddressEntry(
            route: route, key: key, distribution: chosen, priority: priority)
        routesByKey[Array(key.utf8)] = route
        if let other = keyOfTwin(of: key) {
            let twin = open(other, distribution: chosen, into: &effects)
            entries[route]?.twin = twin
            entries[twin]?.twin = route
        }
        return route
    }

    mutating func openReplica(
        _ route: RouteID, on worker: Int, into effects: inout [Effect]
    ) {
        guard let entry = entries[route], entry.replicas[worker] == nil else { return }
        let fallback = fallback(of: entry)
        if let fallback { openReplica(fallback, on: worker, into: &effects) }
        let counters = AddressCounters()
        entries[route]?.replicas[worker] = counters
        effects.append(
            .tell(
                worker: worker,
                .routeOpened(
                    RouteDescription(
                        route: route, key: Array(entry.key.utf8),
                        distribution: entry.distribution, priority: entry.priority,
                        isInProcess: entry.isInProcess, fallback: fallback, counters: counters))))
        if let exchange = entry.exchange {
            tell(worker, of: exchange, at: route, into: &effects)
        }
        for outlet in entry.outlets {
            effects.append(.tell(worker: worker, .outletAdded(route, outlet)))
        }
        if !entry.remotes.isEmpty {
            effects.append(.tell(worker: worker, .remotesChanged(route, entry.remotes.sorted())))
        }
    }

    mutating func closeIfUnused(_ route: RouteID, into effects: inout [Effect]) {
        guard let entry = entries[route], entry.isUnused else { return }
        if let twin = entry.twin {
            guard entries[twin]?.isUnused ?? true else { return }
            entries[route]?.twin = nil
            entries[twin]?.twin = nil
            closeIfUnused(twin, into: &effects)
        }
        entries[route] = nil
        routesByKey[Array(entry.key.utf8)] = nil
        for worker in entry.replicas.keys.sorted() {
            effects.append(.tell(worker: worker, .routeClosed(route)))
        }
    }
}
