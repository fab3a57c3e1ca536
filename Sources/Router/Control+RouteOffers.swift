internal import AMQP
internal import Addressing
internal import Edge
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Routing

/// An edge's link routes, offered to its interior router (RS-492, IR 8.7).
extension Control {
    private static let routeType = "org.apache.qpid.dispatch.router.connection.linkRoute"

    func offer(_ event: RouteOffers.Event) {
        guard edge != nil else { return }
        var effects: [RouteOffers.Effect] = []
        edge?.offers.handle(event, at: now, into: &effects)
        for effect in effects { carryOut(effect) }
    }

    func routeOfferTimerFired() { offer(.timerFired) }

    private func carryOut(_ effect: RouteOffers.Effect) {
        switch effect {
        case .create(let number, let key):
            let (pattern, isIncoming) = LinkRoutes.pattern(ofKey: key)
            request(
                number, "CREATE", name: name(ofOffer: key),
                [
                    ("type", .string(Self.routeType)), ("pattern", .string(pattern)),
                    ("direction", .string(isIncoming ? "in" : "out")),
                    ("name", .string(name(ofOffer: key))),
                ])
        case .delete(let number, let key, let identity):
            request(number, "DELETE", name: name(ofOffer: key), identity: identity, [])
        case .refused(let key, let status, let text):
            log.write(
                .routerCore, .warning,
                "The interior router does not take the link route \(key.dropFirst()) of this edge: "
                    + "\(status) \(text). Links from elsewhere do not reach its containers; see "
                    + "allowDynamicLinkRoutes of the interior's policy for this router")
        case .wake(let instant): timers.add(Self.routeOfferToken, due: instant)
        }
    }

    private func name(ofOffer key: String) -> String { "\(identity.id)/proxyLinkRoute/\(key)" }

    private func request(
        _ number: Int64, _ operation: String, name: String, identity made: String? = nil,
        _ attributes: [(String, Value)]
    ) {
        guard let edge, let replyTo = edge.answersAt[.management] else { return }
        var fields: [(Value, Value)] = [
            (.string("operation"), .string(operation)),
            (.string("type"), .string(Self.routeType)), (.string("name"), .string(name)),
        ]
        if let made { fields.append((.string("identity"), .string(made))) }
        ask(
            .management,
            Message(
                properties: Message.Properties(
                    replyTo: replyTo, correlationID: .string(String(number))),
                applicationProperties: ValueMap(fields),
                body: .value(.map(ValueMap(attributes.map { (.string($0), $1) })))))
    }

    /// Asks the interior.
    func ask(_ inquiry: EdgeInquiry, _ question: Message) {
        guard let link = edge?.places[.questions(inquiry)] else { return }
        var question = question
        RouterAnnotations.enter(&question, at: identity, to: nil)
        workers[link.worker].mailbox.post(.send(link.ticket, Chunk(question.encoded())))
    }

    /// Only by a link route does the interior attach a link for an address: what it was for is gone.
    func isOfLostRoute(_ request: LinkRequest, _ entry: ConnectionEntry) -> Bool {
        edge != nil && entry.plan.role == .edge
            && request.routedAddress(tenant: nil, router: identity) != nil
    }

    func takeManagementAnswer(_ message: Message) {
        guard let number = message.properties?.correlationID?.text.flatMap({ Int64($0) }) else {
            return
        }
        var identity: String?
        if case .value(.map(let body)) = message.body { identity = body["identity"]?.text }
        offer(
            .answered(
                number, status: message.applicationProperties?["statusCode"]?.integer ?? 0,
                identity: identity,
                text: message.applicationProperties?["statusDescription"]?.text ?? ""))
    }
}
