internal import AMQP
internal import Addressing
internal import Audit
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Edge
internal import Routing
internal import Topology

/// A router that takes leave of its clients.
struct Leave {
    let since: Instant
    /// When it ends, whatever is under way then; nil for one that stays.
    var end: Instant?
    /// So often in turn all was settled, and no delivery had come since the look before.
    var quietLooks = 0
    var deliveries: UInt64 = 0
    /// All was settled once, or the time is up.
    var isDone = false
}

/// Taking leave of clients before the end: no link of theirs attaches any more, their senders give their
/// credit back, other routers go round this one and leave its consumers alone, and what is under way is
/// settled. Listeners stay open until the end, for management, and for probes, which hear of it.
extension Control {
    /// Others may send here until they have all heard better.
    private static let quietLooks = 6
    private static let betweenLooks = Milliseconds(50)
    /// A client that does not give its credit back is not waited for longer, if nothing of it is under way.
    private static let patienceForCredit = Milliseconds(2_000)
    /// Until neighbours have heard that others are nearer, and what they had sent before has come.
    private static let timeOfNeighbours = Milliseconds(1_500)

    /// Ends the router, at once or when all is settled, and after so many seconds in any case.
    func end(within seconds: Int) {
        guard seconds > 0 else { return shutDown() }
        setEnd(within: seconds, asSaidBy: "a signal")
    }

    /// Not before the next look: an answer goes out first.
    private func setEnd(within seconds: Int, asSaidBy asker: String) {
        drain()
        leave?.end = now + .seconds(UInt64(seconds))
        log.write(.server, .notice, "Ending within \(seconds) s, as \(asker) said")
        timers.add(Self.leaveToken, due: now + Self.betweenLooks)
    }

    func drain() {
        guard leave == nil else { return }
        leave = Leave(since: now)
        log.write(.server, .notice, "Draining: clients' links are refused, their credit taken back")
        audit(AuditRecord("router draining").with("router", identity.id))
        broadcast(.drain)
        tell(Mesh.Event.leaving)
        tell(EdgeRouter.Event.leaving)
        timers.add(Self.leaveToken, due: now + Self.betweenLooks)
    }

    func leaveTimerFired() {
        guard phase == .running, let leave else { return }
        let isOverdue = leave.end.map { $0 <= now } ?? false
        let left = linksUnderWay
        let deliveries = deliveriesSoFar
        let looks = left == 0 && deliveries == leave.deliveries ? leave.quietLooks + 1 : 0
        self.leave?.quietLooks = looks
        self.leave?.deliveries = deliveries
        let isQuiet = looks >= Self.quietLooks && hasHadTime(leave)
        if !leave.isDone, isQuiet || isOverdue {
            self.leave?.isDone = true
            let words = left == 0 ? "all is settled" : "\(left) links are not done"
            log.write(.server, .notice, "Drained: \(words)")
        }
        guard leave.end == nil || !(isQuiet || isOverdue) else { return shutDown() }
        guard leave.end != nil || !isQuiet else { return }
        timers.add(Self.leaveToken, due: now + Self.betweenLooks)
    }

    private func hasHadTime(_ leave: Leave) -> Bool {
        let isAlone = mesh?.trunks.isEmpty ?? (edge == nil)
        return isAlone || leave.since + Self.timeOfNeighbours <= now
    }

    private var linksUnderWay: Int {
        guard let leave else { return 0 }
        let waitsForCredit = now < leave.since + Self.patienceForCredit
        return table.links.values.count { link in
            guard link.direction == .outgoing || !link.request.isOfTool else { return false }
            return link.isUnderWay(waitsForCredit: waitsForCredit)
        }
    }

    /// Management goes on, and so do the routing protocol and its answers.
    private var deliveriesSoFar: UInt64 {
        table.links.values.reduce(0) { sum, link in
            guard link.kind != .control, !link.request.isOfTool else { return sum }
            return sum &+ link.request.counters.deliveries.count
        }
    }

    var leaveFault: String? {
        guard let leave else { return nil }
        return leave.isDone ? "the router is drained" : "the router is being drained"
    }

    // MARK: Links

    /// No link of a client attaches any more, but those that management needs; nil while the router
    /// serves.
    func refusalOnLeaving(of request: LinkRequest, _ entry: ConnectionEntry) -> AMQPError? {
        guard leave != nil, entry.plan.role == .normal || entry.plan.role == .routeContainer,
            !isForManagement(request)
        else { return nil }
        let error = AMQPError(
            name: "amqp:connection:forced", text: "The router is draining: connect to another one")
        effects.append(
            .tell(
                worker: request.place.worker,
                .refused(request.place.ticket, request.direction, error)))
        return error
    }

    private func isForManagement(_ request: LinkRequest) -> Bool {
        request.isOfTool
            && !ParsedAddress.isManagementElsewhere(request.local.address ?? "", router: identity)
    }

    // MARK: Requests

    /// A stranger ends no router: who asks has logged in, or is the business of the router that they
    /// asked through.
    func takeLeave(
        within seconds: Int?, ends: Bool, _ requester: Requester
    ) throws(ManagementError) -> LeaveFacts {
        try authorise(requester, ends ? "SHUTDOWN" : "DRAIN")
        if ends {
            if seconds != nil || leave?.end == nil {
                let asker = requester.connection.map { "connection [C\($0)]" }
                setEnd(
                    within: seconds ?? settings.shutdownDrainSeconds,
                    asSaidBy: asker ?? "another router")
            }
        } else {
            drain()
        }
        let left = leave?.end.map { Int($0.since(now).count / 1_000) }
        return LeaveFacts(
            linksUnderWay: leave?.isDone == true ? 0 : max(1, linksUnderWay), secondsLeft: left)
    }

    private func authorise(
        _ requester: Requester, _ operation: String
    ) throws(ManagementError) {
        guard let number = requester.connection else {
            guard settings.remoteShutdown else {
                throw ManagementError(
                    .forbidden,
                    "\(operation) through another router needs 'remoteShutdown: yes' in this "
                        + "router's configuration; or ask it directly")
            }
            return
        }
        let report = connections[ConnectionID(number: number)]?.report
        guard report?.user != nil, report?.mechanism != nil, report?.mechanism != "ANONYMOUS" else {
            auditRefused(operation, ConnectionID(number: number), "no login")
            throw ManagementError(
                .forbidden, "\(operation) needs a login: the connection has no user")
        }
    }
}

extension LinkEntry {
    /// Deliveries of it are not settled, or its sender may still send some.
    fileprivate func isUnderWay(waitsForCredit: Bool) -> Bool {
        let counters = request.counters
        if counters.undelivered.count > 0 || counters.unsettled.count > 0 { return true }
        guard direction == .incoming else { return false }
        if counters.presettledInside.count > 0 { return true }
        return kind == .endpoint && waitsForCredit && counters.credit > 0
    }
}
