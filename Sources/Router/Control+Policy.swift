internal import AMQP
internal import Addressing
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Policy
internal import RemoteSASL
internal import Routing

/// Policies as they are enforced: who may open, and what a link may attach.
extension Control {
    /// Connections between routers are governed by no policy (RS-301, RS-500).
    func isGoverned(_ role: Role) -> Bool {
        vhostPolicy.settings.isEnforced && role != .interRouter
    }

    /// What the other side of a connector does is, if the connector says so (RS-319).
    func isGoverned(_ connector: ConnectorSettings) -> Bool {
        guard connector.policyVhost != nil else { return false }
        return isGoverned(connector.role) && connector.role != .edge
    }

    /// What a connection had that a policy governed, and what the policy has denied so far (MG-219).
    func logClosed(_ entry: ConnectionEntry, _ had: ConnectionUse) {
        guard let rights = entry.rights, log.isOn(.policy, .debug) else { return }
        let denied = admissions.counts[rights.vhost]
        log.write(
            .policy, .debug,
            "[C\(entry.id.number)] Connection '\(entry.plan.host)' closed with resources "
                + "n_sessions=\(had.sessions), n_senders=\(had.senders), "
                + "n_receivers=\(had.receivers), "
                + "sessions_denied=\(denied?.deniedSessions ?? 0), "
                + "senders_denied=\(denied?.deniedSenders ?? 0), "
                + "receivers_denied=\(denied?.deniedReceivers ?? 0), "
                + "max_message_size_denied:\(denied?.deniedMessages ?? 0), "
                + "nConnections= \(policyCounts.current).")
    }

    // MARK: Opening

    /// Those at a listener with an authentication service ask whatever governs them.
    private func isGovernedByVhosts(_ entry: ConnectionEntry) -> Bool {
        vhostPolicy.settings.isEnforced && entry.plan.role != .interRouter
    }

    /// Answers a connection that waits for it.
    func judgeOpening(_ report: ConnectionReport) {
        guard let entry = connections[report.id] else { return }
        let ticket = report.place.ticket
        let answer: WorkerLetter
        guard entry.plan.isOutgoing || isGovernedByVhosts(entry) else {
            return admitByService(entry, report)
        }
        if var rights = entry.plan.isOutgoing ? rights(ofConnector: entry) : admit(entry, report) {
            if let permissions = report.permissions {
                rights.limit(
                    by: serviceName(of: entry), targets: permissions.targets,
                    sources: permissions.sources)
            }
            connections[report.id]?.rights = rights
            answer = .admitted(ticket, grant(rights, entry))
        } else {
            policyCounts.denied += 1
            answer = .turnedAway(ticket, .connectionDisallowed)
        }
        workers[entry.worker].mailbox.post(answer)
    }

    /// No policy governs the connection, but what the service says that has let the peer in.
    private func admitByService(_ entry: ConnectionEntry, _ report: ConnectionReport) {
        var admission = ConnectionGrant()
        if let permissions = report.permissions {
            let rights = Rights(
                user: report.user ?? "", vhost: report.hostname ?? "",
                service: serviceName(of: entry), targets: permissions.targets,
                sources: permissions.sources)
            connections[report.id]?.rights = rights
            admission = grant(rights, entry)
        } else if entry.plan.isMultiTenant {
            admission.tenant = report.hostname ?? ""
        }
        workers[entry.worker].mailbox.post(.admitted(report.place.ticket, admission))
    }

    private func serviceName(of entry: ConnectionEntry) -> String {
        entry.plan.security.service?.name ?? ""
    }

    private func admit(_ entry: ConnectionEntry, _ report: ConnectionReport) -> Rights? {
        let visitor = Visitor(
            user: report.user, host: entry.plan.peerHost,
            vhost: entry.plan.policyVhost ?? report.hostname)
        switch admissions.admit(
            visitor, connection: report.id.number, place: entry.plan.host, by: vhostPolicy)
        {
        case .success(let rights): return rights
        case .failure(let denial):
            for line in denial.lines(for: visitor) { log.write(.policy, .info, line) }
            auditDenied(entry, visitor, denial)
            return nil
        }
    }

    private func rights(ofConnector entry: ConnectionEntry) -> Rights? {
        let vhost = entry.plan.policyVhost ?? ""
        let rights = vhostPolicy.rights(ofConnectorIn: vhost, user: entry.plan.user)
        if rights == nil {
            log.write(
                .policy, .error,
                "[C\(entry.id.number)] Failed to find policyVhost settings for connection "
                    + "'\(entry.id.number)', policyVhost: '\(vhost)'")
        }
        return rights
    }

    private func grant(_ rights: Rights, _ entry: ConnectionEntry) -> ConnectionGrant {
        var grant = ConnectionGrant()
        grant.messages = MessageGrant(
            maxSize: rights.maxMessageSize, user: rights.user,
            mayNameOthers: rights.allows(.userIDProxy), targets: rights.targets,
            management: rights.remoteManagement)
        guard !entry.plan.isOutgoing else { return grant }
        let settings = rights.settings
        if entry.plan.isMultiTenant { grant.tenant = rights.vhost }
        if settings.maxFrameSize > 0 { grant.maxFrameSize = settings.maxFrameSize }
        if settings.maxSessions > 0 { grant.maxSessions = settings.maxSessions }
        if settings.maxSessionWindow > 0 { grant.sessionWindow = settings.maxSessionWindow }
        return grant
    }

    // MARK: Links

    /// Refuses a link that its connection's policy is against, before anything else is asked (RS-309);
    /// nil if it is not.
    func refusalByPolicy(of request: LinkRequest, _ entry: ConnectionEntry) -> AMQPError? {
        guard let rights = entry.rights else { return nil }
        let wish = LinkWish(request, at: identity)
        let ruling = rights.ruling(
            on: wish, attached: wish.role == .sender ? entry.senders.count : entry.receivers.count)
        if !ruling.isAllowed || log.isOn(.policy, .trace) {
            log.write(
                .policy, ruling.isAllowed ? .trace : .info,
                "[C\(entry.id.number)] "
                    + ruling.line(
                        on: wish, user: rights.user, host: entry.plan.peerHost,
                        vhost: entry.report?.hostname ?? ""))
        }
        guard !ruling.isAllowed else { return nil }
        policyCounts.deniedLinks += 1
        auditDenied(entry, wish, ruling)
        admissions.count(
            wish.role == .sender ? \.deniedSenders : \.deniedReceivers, in: rights.vhost)
        let error: AMQPError = ruling.reason == .limit ? .tooManyLinks : .linkDisallowed
        effects.append(
            .tell(
                worker: request.place.worker,
                .refused(request.place.ticket, request.direction, error)))
        return error
    }

    /// A link counts while it is attached (RS-501).
    func countLink(_ request: LinkRequest) {
        guard connections[request.connection]?.rights != nil else { return }
        let place = LinkPlace(request.place, request.direction)
        switch request.direction {
        case .incoming: connections[request.connection]?.senders.insert(place)
        case .outgoing: connections[request.connection]?.receivers.insert(place)
        }
    }

    func countNoLink(_ request: LinkRequest) {
        guard connections[request.connection]?.rights != nil else { return }
        let place = LinkPlace(request.place, request.direction)
        connections[request.connection]?.senders.remove(place)
        connections[request.connection]?.receivers.remove(place)
    }

    func countLargeMessage(on id: ConnectionID) {
        policyCounts.deniedMessages += 1
        guard let vhost = connections[id]?.rights?.vhost else { return }
        admissions.count(\.deniedMessages, in: vhost)
    }
}

extension LinkWish {
    init(_ request: LinkRequest, at router: RouterIdentity) {
        let local = request.local
        let isManagement =
            request.direction == .incoming
            && ParsedAddress.isManagementElsewhere(local.address ?? "", router: router)
        self.init(
            request.direction == .incoming ? .sender : .receiver, address: local.address,
            isDynamic: local.isDynamic, isWaypoint: local.capabilities?.waypointPhase != nil,
            isFallback: local.capabilities?.hasSymbol("qd.fallback") ?? false,
            isForManagementElsewhere: isManagement)
    }
}

extension Rights {
    fileprivate var remoteManagement: MessageGrant.RemoteManagement {
        guard reachesOtherManagement else { return .none }
        return settings.management == .read ? .read : .all
    }
}

/// In the words that clients know (RS-305, RS-309).
extension AMQPError {
    static let connectionDisallowed = AMQPError(
        name: "amqp:resource-limit-exceeded", text: "connection disallowed by local policy")
    static let linkDisallowed = AMQPError(
        name: "amqp:unauthorized-access", text: "link disallowed by local policy")
    static let tooManyLinks = AMQPError(
        name: "amqp:resource-limit-exceeded", text: "link disallowed by local policy")
}
