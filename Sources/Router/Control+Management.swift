internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Policy
internal import Routing

/// Requests to the management node. They wait until the agent has time for them, and their senders
/// for their credit with them. Changes are made here; everything else is answered by the agent's
/// thread, from a picture of the router as it is when the request's turn comes.
extension Control {
    /// One is being answered, and one waits for that, so that the agent need not.
    private static let mostWithAgent = 2
    /// So long in one turn of the loop: neighbours must be heard between changes.
    private static let longestTurn = Milliseconds(5)
    /// Who leaves so many answers unread, for want of credit, is answered no more until it reads.
    private static let mostUnread = 8

    func takeRequest(_ delivery: InProcessDelivery) {
        if takeServiceMessage(delivery) { return }
        let displaced = requests.add(
            delivery, from: delivery.connection, octets: delivery.message.count)
        for delivery in displaced { finish(delivery.origin, Outcome(.released)) }
        serveRequests()
    }

    /// Their answers would reach nobody.
    func dropRequests(of connection: ConnectionID) {
        for delivery in requests.drop(from: connection) {
            finish(delivery.origin, Outcome(.released))
        }
    }

    func serveRequests() {
        while requestsWithAgent < Self.mostWithAgent,
            Clock.now.since(turnBegan) <= Self.longestTurn,
            let delivery = requests.next(unless: obstacle)
        {
            serve(delivery)
        }
        let isFree = requestsWithAgent < Self.mostWithAgent
        if requests.hasTurns, isFree {
            timeRequests(Milliseconds(1))
        } else if requests.hasHeld {
            timeRequests(Milliseconds(10))
        }
    }

    private func timeRequests(_ wait: Milliseconds) {
        guard !isRequestTimed else { return }
        isRequestTimed = true
        timers.add(Self.requestToken, due: now + wait)
    }

    func requestTimerFired() {
        isRequestTimed = false
        requests.release { !self.hasUnread($0) }
        serveRequests()
    }

    /// The key of the address where the asker leaves its answers.
    private func obstacle(_ delivery: InProcessDelivery) -> String? {
        guard let replyTo = Message(headOf: delivery.message.bytes).properties?.replyTo else {
            return nil
        }
        let key = ParsedAddress(replyTo, router: identity).key(phase: .first)
        return hasUnread(key) ? key : nil
    }

    private func hasUnread(_ key: String) -> Bool {
        guard let entry = table.entry(forKey: key), entry.outletCount > 0, entry.remotes.isEmpty
        else { return false }
        return entry.outlets.allSatisfy { outlet in
            let link = table.links[LinkPlace(outlet.place, .outgoing)]
            return (link?.request.counters.undelivered.count ?? 0) >= Self.mostUnread
        }
    }

    private func serve(_ delivery: InProcessDelivery) {
        guard mayManage(delivery) else { return refuseManaging(delivery) }
        let head = head(of: delivery.message)
        guard Agent.isChange(head) else {
            requestsWithAgent += 1
            guard !Agent.asksForHealth(head) else {
                return joinLivenessRound(.request(delivery))
            }
            return serve(delivery, from: RouterSnapshot(self, for: asker(of: delivery)))
        }
        defer { finish(delivery.origin, Outcome(.accepted)) }
        guard let request = AgentRequest(delivery.message, log) else { return }
        let asker = asker(of: delivery)
        let response = agent.respond(
            to: request.message, from: LiveRouter(control: self, asker: asker),
            requester: Requester(connection: asker?.number))
        if let response = AgentResponse(response, to: request, at: identity, log) {
            send(response.chunk, to: response.address)
        }
    }

    private func serve(_ delivery: InProcessDelivery, from snapshot: RouterSnapshot) {
        agentThread.answer(delivery.message, from: snapshot, for: delivery.origin)
    }

    /// The workers have been asked; `live` says what came of it.
    func serve(_ delivery: InProcessDelivery, withHealth live: HealthReport) {
        var snapshot = RouterSnapshot(self, for: asker(of: delivery))
        snapshot.health = RouterHealth(live: live, started: startReport, ready: readinessReport)
        serve(delivery, from: snapshot)
    }

    /// The connection that a request came over, unless it came from another router.
    private func asker(of delivery: InProcessDelivery) -> ConnectionID? {
        guard let entry = connections[delivery.connection], entry.plan.role != .interRouter else {
            return nil
        }
        return entry.id
    }

    /// The asker's policy lets it ask that (`managementAccess` of its group). What comes from other
    /// routers was judged there.
    private func mayManage(_ delivery: InProcessDelivery) -> Bool {
        switch connections[delivery.connection]?.rights?.settings.management {
        case nil, .all?: true
        case .read?: !Agent.isChange(head(of: delivery.message))
        case VhostGroupSettings.ManagementAccess.none?: false
        }
    }

    private func refuseManaging(_ delivery: InProcessDelivery) {
        defer { finish(delivery.origin, Outcome(.accepted)) }
        guard let request = AgentRequest(delivery.message, log) else { return }
        let error = ManagementError(.forbidden, "You are not allowed to perform this operation.")
        log.write(
            .policy, .info,
            "[C\(delivery.connection.number)] DENY management request: \(error.description)")
        let operation = request.message.applicationProperties?["operation"]?.text ?? ""
        auditRefused(operation, delivery.connection, "managementAccess of its group")
        let router = LiveRouter(control: self, asker: nil)
        let response = agent.refuse(request.message, from: router, error)
        if let response = AgentResponse(response, to: request, at: identity, log) {
            send(response.chunk, to: response.address)
        }
    }

    /// The sections before the body, if the right ones stand there; else all of it.
    private func head(of request: Chunk) -> Message {
        let head = Message(headOf: request.bytes)
        guard head.applicationProperties == nil, let whole = try? Message(decoding: request.bytes)
        else { return head }
        return whole
    }

    func takeAnswers(ofAgent answers: [AgentThread.Answer]) {
        requestsWithAgent -= answers.count
        for answer in answers {
            if let response = answer.response { send(response.chunk, to: response.address) }
            finish(answer.origin, Outcome(.accepted))
        }
        serveRequests()
    }

    /// The router is done with a request: its sender hears, and may send another.
    func finish(_ origin: WorkerTicket, _ outcome: Outcome) {
        workers[origin.worker].mailbox.post(
            .resolvedCopy(origin.ticket, outcome, isSettled: true))
    }
}
