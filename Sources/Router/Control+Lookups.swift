internal import AMQP
internal import Addressing
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Routing

/// An attach at an edge, whose address the interior may have a link route for.
struct WaitingAttach: Sendable {
    let request: LinkRequest
    let address: String
}

/// Lookups: an edge's questions, and an interior router's answers (IR 8.5).
extension Control {
    private static let version = Value.uint(1)
    private static let opcode = Value.uint(1)

    // MARK: An edge

    /// Asks the interior whether an attach goes on to it; false if it is not asked: it cannot be, or
    /// the address is the router's own.
    func lookUp(_ request: LinkRequest, from entry: ConnectionEntry) -> Bool {
        guard let edge, let replyTo = edge.answersAt[.lookup], entry.plan.role != .edge,
            let address = request.routedAddress(tenant: entry.tenant, router: identity),
            !address.hasPrefix("$"), !address.hasPrefix("_$")
        else { return false }
        let waiting = WaitingAttach(request: request, address: address)
        guard let number = self.edge?.lookups.ask(for: waiting, at: now) else { return false }
        ask(
            .lookup,
            Message(
                properties: Message.Properties(
                    replyTo: replyTo, correlationID: .string(String(number))),
                applicationProperties: ValueMap([
                    (.string("version"), Self.version), (.string("opcode"), Self.opcode),
                ]),
                body: .value(.list([.string(address), .bool(request.direction == .incoming)]))))
        timeLookups()
        return true
    }

    private func timeLookups() {
        if let due = edge?.lookups.due { timers.add(Self.lookupToken, due: due) }
    }

    func lookupTimerFired() {
        for waiting in edge?.lookups.overdue(at: now) ?? [] { attachHere(waiting.request) }
        timeLookups()
    }

    /// There are no answers any more (RS-493).
    func giveUpLookups() {
        for waiting in edge?.lookups.giveUp() ?? [] { attachHere(waiting.request) }
    }

    /// The interior's answer. Whatever it is not sure of is decided here.
    func takeLookupAnswer(_ id: ConnectionID, _ message: Message) {
        guard let number = message.properties?.correlationID?.text.flatMap({ UInt64($0) }),
            let waiting = edge?.lookups.answered(number)
        else { return }
        let request = waiting.request
        guard message.applicationProperties?["status"]?.integer == 0,
            case .value(.list(let fields)) = message.body, fields.count == 2,
            fields[0].boolean == true, let entry = connections[request.connection]
        else { return attachHere(request) }
        guard fields[1].boolean == true else { return refuse(request, .noRoute) }
        // Clients may have links of one name: on the uplink each has another (RS-414).
        let name = "\(request.name)@\(table.nextNumber())"
        passOn(request, from: entry, to: id, waiting.address, by: nil, named: name)
        countLink(request)
    }

    // MARK: An interior router

    /// Answers whether the attach of an edge's client goes on by a link route. False for what is no
    /// lookup (IR-99).
    func answerLookup(_ delivery: InProcessDelivery) -> Bool {
        guard let message = try? Message(decoding: delivery.message.bytes),
            let replyTo = message.properties?.replyTo,
            let correlation = message.properties?.correlationID,
            message.applicationProperties?["version"]?.integer == 1,
            message.applicationProperties?["opcode"]?.integer == 1,
            case .value(.list(let fields)) = message.body, fields.count == 2,
            let text = fields[0].text, let sends = fields[1].boolean
        else { return false }
        var isServed: Bool?
        if case .mobile(let address) = ParsedAddress(text, router: identity) {
            isServed = linkRoutes.isServed(address, sends ? .incoming : .outgoing)
        }
        var reply = Message(
            properties: Message.Properties(to: replyTo, correlationID: correlation),
            applicationProperties: ValueMap([
                (.string("version"), Self.version), (.string("opcode"), Self.opcode),
                (.string("status"), .uint(isServed == nil ? 3 : 0)),
            ]),
            body: .value(.list([.bool(isServed != nil), .bool(isServed == true)])))
        RouterAnnotations.enter(&reply, at: identity, to: replyTo)
        send(Chunk(reply.encoded()), to: replyTo)
        return true
    }
}
