internal import AMQP
internal import Addressing
internal import Basis
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Routing

/// What control keeps beside the machine of an edge router to carry out its effects.
struct EdgeState {
    var machine = EdgeRouter()
    /// Links that were made, and what they are for.
    var links: [LinkPlace: EdgeLinkID] = [:]
    /// Those that workers were asked for, until they are made.
    var asked: [EdgeLinkID: EdgeLink] = [:]
    /// Where those of the uplink's own are that control writes to, or reads from.
    var places: [EdgeLink: WorkerTicket] = [:]
    var lookups = Lookups<WaitingAttach>()
    var offers = RouteOffers()
    /// Where the interior's answers come; nil while it cannot be asked.
    var answersAt: [EdgeInquiry: String] = [:]
    /// When the machine wants to be woken; an older timer is stale.
    var wake: Instant?
    /// What had passed over an uplink when it was last looked at.
    var look: (uplink: UplinkID, deliveries: UInt64)?
}

/// Drives the machine of an edge router: events in, effects out (IR 8).
extension Control {
    func startEdge() {
        table.openElsewhere(into: &effects)
        perform()
        edge = EdgeState()
    }

    func tell(_ event: EdgeRouter.Event) {
        guard edge != nil else { return }
        var effects: [EdgeRouter.Effect] = []
        edge?.machine.handle(event, at: now, into: &effects)
        for effect in effects { carryOut(effect) }
    }

    func edgeTimerFired() {
        guard let wake = edge?.wake, wake <= now else { return }
        edge?.wake = nil
        tell(.timerFired)
    }

    // MARK: What happens to its links

    func uplinkLinkMade(_ number: UInt64, _ request: LinkRequest) {
        let id = EdgeLinkID(number)
        let place = LinkPlace(request.place, request.direction)
        let link = edge?.asked.removeValue(forKey: id)
        table.attachOwn(
            request, .uplink, route: link?.key.flatMap { table.entry(forKey: $0)?.route })
        edge?.links[place] = id
        if let link, link.key == nil { edge?.places[link] = request.place }
        watchLink(at: request.place, request.direction)
    }

    func uplinkLinkAttached(
        _ place: WorkerTicket, _ direction: LinkDirection, address: String?
    ) {
        guard let id = edge?.links[LinkPlace(place, direction)] else { return }
        tell(.attached(id, address: address))
    }

    func uplinkLinkDetached(_ report: LinkReport) {
        let place = LinkPlace(report.place, report.direction)
        guard let id = edge?.links.removeValue(forKey: place) else {
            edge?.lookups.forget {
                $0.request.place == report.place && $0.request.direction == report.direction
            }
            return
        }
        if report.isDetached { tell(.detached(id)) }
    }

    /// A message of one of the interior's services.
    func takeServiceMessage(_ id: ConnectionID, _ link: WorkerTicket, _ message: Message) {
        if link == edge?.places[.answers(.lookup)] {
            takeLookupAnswer(id, message)
        } else if link == edge?.places[.answers(.management)] {
            takeManagementAnswer(message)
        } else {
            takeTracking(id, message)
        }
    }

    /// The interior's word of an address (IR 8.4).
    private func takeTracking(_ id: ConnectionID, _ message: Message) {
        guard case .value(.list(let fields)) = message.body, fields.count == 2,
            let key = fields[0].text, let isReachable = fields[1].boolean
        else {
            return log.write(
                .routerCore, .error,
                "[C\(id.number)] What the interior router says of an address is not understood: "
                    + "it needs a list of the key and a boolean")
        }
        tell(.tracked(key, isReachable: isReachable, from: UplinkID(id.number)))
    }

    // MARK: Effects

    private func carryOut(_ effect: EdgeRouter.Effect) {
        switch effect {
        case .attach(let id, let link, on: let uplink): attach(link, id, on: uplink.connection)
        case .detach(let id, on: let uplink):
            guard let entry = connections[uplink.connection] else { return }
            workers[entry.worker].mailbox.post(
                .detachUplinkLink(uplink.connection, number: id.number))
        case .defaultRoute(let uplink): setElsewhere(uplink?.connection)
        case .reachable(let key, let isReachable):
            table.setRemote(
                key: key, hint: nil, router: .elsewhere, isMapped: isReachable, into: &effects)
            perform()
        case .canAsk(let inquiry, let address):
            edge?.answersAt[inquiry] = address
            switch inquiry {
            case .lookup: if address == nil { giveUpLookups() }
            case .management: offer(address == nil ? .ended : .began)
            }
        case .beat(let number, on: let uplink): beat(number, on: uplink.connection)
        case .look(at: let uplink): look(at: uplink)
        case .leave(let uplink):
            guard let entry = connections[uplink.connection] else { return }
            workers[entry.worker].mailbox.post(.close(entry.id, nil, awaitsAnswer: true))
        case .wake(let instant):
            edge?.wake = instant
            timers.add(Self.edgeToken, due: instant)
        case .log(let fact): write(fact)
        }
    }

    private func attach(_ link: EdgeLink, _ id: EdgeLinkID, on connection: ConnectionID) {
        guard let entry = connections[connection] else { return }
        let purpose: UplinkLink.Purpose
        var (source, target, wanted): (String?, String?, String?)
        switch link {
        case .anonymous: purpose = .anonymous
        case .downlink:
            (purpose, source, wanted) = (.downlink, identity.id, "qd.router-edge-downlink")
        case .tracking: (purpose, source) = (.answers, EdgeService.tracking.rawValue)
        case .questions(.lookup): (purpose, target) = (.requests, EdgeService.lookup.rawValue)
        case .questions(.management): (purpose, target) = (.requests, "$management")
        case .answers: purpose = .answers
        case .heartbeat: (purpose, target) = (.requests, EdgeService.heartbeat.rawValue)
        case .consumer(let key):
            guard let route = route(of: key, on: entry.worker) else { return }
            (purpose, source) = (.consumer(route), String(key.dropFirst(2)))
            wanted = capability(of: key, isProducer: false)
        case .producer(let key):
            guard let route = route(of: key, on: entry.worker) else { return }
            (purpose, target) = (.producer(route), String(key.dropFirst(2)))
            wanted = capability(of: key, isProducer: true)
        }
        edge?.asked[id] = link
        workers[entry.worker].mailbox.post(
            .attachUplinkLink(
                UplinkLink(
                    connection: connection, number: id.number, purpose: purpose, source: source,
                    target: target, capability: wanted, isDynamic: link.isDynamic)))
    }

    private func route(of key: String, on worker: Int) -> RouteID? {
        let route = table.route(key, on: worker, into: &effects)
        perform()
        return route
    }

    /// How the interior is to know the phase, where that is not a plain client's (IR 8.2).
    private func capability(of key: String, isProducer: Bool) -> String? {
        if key.hasPrefix("M\(Addressing.Phase.fallback.letter)") { return "qd.fallback" }
        let rule = table.rules.rule(for: String(key.dropFirst(2)))
        let usual = isProducer ? rule.ingressPhase : rule.egressPhase
        guard key.unicodeScalars.dropFirst().first != usual.letter else { return nil }
        let phase = key.dropFirst().first?.wholeNumberValue ?? 0
        return "qd.waypoint.\(isProducer ? phase : phase + 1)"
    }

    private func setElsewhere(_ id: ConnectionID?) {
        let entry = id.flatMap { connections[$0] }
        if let entry, let report = entry.report {
            broadcast(
                .routerChanged(
                    .elsewhere,
                    RouterDescription(
                        name: "\(identity.area)/\(report.container)", trunk: report.place,
                        trunkNumber: 0, isNeighbour: true, cost: 1,
                        capacity: entry.plan.linkCapacity)))
        }
        table.setRemote(
            key: ParsedAddress.keyOfElsewhere, hint: nil, router: .elsewhere,
            isMapped: entry != nil, into: &effects)
        perform()
        if entry == nil { broadcast(.routerChanged(.elsewhere, nil)) }
    }

    /// One that its interior has not taken yet tells as much as two.
    private func beat(_ number: Int32, on id: ConnectionID) {
        guard let place = edge?.places[.heartbeat],
            let link = table.links[LinkPlace(place, .outgoing)], link.request.connection == id,
            link.request.counters.undelivered.count == 0
        else { return }
        var message = Message(body: .value(.int(number)))
        RouterAnnotations.enter(&message, at: identity, to: nil)
        workers[place.worker].mailbox.post(.send(place.ticket, Chunk(message.encoded())))
    }

    private func write(_ fact: EdgeRouter.Fact) {
        switch fact {
        case .established(let id):
            log.write(
                .routerCore, .info, "Edge connection (id=\(id.number)) to interior established")
        case .lost(let id, let alternative):
            log.write(
                .routerCore, .info,
                "Edge connection (id=\(id.number)) to interior lost, "
                    + (alternative.map { "activating alternate id=\($0.number)" }
                        ?? "no alternate connection available"))
        case .left(let id, let preferred):
            log.write(
                .routerCore, .info,
                "Edge connection (id=\(id.number)) to interior left for the preferred one, "
                    + "id=\(preferred.number)")
        case .refused(let link, let id):
            log.write(
                .routerCore, .warning,
                "[C\(id.number)] The interior router refuses the edge's link for "
                    + link.title
                    + ": see its log, and its policy for this router")
        }
    }
}

extension UplinkID {
    var connection: ConnectionID { ConnectionID(number: number) }
}

extension EdgeLink {
    /// Of the address that it is for.
    fileprivate var key: String? {
        switch self {
        case .consumer(let key), .producer(let key): key
        case .anonymous, .downlink, .tracking, .questions, .answers, .heartbeat: nil
        }
    }

    fileprivate var isDynamic: Bool {
        if case .answers = self { true } else { false }
    }

    /// What it is for, as the log says it.
    fileprivate var title: String {
        switch self {
        case .consumer(let key), .producer(let key): "address \(key.dropFirst(2))"
        case .anonymous: "what is for elsewhere"
        case .downlink: "what is for this router"
        case .tracking: "word of addresses"
        case .heartbeat: "signs of life"
        case .questions(let inquiry): "\(inquiry) requests"
        case .answers(let inquiry): "\(inquiry) answers"
        }
    }
}
