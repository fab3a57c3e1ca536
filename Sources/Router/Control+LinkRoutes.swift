internal import AMQP
internal import Addressing
internal import Configuration
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy
internal import Routing
internal import Schema
internal import Sessions
internal import Topology

/// Link routes as entities, and the attaches that go on by them (RS-250 to RS-273).
extension Control {
    // MARK: Entities

    func createLinkRoute(_ asked: WantedEntity) throws(ManagementError) -> Entity {
        var faults = Faults()
        if let name = asked.name, linkRoutes.rules.values.contains(where: { $0.name == name }) {
            faults.add("Name conflicts with an existing entity")
        }
        let rule = faults.gather { () throws(ManagementError) in
            try LinkRoutes.Rule(
                number: table.nextNumber(), name: asked.name, body: asked.attributes)
        }
        try faults.check()
        guard let rule else { throw ManagementError(.badRequest) }
        add(rule)
        return Entity(LinkRouteConfiguration(rule, isActive: linkRoutes.isActive(rule)))
    }

    func loadLinkRoute(_ declared: EntityDeclaration) {
        guard let settings = LinkRouteSettings(declared) else { return }
        add(LinkRoutes.Rule(number: table.nextNumber(), settings))
    }

    func unloadLinkRoute(_ declared: EntityDeclaration) {
        guard let settings = LinkRouteSettings(declared) else { return }
        let gone = linkRoutes.ordered.first {
            $0.name == settings.name && $0.match == settings.match
        }
        if let gone { removeLinkRoute(gone.number) }
    }

    func deleteLinkRoute(_ entity: Entity) {
        if let number = UInt64(entity.identity) { removeLinkRoute(number) }
    }

    // MARK: Of connections

    /// So many may one connection make.
    private static let mostOwnRoutes = 1_000

    /// A client routes links to itself (RS-271, MG-190).
    func createOwnLinkRoute(_ asked: WantedEntity) throws(ManagementError) -> Entity {
        guard let number = asked.requester.connection,
            let entry = connections[ConnectionID(number: number)]
        else { throw ManagementError(.badRequest, "Parent connection no longer exists") }
        // It would be offered back to where it came from.
        guard edge == nil || entry.plan.role != .edge else {
            throw ManagementError(
                .forbidden, "A link route for a connection is asked for over that connection")
        }
        if let rights = entry.rights, !rights.settings.allowed.contains(.dynamicLinkRoutes) {
            throw ManagementError(.forbidden, "Forbidden")
        }
        let rule = try LinkRoutes.Rule(
            number: table.nextNumber(), name: asked.name, askedBy: entry.id, asked.attributes)
        guard linkRoutes.rules(of: entry.id).count < Self.mostOwnRoutes else {
            throw ManagementError(
                .badRequest, "A connection may have \(Self.mostOwnRoutes) link routes")
        }
        add(rule)
        return Entity(ConnectionLinkRoute(rule, of: entry.report?.container))
    }

    private func add(_ rule: LinkRoutes.Rule) {
        var done: [LinkRoutes.Effect] = []
        linkRoutes.add(rule, into: &done)
        carryOut(done)
    }

    private func removeLinkRoute(_ number: UInt64) {
        var done: [LinkRoutes.Effect] = []
        linkRoutes.remove(number, into: &done)
        carryOut(done)
    }

    // MARK: Containers

    func serveLinkRoutes(_ connection: ConnectionID, _ container: RouteContainer) {
        var done: [LinkRoutes.Effect] = []
        linkRoutes.opened(connection, container, into: &done)
        carryOut(done)
    }

    func serveNoLinkRoutes(_ connection: ConnectionID) {
        var done: [LinkRoutes.Effect] = []
        linkRoutes.closed(connection, into: &done)
        carryOut(done)
    }

    private func carryOut(_ done: [LinkRoutes.Effect]) {
        for effect in done {
            switch effect {
            case .announce(let key):
                let address = MobileAddress(key: AddressKey(key), hint: Self.linkBalanced)
                tell(.localAddressAdded(address))
                offer(.came(key))
            case .withdraw(let key):
                tell(.localAddressRemoved(key: AddressKey(key)))
                offer(.went(key))
            case .activated(let rule, let id): log(rule, id, "Activated")
            case .deactivated(let rule, let id): log(rule, id, "Deactivated")
            }
        }
    }

    /// The treatment by which link routes are announced (IR 5.2).
    private static let linkBalanced: UInt8 = 4

    private func log(_ rule: LinkRoutes.Rule, _ id: ConnectionID, _ what: String) {
        let place =
            switch rule.server {
            case .connection(let name): "connection \(name)"
            case .container(let container): "container \(container)"
            case .asker, .others: "connection C\(id.number)"
            }
        log.write(.routerCore, .info, "Link Route \(what) '\(rule.title)' on \(place)")
    }

    // MARK: Attaches

    /// Sends an attach on, or refuses it, if a link route has its address; false if none has.
    func passOn(_ request: LinkRequest, from entry: ConnectionEntry) -> Bool {
        guard let address = request.routedAddress(tenant: entry.tenant, router: identity),
            let destination = linkRoutes.destination(of: address, request.direction)
        else { return false }
        let attach = request.attach
        let local = request.direction == .incoming ? attach?.target : attach?.source
        if !settings.allowsResumableLinkRoutes, local?.isResumable == true {
            refuse(request, .linkExpiration)
            return true
        }
        let next: ConnectionID
        var rule: LinkRoutes.Rule?
        switch destination {
        case .nobody:
            refuse(request, .noRoute)
            return true
        case .container(let connection, let chosen): (next, rule) = (connection, chosen)
        case .router(let index):
            guard let router = mesh?.ids[index], let trunk = mesh?.machine.nextHop(to: router),
                let connection = mesh?.trunks[trunk]?.connection, connection != entry.id
            else {
                refuse(request, .noRoute)
                return true
            }
            next = connection
        }
        passOn(
            request, from: entry, to: next, address, by: rule, named: name(of: request, from: entry)
        )
        return true
    }

    /// Sends an attach on over a connection, `address` being what this router calls its node.
    func passOn(
        _ request: LinkRequest, from entry: ConnectionEntry, to next: ConnectionID,
        _ address: String, by rule: LinkRoutes.Rule?, named name: String
    ) {
        guard let attach = request.attach, let place = connections[next]?.report?.place else {
            return refuse(request, .noRoute)
        }
        let id = table.attachRouted(request, address: request.local.address ?? address)
        let wanted = RoutedAttach(
            connection: place.ticket, asking: LinkEnd(request.place, request.direction),
            askingID: id,
            askingSession: AskingSession(connection: entry.id, channel: request.channel),
            name: name, attach: attach,
            addresses: (request.local.address ?? request.local.wantedAddress).flatMap {
                AddressTranslation(
                    $0, full: entry.tenant == nil && rule?.edits != true ? $0 : address,
                    adding: rule?.addedPrefix ?? "", removing: rule?.removedPrefix ?? "")
            })
        workers[place.worker].mailbox.post(.passOn(wanted))
        if let link = watchLink(at: request.place, request.direction) { logAttached(link) }
    }

    /// Links of several clients may have one name, but not on one session (RS-257).
    private func name(of request: LinkRequest, from entry: ConnectionEntry) -> String {
        guard entry.plan.role != .interRouter, let container = entry.report?.container else {
            return request.name
        }
        return "\(request.name)@\(container)"
    }

    func refuse(_ request: LinkRequest, _ error: AMQPError) {
        workers[request.place.worker].mailbox.post(
            .refused(request.place.ticket, request.direction, error))
        if let entry = connections[request.connection] { logRefused(request, error, entry) }
    }

    /// The far end of a routed link is there.
    func routedLinkMade(_ request: LinkRequest, asking: LinkEnd) {
        guard connections[request.connection] != nil else { return }
        let far = request.direction == .outgoing ? request.target : request.source
        let text = far.address ?? far.wantedAddress
        table.attachRouted(
            request, address: text ?? "$coordinator",
            peer: LinkPlace(asking.place, asking.direction))
        if let link = watchLink(at: request.place, request.direction) { logAttached(link) }
    }
}

extension LinkRoutes.Rule {
    /// The container hears another address than the client says.
    fileprivate var edits: Bool { !addedPrefix.isEmpty || !removedPrefix.isEmpty }

    fileprivate init(number: UInt64, _ settings: LinkRouteSettings) {
        let server: Server =
            switch settings.server {
            case .container(let id): .container(id)
            case .connection(let name): .connection(name)
            case .nobody: .others
            }
        self.init(
            number: number, name: settings.name, match: settings.match,
            direction: settings.direction == .in ? .incoming : .outgoing, server: server)
        addedPrefix = settings.addedPrefix ?? ""
        removedPrefix = settings.removedPrefix ?? ""
    }

    /// From the body of a CREATE (MG-187).
    fileprivate init(number: UInt64, name: String?, body: ValueMap) throws(ManagementError) {
        guard let direction = (body["direction"] ?? body["dir"])?.text else {
            throw ManagementError(
                .badRequest, "No 'direction' attribute provided - it is mandatory")
        }
        guard direction == "in" || direction == "out" else {
            throw ManagementError(.badRequest, "Invalid value for 'direction'")
        }
        if let distribution = body["distribution"]?.text, distribution != "linkBalanced" {
            throw ManagementError(.badRequest, "Invalid value for 'distribution'")
        }
        let match = try AddressMatch(body)
        let server: Server
        switch (body["connection"]?.text, (body["containerId"] ?? body["container"])?.text) {
        case (_?, _?):
            throw ManagementError(
                .badRequest, "Both connection and containerId cannot be specified. Specify only one"
            )
        case (let name?, nil): server = .connection(name)
        case (nil, let id?): server = .container(id)
        case (nil, nil): server = .others
        }
        self.init(
            number: number, name: name, match: match,
            direction: direction == "in" ? .incoming : .outgoing, server: server)
        addedPrefix = body["addExternalPrefix"]?.text ?? ""
        removedPrefix = body["delExternalPrefix"]?.text ?? ""
    }
}

extension LinkRoutes.Rule {
    /// From the body of a connection's CREATE: the pattern is looked at before the direction (RS-467).
    fileprivate init(
        number: UInt64, name: String?, askedBy connection: ConnectionID, _ body: ValueMap
    ) throws(ManagementError) {
        guard body.present("pattern") != nil else {
            throw ManagementError(.badRequest, "Pattern field is required")
        }
        let match = try AddressMatch(["pattern": body["pattern"] ?? .null])
        guard let direction = body.present("direction") else {
            throw ManagementError(.badRequest, "Missing value for 'direction'")
        }
        guard direction == "in" || direction == "out" else {
            throw ManagementError(.badRequest, "Invalid value for 'direction'")
        }
        self.init(
            number: number, name: name, match: match,
            direction: direction == "in" ? .incoming : .outgoing, server: .asker(connection))
    }
}

extension ConnectionLinkRoute {
    init(_ rule: LinkRoutes.Rule, of container: String?) {
        self.init(
            number: rule.number, name: rule.name, pattern: rule.match.text,
            direction: rule.direction == .incoming ? "in" : "out")
        containerID = container
    }
}

extension LinkRouteConfiguration {
    init(_ rule: LinkRoutes.Rule, isActive: Bool) {
        self.init(
            number: rule.number, name: rule.name,
            direction: rule.direction == .incoming ? "in" : "out")
        switch rule.match {
        case .prefix(let text): prefix = text
        case .pattern(let text): pattern = text
        }
        switch rule.server {
        case .container(let id): containerID = id
        case .connection(let name): connection = name
        case .others, .asker: break
        }
        self.isActive = isActive
        addedPrefix = rule.addedPrefix.isEmpty ? nil : rule.addedPrefix
        removedPrefix = rule.removedPrefix.isEmpty ? nil : rule.removedPrefix
    }
}
