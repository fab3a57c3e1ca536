internal import AMQP
internal import Basis
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy
internal import Routing
internal import Topology
internal import TLS

/// What workers tell control.
extension Control {
    func handle(_ letter: ControlLetter) {
        switch letter {
        case .connectionWantsToOpen(let report): judgeOpening(report)
        case .connectionOpened(let report): opened(report)
        case .messageTooLarge(let id): countLargeMessage(on: id)
        case .connectionClosed(let id, let error, let had): closed(id, error, had)
        case .linkWantsToAttach(let request): attach(request)
        case .routedLinkMade(let request, let asking): routedLinkMade(request, asking: asking)
        case .trunkLinkAttached(let report):
            table.attachOwn(
                report.request, report.isControl ? .control : .trunk, priority: report.priority)
            watchLink(at: report.request.place, report.request.direction)
        case .autoLinkAnswered(let number, let request): autoLinkAnswered(number, request)
        case .autoLinkLost(let number, let id, let error, let withSession):
            autoLinkLost(number, id, error, withSession: withSession)
        case .uplinkLinkMade(let number, let request): uplinkLinkMade(number, request)
        case .uplinkLinkAttached(let place, let direction, let address):
            uplinkLinkAttached(place, direction, address: address)
        case .linkDetached(let report): detach(report)
        case .resolve(let worker, let key):
            table.resolve(worker: worker, key: key, into: &effects)
            perform()
        case .inProcess(let delivery): takeRequest(delivery)
        case .controlMessage(let id, let chunk, let link):
            controlMessages.append(
                WaitingControlMessage(connection: id, link: link, chunk: chunk, since: now))
        case .trunkOpened(let id, let place): trunkOpened(id, place)
        case .trunkClosed(let id): trunkClosed(id)
        case .isAlive(let worker, let round): isAlive(worker, round)
        case .workerEnded: workerEnded()
        }
    }

    /// Carries out what the address table has decided. A worker hears all of it at once, and the
    /// one that is told the last thing after the others.
    func perform() {
        var announcements: [Mesh.Event] = []
        var changes: [EdgeRouter.Event] = []
        var isTracked = false
        var letters: [(worker: Int, batch: [WorkerLetter])] = []
        for effect in effects {
            switch effect {
            case .tell(let worker, let letter):
                let place = letters.firstIndex { $0.worker == worker }
                var batch = place.map { letters.remove(at: $0).batch } ?? []
                batch.append(letter)
                letters.append((worker, batch))
            case .announce(let key, let hint):
                announcements.append(
                    .localAddressAdded(MobileAddress(key: AddressKey(key), hint: hint)))
                changes.append(.consumersCame(key))
            case .withdraw(let key):
                announcements.append(.localAddressRemoved(key: AddressKey(key)))
                changes.append(.consumersWent(key))
            case .producersCame(let key): changes.append(.producersCame(key))
            case .producersWent(let key): changes.append(.producersWent(key))
            case .tracked(let edge, let key, let isReachable):
                note(edge, key, isReachable)
                isTracked = true
            }
        }
        effects.removeAll(keepingCapacity: true)
        for (worker, var batch) in letters { workers[worker].mailbox.post(batch: &batch) }
        for event in announcements { tell(event) }
        for event in changes { tell(event) }
        if isTracked { tellEdges() }
    }

    // MARK: Connections

    private func opened(_ report: ConnectionReport) {
        guard var entry = connections[report.id] else { return }
        newcomers.left(report.id.number)
        entry.report = report
        entry.openedAt = now
        entry.isOfTool = report.isOfTool
        connections[report.id] = entry
        traffic.opened(entry)
        if let connector = entry.connector { connectorOpened(connector, entry, report) }
        logOpened(entry, report)
        auditOpened(entry, report)
        noteEnd(of: entry)
        containerOpened(entry, report)
        guard entry.plan.role.isOfRouters else { return }
        if let version = report.properties?.map?["qd.annotations-version"]?.integer {
            log.write(.router, .debug, "Remote router annotations version: \(version)")
        }
        guard entry.plan.role == .edge else { return }
        admitEdge(entry)
        tell(.opened(UplinkID(entry.id.number), cost: entry.plan.cost))
    }

    private func logOpened(_ entry: ConnectionEntry, _ report: ConnectionReport) {
        log.write(
            .routerCore, entry.logLevel, "[C\(entry.id.number)] " + describe(entry, report))
    }

    /// Whoever does more than ask the management node is nobody's tool: its coming is told now.
    private func unmask(_ id: ConnectionID) {
        connections[id]?.isOfTool = false
        if let entry = connections[id], let report = entry.report { logOpened(entry, report) }
    }

    func describe(
        _ entry: ConnectionEntry, _ report: ConnectionReport, withProperties: Bool = true
    ) -> String {
        let text =
            "Connection Opened: dir=\(entry.plan.isOutgoing ? "out" : "in") "
            + "host=\(entry.plan.host) vhost=\(entry.tenant?.dropLast() ?? "") "
            + "encrypted=\(report.tls?.version ?? "no") "
            + "auth=\(report.mechanism ?? "no") user=\(report.user ?? "(null)") "
            + "container_id=\(report.container)"
        guard withProperties else { return text }
        return text + " props=" + (report.properties?.map?.inspected ?? "")
    }

    private func closed(_ id: ConnectionID, _ error: AMQPError?, _ had: ConnectionUse) {
        guard let entry = connections.removeValue(forKey: id) else { return }
        placement.left(entry.worker)
        admissions.left(id.number)
        newcomers.left(id.number)
        auditClosed(entry, error)
        if !entry.plan.isOutgoing { policyCounts.current -= 1 }
        logClosed(entry, had)
        dropRequests(of: id)
        trunkClosed(id)
        containerClosed(id)
        edgeLeft(id)
        if entry.report != nil, entry.plan.role == .edge { tell(.closed(UplinkID(id.number))) }
        if entry.report != nil {
            traffic.closed(entry, error)
            log.write(.routerCore, entry.logLevel, "[C\(id.number)] Connection Closed")
        }
        if let connector = entry.connector {
            connectorClosed(connector, entry, error)
        }
    }

    // MARK: Links

    private func attach(_ request: LinkRequest) {
        if connections[request.connection]?.isOfTool == true, !request.isOfTool {
            unmask(request.connection)
        }
        guard let entry = connections[request.connection] else { return }
        let denial =
            refusalOnLeaving(of: request, entry) ?? refusalByPolicy(of: request, entry)
            ?? refusalOfEdge(request, entry)
        if denial == nil {
            if passOn(request, from: entry) { return countLink(request) }
            if lookUp(request, from: entry) { return }
            if isOfLostRoute(request, entry) { return refuse(request, .noRoute) }
        }
        attach(request, from: entry, denial)
    }

    /// The link ends here.
    func attachHere(_ request: LinkRequest) {
        if let entry = connections[request.connection] { attach(request, from: entry, nil) }
    }

    private func attach(_ request: LinkRequest, from entry: ConnectionEntry, _ denial: AMQPError?) {
        let refusal = denial ?? table.attach(request, tenant: entry.tenant, into: &effects)
        perform()
        let link = watchLink(at: request.place, request.direction)
        if let refusal {
            logRefused(request, refusal, entry)
        } else if let link {
            countLink(request)
            logAttached(link)
            serviceAttached(link)
        } else {
            serviceRefused(request)
        }
    }

    func logRefused(_ request: LinkRequest, _ error: AMQPError, _ entry: ConnectionEntry) {
        log.write(
            .routerCore, entry.logLevel,
            "[C\(request.connection.number)] Link refused: \(request.ends) "
                + "\(error.name) \(error.text ?? "")")
    }

    func logAttached(_ link: LinkEntry) {
        guard let entry = connections[link.request.connection] else { return }
        log.write(
            .routerCore, entry.logLevel,
            "[C\(entry.id.number)][L\(link.id.number)] Link attached: \(link.request.ends)")
    }

    @discardableResult
    func watchLink(at place: WorkerTicket, _ direction: LinkDirection) -> LinkEntry? {
        guard let link = table.links[LinkPlace(place, direction)] else { return nil }
        watch(link)
        return link
    }

    private func detach(_ report: LinkReport) {
        let link = table.detach(report.place, report.direction, into: &effects)
        if report.awaitsAnswer {
            let place = report.place
            effects.append(.tell(worker: place.worker, .detachKnown(place.ticket)))
        }
        perform()
        uplinkLinkDetached(report)
        guard let link else { return }
        countNoLink(link.request)
        serviceDetached(link)
        let watch = watches.removeValue(forKey: link.id)
        if let watch { linkTotals.left(watch) }
        let isBlocked = watch?.history.isBlocked ?? false
        let counters = link.request.counters
        log.write(
            .routerCore, connections[report.connection]?.logLevel ?? .info,
            "[C\(report.connection.number)][L\(link.id.number)] "
                + "Link \(report.isDetached ? "detached" : "lost"): "
                + "del=\(counters.deliveries.count) presett=\(counters.presettled.count) "
                + "psdrop=\(counters.droppedPresettled.count) acc=\(counters.accepted.count) "
                + "rej=\(counters.rejected.count) rel=\(counters.released.count) "
                + "mod=\(counters.modified.count) delay1=\(counters.delayed1Second.count) "
                + "delay10=\(counters.delayed10Seconds.count) blocked=\(isBlocked ? "yes" : "no")")
    }
}

extension LinkRequest {
    /// Its ends, for the log.
    fileprivate var ends: String {
        "dir=\(direction == .incoming ? "in" : "out") "
            + "source={\(source.line)} target={\(target.line)}"
    }
}
