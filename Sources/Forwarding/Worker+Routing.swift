internal import AMQP
internal import Addressing
internal import Basis
internal import EventLoop

/// Finds the route of a message and shares it among the consumers.
extension Worker {
    @inline(__always)
    func route(_ message: consuming ArrivingMessage) {
        let link = message.link
        form = .none
        logReceived(message.bytes, on: link)
        if let rules = link.rules, let error = violation(message, of: rules) {
            return reject(message, error)
        }
        if link.kind == .targeted, let route = link.route {
            return distribute(message, over: route)
        }
        guard link.kind != .routed else { return passOn(message) }
        routeByOwnAddress(message)
    }

    private func routeByOwnAddress(_ message: consuming ArrivingMessage) {
        let link = message.link
        if link.kind == .trunk, message.head.traceCount > radius + 1 {
            return undeliverable(message, over: nil)
        }
        guard let text = message.head.to ?? message.head.propertiesTo else {
            return reject(message, Self.noAddress)
        }
        guard !text.isEmpty else { return undeliverable(message, over: nil) }
        let address = UnsafeRawBufferPointer(rebasing: message.bytes[text])
        let isOverride = message.head.to != nil
        let phase = isOverride ? message.head.phase : 0
        if let route = link.lastRoute, !route.isClosed, link.lastPhase == phase,
            link.lastIsOverride == isOverride,
            link.lastAddress.withUnsafeBytes({ $0.equals(address) })
        {
            return distribute(message, over: route)
        }
        guard let phaseOfKey = Phase(phase) else { return undeliverable(message, over: nil) }
        let key = routingKey(of: address, phase: phaseOfKey, isOverride: isOverride, on: link)
        if link.lastRoute != nil { link.sharedAt = now }
        link.lastRoute = nil
        if let route = key.withUnsafeBytes({ routesByKey.find($0) }) {
            link.lastPhase = phase
            link.lastIsOverride = isOverride
            link.lastAddress = Array(address)
            link.lastRoute = route
            return distribute(message, over: route)
        }
        ask(key, for: message)
    }

    private static let noAddress = AMQPError(
        name: "amqp:precondition-failed", text: "Routing failure: no address present")

    /// Holds the message, and its link, until control has said where it goes.
    private func ask(_ key: [UInt8], for message: borrowing ArrivingMessage) {
        let link = message.link
        link.unresolved = UnresolvedMessage(message, key: key)
        link.isPaused = true
        if waitingForRoute[key] == nil { post(.resolve(worker: handle.number, key: key)) }
        waitingForRoute[key, default: []].append(link.ticket)
    }

    /// Holds a message whose trunk has gone until control, which hears of that first, has said what
    /// leads there now. No more than once: a trunk can lack its data links.
    func awaitPath(_ message: borrowing ArrivingMessage, over route: Route) {
        let route = route.primary ?? route
        guard !isGoingOn, message.isWhole, !route.isClosed else {
            return undeliverable(message, over: nil)
        }
        if message.link.countsIngress { countNoIngress(message.link, route) }
        ask(route.key, for: message)
    }

    /// Goes on with a message that was held, now that its route is known, or known to be none.
    func goOn(_ held: UnresolvedMessage, on link: IncomingLink, route: Route?) {
        form = .none
        let message = ArrivingMessage(
            bytes: held.chunk.bytes, head: held.head, isWhole: held.isWhole, link: link,
            arrival: held.arrival)
        guard let route else { return undeliverable(message, over: nil) }
        isGoingOn = true
        distribute(message, over: route)
        isGoingOn = false
    }

    // MARK: Sharing

    @inline(__always)
    private func distribute(_ message: consuming ArrivingMessage, over route: Route) {
        if let priority = route.priority { message.head.priority = priority }
        if route.distribution == .multicast, message.link.kind != .trunk, !isEdge {
            message.head.stamp = route.remotes.isEmpty ? 0 : stamp()
        }
        share(message, over: route)
    }

    @inline(__always)
    private func share(_ message: borrowing ArrivingMessage, over route: Route) {
        if message.link.countsIngress { countIngress(message.link, route) }
        switch route.distribution {
        case .closest, .balanced:
            if route.hasOwnWay { return serve(message, route) }
            give(message, to: choose(from: route, for: message), over: route)
        case .multicast:
            guard !isDuplicate(message) else { return undeliverable(message, over: nil) }
            if route.exchange != nil { return exchange(message, over: route) }
            multicast(message, over: route)
        case .unavailable:
            if message.link.kind == .trunk { return undeliverable(message, over: route) }
            reject(message, Self.unavailable)
        }
    }

    @inline(__always)
    func give(_ message: borrowing ArrivingMessage, to choice: Choice, over route: Route) {
        switch choice {
        case .outlet(let link): send(message, to: link, over: route)
        case .foreign(let outlet):
            sendParcel(
                message, to: .outlet(outlet.place.ticket), worker: outlet.place.worker,
                isAnnotated: outlet.isAnnotated, load: outlet.load, route)
        case .trunk(let router): send(message, towards: router, over: route)
        case .none: sendElsewhere(message, insteadOf: route)
        }
    }

    private static let unavailable = AMQPError(
        name: "amqp:not-found", text: "Deliveries cannot be sent to an unavailable address")

    private func serve(_ message: borrowing ArrivingMessage, _ route: Route) {
        if route.exchange != nil {
            exchange(message, over: route)
        } else {
            deliverInProcess(message, route)
        }
    }

    /// The router reads a message of which all has come. `isMuch` says that it may be long.
    func awaitRest(of message: borrowing ArrivingMessage, isMuch: Bool) {
        message.link.gathered = Array(message.bytes)
        message.link.gatheredArrival = message.arrival
        message.link.gathersWhole = true
        message.link.gathersMuch = isMuch
        countNotIn(message.link)
    }

    private func deliverInProcess(_ message: borrowing ArrivingMessage, _ route: Route) {
        guard message.isWhole else { return awaitRest(of: message, isMuch: false) }
        do throws(Malformed) {
            _ = try Message(decoding: message.bytes)
        } catch {
            let error = AMQPError(
                name: "amqp:decode-error", text: "invalid message format: \(error)")
            return reject(message, error)
        }
        let group = openGroup(for: message, isMulticast: false)
        postInProcess(message, group, over: route)
        copyMade(group)
    }

    /// Hands a copy to control, which tells the group when the router is done with it. A trunk is
    /// not held up: control itself bounds what waits there.
    func postInProcess(_ message: borrowing ArrivingMessage, _ group: Ticket, over route: Route) {
        route.counters.toContainer.raise()
        groups[group].addCopy()
        if message.link.kind == .trunk {
            repay(group, to: message.link)
        } else {
            groups[group].bytesWithControl = message.bytes.count
            hold(message.bytes.count, for: message.link)
        }
        post(
            .inProcess(
                InProcessDelivery(
                    route: route.id, message: Chunk(message.bytes),
                    connection: message.link.connection.id,
                    origin: WorkerTicket(worker: handle.number, ticket: group))))
    }

    private func reject(_ message: borrowing ArrivingMessage, _ error: AMQPError) {
        finish(message, .rejected(error))
        repayIfWhole(message)
    }

    /// Nobody takes it: released, or dropped and counted (RS-38, RS-39, RS-204).
    func undeliverable(_ message: borrowing ArrivingMessage, over route: Route?) {
        if let route, redirect(message, over: route) { return }
        if message.link.kind == .targeted {
            // The address had nobody, and so counts nothing (MG-151).
            if let route, !route.hasConsumers, message.link.countsIngress {
                countNoIngress(message.link, route)
            }
            let isServed = message.link.route?.isServed ?? false
            // An edge hears in other ways that nobody but itself has consumers.
            if !(message.link.isOfEdge && isServed) { drain(message.link) }
            // Consumers that cannot be reached while a trunk is being replaced need not come anew.
            if isServed { awaitingMesh.append(message.link.ticket) }
        }
        release(message)
    }

    func release(_ message: borrowing ArrivingMessage) {
        if message.isSettled {
            message.link.counters.droppedPresettled.raise()
            handle.counters.droppedPresettled.raise()
        }
        finish(message, Outcome(.released))
        repayIfWhole(message)
    }

    private func finish(_ message: borrowing ArrivingMessage, _ outcome: Outcome) {
        guard message.isWhole else {
            countNotIn(message.link)
            return abandon(message.arrival, on: message.link, outcome)
        }
        answer(message.arrival, on: message.link, outcome)
    }

    private func repayIfWhole(_ message: borrowing ArrivingMessage) {
        if message.isWhole { repay(message.link) }
    }
}
