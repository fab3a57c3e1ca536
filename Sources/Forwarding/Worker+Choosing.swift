internal import AMQP
internal import Basis
internal import EventLoop

/// Who gets a delivery of an anycast address (RS-150 to RS-156).
extension Worker {
    enum Choice {
        case outlet(OutgoingLink)
        case foreign(OutletDescription)
        case trunk(RouterDescription)
        case none
    }

    @inline(__always)
    func choose(from route: Route, for message: borrowing ArrivingMessage) -> Choice {
        if message.link.isOfEdge {
            return chooseAside(from: route, of: message.link.connection)
        }
        if route.outlets.count == 1, route.distribution == .closest || route.remotes.isEmpty {
            return choice(route.outlets[0])
        }
        guard route.distribution != .closest else { return chooseClosest(from: route) }
        let choice = chooseBalanced(
            from: route, origin: route.remotes.isEmpty ? nil : origin(of: message))
        guard case .none = choice, message.link.kind == .trunk else { return choice }
        return chooseDetour(from: route, for: message)
    }

    /// Who gets a message that entered the mesh at `origin`; nil for this router.
    func choose(from route: Route, origin: RouterIndex?) -> Choice {
        route.distribution == .closest
            ? chooseClosest(from: route) : chooseBalanced(from: route, origin: origin)
    }

    @inline(__always)
    func choice(_ outlet: Route.Outlet) -> Choice {
        switch outlet {
        case .local(let link): .outlet(link)
        case .foreign(let description): .foreign(description)
        }
    }

    /// Who gets a message of a connection between edge and interior: nobody on that connection, and at
    /// the edge nobody elsewhere (IR-87).
    private func chooseAside(from route: Route, of connection: PeerConnection) -> Choice {
        route.distribution == .closest
            ? chooseClosest(from: route, but: connection)
            : chooseBalanced(from: route, origin: nil, but: connection)
    }

    /// The routers with consumers that a message may go to.
    private func remotes(of route: Route, but connection: PeerConnection?) -> [RouterIndex] {
        isEdge && connection != nil ? [] : route.remotes
    }

    private func chooseClosest(from route: Route, but avoided: PeerConnection? = nil) -> Choice {
        for _ in route.outlets {
            let outlet = route.outlets[route.turn]
            route.turn = (route.turn + 1) % route.outlets.count
            if !outlet.isOn(avoided) { return choice(outlet) }
        }
        var nearest: [RouterDescription] = []
        for index in remotes(of: route, but: avoided) {
            guard let router = routers[index] else { continue }
            if let cost = nearest.first?.cost, router.cost > cost { continue }
            if let cost = nearest.first?.cost, router.cost < cost { nearest.removeAll() }
            nearest.append(router)
        }
        guard !nearest.isEmpty else { return .none }
        route.remoteTurn = (route.remoteTurn + 1) % nearest.count
        return .trunk(nearest[route.remoteTurn])
    }

    private func chooseBalanced(
        from route: Route, origin: RouterIndex?, but avoided: PeerConnection? = nil
    ) -> Choice {
        var best = Choice.none
        var bestValue = Int.max
        var isBestEligible = false
        func consider(_ candidate: @autoclosure () -> Choice, value: Int, isEligible: Bool) {
            let isBetter =
                isEligible == isBestEligible ? value < bestValue : isEligible
            guard isBetter else { return }
            best = candidate()
            bestValue = value
            isBestEligible = isEligible
        }
        let count = route.outlets.count
        for step in 0..<count {
            var index = route.turn + step
            if index >= count { index -= count }
            let outlet = route.outlets[index]
            if outlet.isOn(avoided) { continue }
            let value = outlet.value
            if value == 0 {
                route.turn = (route.turn + 1) % count
                return choice(outlet)
            }
            consider(choice(outlet), value: value, isEligible: value < outlet.capacity)
        }
        for index in remotes(of: route, but: avoided) {
            guard let router = routers[index] else { continue }
            if let origin, origins?.isValid(origin, of: index) != true { continue }
            let load = route.load(of: router.trunk)?.count ?? 0
            consider(.trunk(router), value: load + router.cost, isEligible: load < router.capacity)
        }
        return best
    }

    /// The nearest router whose trunk leads to none that the message has passed.
    ///
    /// When a path is lost, or comes back, a message can be faster than the link states that tell
    /// why it comes this way. It is not released for that.
    func chooseDetour(
        from route: Route, for message: borrowing ArrivingMessage
    ) -> Choice {
        let passed = routersPassed(by: message)
        var nearest: RouterDescription?
        for index in route.remotes {
            guard let router = routers[index], !leadsBack(router, to: passed) else { continue }
            if nearest.map({ router.cost < $0.cost }) ?? true { nearest = router }
        }
        return nearest.map { .trunk($0) } ?? .none
    }

    /// Those in the trace of a trunk's message.
    func routersPassed(by message: borrowing ArrivingMessage) -> Set<RouterIndex> {
        guard message.link.kind == .trunk else { return [] }
        let names = message.head.traceEntries(in: message.bytes)
        return Set(names.compactMap { routersByName[$0] })
    }

    func leadsBack(_ router: RouterDescription, to passed: Set<RouterIndex>) -> Bool {
        passed.contains {
            routers[$0].map { $0.isNeighbour && $0.trunk == router.trunk } ?? false
        }
    }

    /// The router where a message of a trunk entered the mesh; nil for this one, or for one that
    /// is not known (IR 4.2).
    func origin(of message: borrowing ArrivingMessage) -> RouterIndex? {
        let link = message.link
        guard link.kind == .trunk, let text = message.head.ingress else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: message.bytes[text])
        if link.lastMeshChange != meshChange
            || !link.lastIngress.withUnsafeBytes({ $0.equals(name) })
        {
            link.lastMeshChange = meshChange
            link.lastIngress = Array(name)
            link.lastOrigin = routersByName[String(decoding: name, as: UTF8.self)]
        }
        return link.lastOrigin
    }
}
