internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Routing

/// What control keeps for edges, and for whoever sends signs of life.
struct EdgeServices {
    var tracking = AddressTracking()
    var trackingLinks: [ConnectionID: WorkerTicket] = [:]
    var heartbeats = Heartbeats()
    /// Services that consume messages, by their addresses' routes.
    var routes: [RouteID: EdgeService] = [:]
    var isTrackingTimed = false
    var areHeartbeatsTimed = false
}

/// The services for edge routers (IR 8.4 to 8.6).
extension Control {
    /// Words that an edge may be given before it has taken others.
    private static let mostWords = 32

    func subscribeEdgeServices() {
        for service in [EdgeService.lookup, .heartbeat] where service.isOffered(by: identity.mode) {
            let route = table.addInProcess(key: service.key, credit: service.credit)
            edgeServices.routes[route] = service
        }
    }

    /// A service that this link is for; nil for none.
    private func service(of request: LinkRequest) -> EdgeService? {
        guard connections[request.connection]?.tenant == nil,
            let service = EdgeService(request), service.isOffered(by: identity.mode)
        else { return nil }
        return service
    }

    /// A link was attached: perhaps to a service, perhaps an edge's downlink.
    func serviceAttached(_ link: LinkEntry) {
        if link.kind == .downlink { return downlinkAttached(link) }
        guard link.kind == .endpoint, let service = service(of: link.request) else { return }
        let connection = link.request.connection
        switch service {
        case .lookup: break
        case .tracking:
            edgeServices.trackingLinks[connection] = link.request.place
            edgeServices.tracking.listens(UplinkID(connection.number))
            tellEdges()
        case .heartbeat:
            edgeServices.heartbeats.began(UplinkID(connection.number), at: now)
            timeHeartbeats()
            log.write(
                .routerCore, .info,
                "[C\(connection.number)] Client attached to heartbeat server "
                    + "(container=\(container(connection)), endpoint=\(link.id.number))")
        }
    }

    /// Another connection of an edge of that name is a second router with the same id, or one whose
    /// loss was not noticed yet: both are served, and somebody must be told.
    private func downlinkAttached(_ link: LinkEntry) {
        let place = link.request.place
        guard let entry = link.route.flatMap({ table.entries[$0] }), entry.outletCount > 1,
            let earlier = entry.outlets.first(where: { $0.place != place })?.place,
            let other = table.links[LinkPlace(earlier, .outgoing)]?.request.connection
        else { return }
        log.write(
            .routerCore, .warning,
            "[C\(link.request.connection.number)] Edge router \(entry.key.dropFirst()) is "
                + "connected already by [C\(other.number)] from "
                + "\(connections[other]?.plan.host ?? ""): what is for it goes to both in turn. "
                + "Unless that connection is lost and ends soon, two routers have the same id: "
                + "give each its own")
    }

    /// A link was refused without a reason: it was for a service, and went the wrong way, or came
    /// from one whom that is not for (IR-100).
    func serviceRefused(_ request: LinkRequest) {
        guard let service = service(of: request) else { return }
        let name =
            switch service {
            case .lookup: "address lookup server"
            case .tracking: "edge address tracking server"
            case .heartbeat: "heartbeat server"
            }
        log.write(
            .routerCore, .error,
            "Attempt to attach to \(name) rejected (container=\(container(request.connection)))")
    }

    func serviceDetached(_ link: LinkEntry) {
        guard link.kind == .endpoint, let service = service(of: link.request) else { return }
        let connection = link.request.connection
        switch service {
        case .lookup: break
        case .tracking where edgeServices.trackingLinks[connection] == link.request.place:
            edgeServices.trackingLinks[connection] = nil
            edgeServices.tracking.listensNoMore(UplinkID(connection.number))
        case .tracking: break
        case .heartbeat: edgeServices.heartbeats.ended(UplinkID(connection.number))
        }
    }

    // MARK: Limits

    /// One edge more than there may be is told so, and goes.
    func admitEdge(_ entry: ConnectionEntry) {
        guard identity.mode == .interior, !entry.plan.isOutgoing,
            let error = table.holdings.admit(entry.id)
        else { return }
        hide(entry.id)
        log.write(
            .routerCore, .warning,
            "[C\(entry.id.number)] Edge router \(container(entry.id)) from \(entry.plan.host) "
                + "refused: \(error.text ?? "")")
        workers[entry.worker].mailbox.post(.close(entry.id, error, awaitsAnswer: false))
    }

    /// Nothing of an edge that was refused attaches, and not more of any other than it may have.
    func refusalOfEdge(_ request: LinkRequest, _ entry: ConnectionEntry) -> AMQPError? {
        guard request.isEdge, identity.mode == .interior else { return nil }
        let error = entry.isClosing ? .forbidden : table.refusalOfLink(ofEdge: request)
        guard let error else { return nil }
        effects.append(
            .tell(
                worker: request.place.worker,
                .refused(request.place.ticket, request.direction, error)))
        return error
    }

    /// The connection is gone.
    func edgeLeft(_ id: ConnectionID) {
        table.holdings.left(id)
        edgeServices.trackingLinks[id] = nil
        edgeServices.tracking.left(UplinkID(id.number))
        edgeServices.heartbeats.ended(UplinkID(id.number))
    }

    private func container(_ id: ConnectionID) -> String {
        connections[id]?.report?.container ?? ""
    }

    /// Takes a message for a service; false for one that is for another consumer inside the router.
    func takeServiceMessage(_ delivery: InProcessDelivery) -> Bool {
        guard let service = edgeServices.routes[delivery.route] else { return false }
        var outcome = Outcome(.accepted)
        if service == .heartbeat {
            edgeServices.heartbeats.beat(UplinkID(delivery.connection.number), at: now)
        } else if !answerLookup(delivery) {
            outcome = .rejected(Self.badLookup)
        }
        finish(delivery.origin, outcome)
        return true
    }

    // MARK: Tracking

    func note(_ id: ConnectionID, _ key: String, _ isReachable: Bool?) {
        edgeServices.tracking.changed(UplinkID(id.number), key, isReachable)
    }

    /// Tells edges what is to be told, as far as they take it.
    func tellEdges() {
        for edge in edgeServices.tracking.waiting {
            guard let place = edgeServices.trackingLinks[edge.connection],
                let request = table.links[LinkPlace(place, .outgoing)]?.request
            else { continue }
            let unread = Int(clamping: request.counters.undelivered.count)
            let words = edgeServices.tracking.next(for: edge, most: Self.mostWords - unread)
            for word in words { send(word, to: place) }
        }
        guard edgeServices.tracking.isAnyoneWaiting, !edgeServices.isTrackingTimed else { return }
        edgeServices.isTrackingTimed = true
        timers.add(Self.trackingToken, due: now + 10)
    }

    func trackingTimerFired() {
        edgeServices.isTrackingTimed = false
        tellEdges()
    }

    private func send(_ word: AddressTracking.Word, to place: WorkerTicket) {
        let message = Message(body: .value(.list([.string(word.key), .bool(word.isReachable)])))
        workers[place.worker].mailbox.post(.send(place.ticket, Chunk(message.encoded())))
    }

    // MARK: Lookup

    private static let badLookup = AMQPError(
        name: "amqp:decode-error",
        text: "A lookup needs version 1, opcode 1, reply-to, correlation-id, and a list of an "
            + "address and a boolean")

    // MARK: Signs of life (IR 8.6)

    private func timeHeartbeats() {
        guard edgeServices.heartbeats.isWatching, !edgeServices.areHeartbeatsTimed else { return }
        edgeServices.areHeartbeatsTimed = true
        timers.add(Self.heartbeatToken, due: now + Heartbeats.interval)
    }

    func heartbeatTimerFired() {
        edgeServices.areHeartbeatsTimed = false
        for silent in edgeServices.heartbeats.takeSilent(at: now) {
            guard let entry = connections[silent.connection] else { continue }
            log.write(
                .routerCore, .info,
                "[C\(silent.number)] Lost heartbeat from container \(container(entry.id)), "
                    + "closing connection")
            workers[entry.worker].mailbox.post(.cut(entry.id))
        }
        timeHeartbeats()
    }
}

extension EdgeLimits {
    init(_ settings: RouterSettings) {
        self.init()
        edges = settings.maxEdges
        addresses = settings.maxAddressesPerEdge
        links = settings.maxLinksPerEdge
    }
}
