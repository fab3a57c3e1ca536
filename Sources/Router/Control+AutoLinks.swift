internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Routing

/// Drives the auto links: events in, effects out.
extension Control {
    private func tellAutoLinks(_ event: (inout AutoLinks, inout [AutoLinks.Effect]) -> Void) {
        var effects: [AutoLinks.Effect] = []
        event(&autoLinks, &effects)
        for effect in effects { carryOut(effect) }
    }

    private func carryOut(_ effect: AutoLinks.Effect) {
        switch effect {
        case .attach(let link, let connection):
            let order = AutoLinkOrder(
                number: link.number, direction: link.direction,
                address: link.externalAddress ?? link.address, isFallback: link.isFallback,
                sharesSession: link.sharesSession)
            tellWorker(of: connection) { .attachAutoLink($0, order) }
        case .detach(let link, let connection):
            tellWorker(of: connection) { .detachAutoLink($0, link.number) }
        case .log(let text): log.write(.routerCore, .info, text)
        case .wake(let due): timers.add(Self.autoLinkToken, due: due)
        }
    }

    private func tellWorker(of connection: ConnectionID, _ letter: (Ticket) -> WorkerLetter) {
        guard let place = connections[connection]?.report?.place else { return }
        workers[place.worker].mailbox.post(letter(place.ticket))
    }

    // MARK: Events

    func autoLinkTimerFired() {
        let now = now
        tellAutoLinks { links, effects in links.tick(at: now, into: &effects) }
    }

    func containerOpened(_ entry: ConnectionEntry, _ report: ConnectionReport) {
        guard entry.plan.role == .routeContainer else { return }
        let container = RouteContainer(id: report.container, connectionName: entry.plan.name)
        tellAutoLinks { links, effects in
            links.opened(entry.id, to: container, into: &effects)
        }
        serveLinkRoutes(entry.id, container)
    }

    func containerClosed(_ id: ConnectionID) {
        tellAutoLinks { links, effects in links.closed(id, into: &effects) }
        serveNoLinkRoutes(id)
    }

    func autoLinkAnswered(_ number: UInt64, _ request: LinkRequest) {
        guard let link = autoLinks.links[number], connections[request.connection] != nil else {
            return
        }
        table.attach(request, for: link, into: &effects)
        perform()
        guard let entry = watchLink(at: request.place, request.direction) else { return }
        logAttached(entry)
        tellAutoLinks { links, effects in
            links.attached(number, on: request.connection, as: entry.id, into: &effects)
        }
    }

    func autoLinkLost(
        _ number: UInt64, _ connection: ConnectionID, _ error: AMQPError?, withSession: Bool
    ) {
        let now = now
        tellAutoLinks { links, effects in
            links.lost(
                number, on: connection, error: error.map { $0.text ?? $0.name },
                withSession: withSession, at: now, into: &effects)
        }
    }

    // MARK: Configuration

    func createAutoLink(_ wanted: WantedEntity) throws(ManagementError) -> Entity {
        var faults = Faults()
        if let name = wanted.name, autoLinks.link(named: name) != nil {
            faults.add("Name conflicts with an existing entity")
        }
        let asked = faults.gather { () throws(ManagementError) in
            try AutoLinkConfiguration(number: 0, name: wanted.name, body: wanted.attributes)
        }
        try faults.check()
        guard let asked, let link = AutoLink(asked, number: table.nextNumber()) else {
            throw ManagementError(.badRequest)
        }
        add(link)
        return Entity(RouterSnapshot(self).configuration(of: link))
    }

    func loadAutoLink(_ declared: EntityDeclaration) throws(ManagementError) {
        guard let settings = AutoLinkSettings(declared) else { return }
        guard autoLinks.link(named: settings.name) == nil else {
            throw ManagementError(.badRequest, "Name conflicts with an existing entity")
        }
        add(AutoLink(settings, number: table.nextNumber()))
    }

    private func add(_ link: AutoLink) {
        table.hold(link.address, link.routedPhase, into: &effects)
        perform()
        tellAutoLinks { links, effects in links.add(link, into: &effects) }
    }

    func unloadAutoLink(_ declared: EntityDeclaration) {
        if let link = autoLinks.link(named: declared.fullName) { remove(autoLink: link.number) }
    }

    func deleteAutoLink(_ entity: Entity) {
        if let number = UInt64(entity.identity) { remove(autoLink: number) }
    }

    private func remove(autoLink number: UInt64) {
        guard let link = autoLinks.links[number] else { return }
        tellAutoLinks { links, effects in links.remove(number, into: &effects) }
        table.letGo(of: link.address, link.routedPhase, into: &effects)
        perform()
    }
}

extension RouterSnapshot {
    var autoLinkRows: AnyRandomAccessCollection<Entity> {
        let ordered = autoLinks.links.sorted { $0.key < $1.key }
        return AnyRandomAccessCollection(
            ordered.lazy.map { Entity(configuration(of: $0.value)) })
    }

    /// With what has become of it: the best of its connections.
    func configuration(of link: AutoLink) -> AutoLinkConfiguration {
        var row = AutoLinkConfiguration(
            number: link.number, name: link.name, address: link.address,
            direction: link.direction == .incoming ? "in" : "out", phase: Int(link.phase.number))
        switch link.containers {
        case .container(let id): row.containerID = id
        case .connection(let name): row.connection = name
        case .nobody: break
        }
        row.externalAddress = link.externalAddress
        row.isFallback = link.isFallback
        row.lastError = autoLinks.lastError(of: link.number)
        for progress in autoLinks.progress(of: link.number).reversed() {
            switch progress {
            case .active(let id): (row.state, row.link) = (.active, id.number)
            case .attaching where row.state != .active: row.state = .attaching
            case .waiting where row.state == .inactive: row.state = .failed
            case .attaching, .waiting: break
            }
        }
        return row
    }
}

extension AutoLink {
    init(_ settings: AutoLinkSettings, number: UInt64) {
        self.init(
            number: number, name: settings.name, address: settings.address,
            direction: settings.direction == .in ? .incoming : .outgoing, phase: settings.phase,
            containers: ContainerChoice(settings.server))
        externalAddress = settings.externalAddress
        isFallback = settings.isFallback
    }

    /// Nil if its phase is none.
    init?(_ asked: AutoLinkConfiguration, number: UInt64) {
        guard let phase = Phase(asked.phase) else { return nil }
        let choice: ContainerChoice =
            asked.containerID.map { .container($0) } ?? asked.connection.map { .connection($0) }
            ?? .nobody
        self.init(
            number: number, name: asked.name, address: asked.address,
            direction: asked.direction == "in" ? .incoming : .outgoing, phase: phase,
            containers: choice)
        externalAddress = asked.externalAddress
        isFallback = asked.isFallback
    }
}

extension ContainerChoice {
    init(_ match: ContainerMatch) {
        self =
            switch match {
            case .container(let id): .container(id)
            case .connection(let name): .connection(name)
            case .nobody: .nobody
            }
    }
}
