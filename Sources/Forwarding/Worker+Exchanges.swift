internal import AMQP
internal import Addressing
internal import Basis
internal import EventLoop
internal import Logging
internal import Sessions

/// Messages for exchanges: copies for the next hops of all bindings that the subject matches
/// (RS-282 to RS-285, RS-482 to RS-487).
///
/// All copies are pre-settled. A sender that waits for an outcome hears that its message is accepted
/// when every copy has left the router, so that it is held up as one of pre-settled messages is.
extension Worker {
    /// One message's way through an exchange, and through those among its next hops.
    private struct Journey {
        let arrival: Arrival
        var group: Ticket?
        var passed: Set<RouteID> = []
    }

    func changeExchange(_ id: RouteID, _ exchange: ExchangeDescription?) {
        guard let route = routes[id] else { return }
        route.exchange = exchange
        if exchange == nil {
            exchanges.remove(id)
        } else {
            exchanges.insert(id)
            consumersCame(to: route)
        }
    }

    /// Somebody takes what exchanges send to the address: their senders may have been asked for
    /// their credit back.
    func consumersCame(toNextHop id: RouteID) {
        for exchange in exchanges {
            guard let route = routes[exchange], let description = route.exchange,
                description.destinations.contains(where: { $0.route == id })
            else { continue }
            grantInlets(of: route)
        }
    }

    func exchange(_ message: borrowing ArrivingMessage, over route: Route) {
        guard message.isWhole else { return awaitRest(of: message, isMuch: true) }
        var journey = Journey(
            arrival: Arrival(
                delivery: message.arrival.delivery, isSettled: true,
                isHeld: !message.arrival.isSenderSettled, format: message.arrival.format))
        guard pass(message, through: route, &journey) else {
            guard let exchange = route.exchange, exchange.destinations.isEmpty else {
                return release(message)
            }
            return undeliverable(message, over: route)
        }
        if let group = journey.group { return copyMade(group) }
        guard !message.isSettled else { return finishAtOnce(message) }
        answer(message.arrival, on: message.link, Outcome(.accepted))
        repay(message.link)
    }

    /// False if nobody got it.
    private func pass(
        _ message: borrowing ArrivingMessage, through route: Route, _ journey: inout Journey
    ) -> Bool {
        guard let exchange = route.exchange, journey.passed.insert(route.id).inserted else {
            return false
        }
        exchange.counters.received.add(1)
        guard message.head.exchanges < Self.mostExchanges else {
            exchange.counters.dropped.add(1)
            nameCircle(at: route)
            return false
        }
        var isGiven = passToOwn(message, exchange.own, over: route, &journey)
        let subject = MessageHead.subject(of: message.bytes).map { Array(message.bytes[$0]) }
        for hop in exchange.matches(subject) where pass(message, to: hop, &journey) {
            isGiven = true
        }
        if !isGiven, let alternate = exchange.alternate, pass(message, to: alternate, &journey) {
            isGiven = true
            exchange.counters.diverted.add(1)
        }
        if isGiven { exchange.counters.forwarded.add(1) } else { exchange.counters.dropped.add(1) }
        return isGiven
    }

    /// Exchanges of so many routers may follow each other. What comes by more goes round, as each
    /// begins a new journey that may lead to where the message came from (RS-483).
    private static let mostExchanges = 8

    private func nameCircle(at route: Route) {
        guard !route.isCircleNamed else { return }
        route.isCircleNamed = true
        let address = String(decoding: route.exchange?.own.to ?? [], as: UTF8.self)
        log.write(
            .router, .warning,
            "The exchange of '\(address)' drops what has passed \(Self.mostExchanges) exchanges: "
                + "their bindings lead in a circle")
    }

    /// Consumers of the exchange's own address get the message as without an exchange. What has come
    /// from another router goes to no further one that way: it could come back.
    private func passToOwn(
        _ message: borrowing ArrivingMessage, _ own: ExchangeDescription.Hop, over route: Route,
        _ journey: inout Journey
    ) -> Bool {
        if message.link.kind == .trunk, route.outlets.isEmpty { return false }
        return give(message, to: own, over: route, startsAnew: false, &journey)
    }

    private func pass(
        _ message: borrowing ArrivingMessage, to hop: ExchangeDescription.Hop,
        _ journey: inout Journey
    ) -> Bool {
        guard let route = routes[hop.route] else { return false }
        if route.exchange != nil { return pass(message, through: route, &journey) }
        if give(message, to: hop, over: route, startsAnew: true, &journey) { return true }
        guard let fallback = route.fallback else { return false }
        let redirected = ExchangeDescription.Hop(
            route: fallback.id, to: hop.to, phase: Int(Phase.fallback.number))
        return give(message, to: redirected, over: fallback, startsAnew: true, &journey)
    }

    /// Makes the copies for one address. Those of next hops begin their way here: they may go back to
    /// where the message came from (RS-483).
    private func give(
        _ message: borrowing ArrivingMessage, to hop: ExchangeDescription.Hop, over route: Route,
        startsAnew: Bool, _ journey: inout Journey
    ) -> Bool {
        guard route.outlets.count + route.remotes.count > 0 || route.isInProcess else {
            return false
        }
        var head = message.head
        head.to = nil
        if startsAnew {
            (head.ingress, head.trace, head.traceCount) = (nil, nil, 0)
            head.exchanges += 1
        }
        head.stamp = route.distribution == .multicast && !route.remotes.isEmpty ? stamp() : 0
        if let priority = route.priority { head.priority = priority }
        let copy = ArrivingMessage(
            bytes: message.bytes, head: head, isWhole: true, link: message.link,
            arrival: journey.arrival)
        form = .none
        redirection = Redirection(to: hop.to, phase: hop.phase, startsAnew: startsAnew)
        defer {
            form = .none
            redirection = nil
        }
        var fan = Fan(route: route, group: journey.group)
        switch route.distribution {
        case .closest, .balanced:
            let choice =
                startsAnew ? choose(from: route, origin: nil) : choose(from: route, for: copy)
            if !route.isInProcess { add(choice, of: copy, to: &fan) }
        case .multicast:
            let trunks = startsAnew ? trunks(to: route) : trunks(for: copy, route)
            addAll(of: copy, to: &fan, trunks: trunks)
        case .unavailable: break
        }
        post(copy, &fan)
        journey.group = fan.group
        return fan.copies > 0
    }

    /// Every trunk that leads to consumers of the address.
    private func trunks(to route: Route) -> [RouterDescription] {
        var chosen: [RouterDescription] = []
        for router in route.remotes.lazy.compactMap({ self.routers[$0] })
        where !chosen.contains(where: { $0.trunk == router.trunk }) {
            chosen.append(router)
        }
        return chosen
    }

    /// The copy for the one consumer that was chosen.
    private func add(_ choice: Choice, of copy: borrowing ArrivingMessage, to fan: inout Fan) {
        switch choice {
        case .outlet(let link):
            countEgress(link, fan.route)
            fanOut(copy, &fan, to: link)
        case .foreign(let outlet):
            outlet.load.approaching.add(1)
            post(
                copy, &fan, to: .outlet(outlet.place.ticket), worker: outlet.place.worker,
                isAnnotated: outlet.isAnnotated)
        case .trunk(let router):
            guard router.trunk.worker == handle.number else {
                return post(
                    copy, &fan, to: .trunk(router.trunk.ticket), worker: router.trunk.worker,
                    isAnnotated: true)
            }
            guard let link = trunkLink(router.trunk.ticket, for: copy, over: fan.route) else {
                return
            }
            countEgress(link, fan.route)
            fanOut(copy, &fan, to: link)
        case .none: break
        }
    }
}

/// What the copies of a message bear that goes elsewhere than where it came for.
struct Redirection {
    /// The text of `x-opt-qd.to`.
    let to: [UInt8]
    let phase: Int
    /// Its copies have not passed any router before.
    let startsAnew: Bool
}
