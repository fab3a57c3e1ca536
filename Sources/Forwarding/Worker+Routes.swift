internal import AMQP
internal import Addressing
internal import Basis
internal import EventLoop
internal import Sessions

/// Keeps this worker's replicas of addresses and of the mesh as control says they are.
extension Worker {
    func openRoute(_ description: RouteDescription) {
        guard routes[description.route] == nil else { return }
        let route = Route(description)
        route.setFallback(description.fallback.flatMap { routes[$0] })
        routes[description.route] = route
        routesByKey.set(description.key, to: route)
        if isEdge, description.key.elementsEqual(ParsedAddress.keyOfElsewhere.utf8) {
            elsewhere = route
        }
    }

    func closeRoute(_ id: RouteID) {
        guard let route = routes.removeValue(forKey: id) else { return }
        let isNamed = route.key.withUnsafeBytes { routesByKey.find($0) } === route
        if isNamed { routesByKey.remove(route.key) }
        route.close()
        exchanges.remove(id)
    }

    func addOutlet(_ id: RouteID, _ description: OutletDescription) {
        guard let route = routes[id] else { return }
        let hadConsumers = route.hasConsumers
        if description.place.worker == handle.number {
            guard outgoingLinks.contains(description.place.ticket) else { return }
            let link = outgoingLinks[description.place.ticket]
            link.route = route
            route.addLast(.local(link))
        } else {
            route.addLast(.foreign(description))
        }
        if !hadConsumers { consumersCame(to: route) }
    }

    func removeOutlet(_ id: RouteID, _ place: WorkerTicket) {
        routes[id]?.removeOutlet(place, worker: handle.number)
    }

    func changeRemotes(_ id: RouteID, _ remotes: [RouterIndex]) {
        guard let route = routes[id] else { return }
        let hadConsumers = route.hasConsumers
        route.remotes = remotes
        if !hadConsumers, route.hasConsumers { consumersCame(to: route) }
    }

    /// The first consumer: senders that are short of credit get it (RS-36, RS-38).
    func consumersCame(to route: Route) {
        grantInlets(of: route)
        if !exchanges.isEmpty { consumersCame(toNextHop: route.id) }
        if let primary = route.primary, !primary.hasConsumers { consumersCame(to: primary) }
    }

    func grantInlets(of route: Route) {
        for ticket in route.inlets where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            grantAll(link)
            enqueue(link.connection)
        }
    }

    // MARK: The mesh

    func changeRouter(_ index: RouterIndex, _ description: RouterDescription?) {
        meshChange += 1
        if let old = routers[index] { routersByName[old.name] = nil }
        routers[index] = description
        if let description {
            routersByName[description.name] = index
            let trunk = description.trunk
            if trunk.worker == handle.number, connections.contains(trunk.ticket) {
                connections[trunk.ticket].trunk?.number = description.trunkNumber
            }
        }
        meshChanged()
    }

    /// Senders that were drained because their consumers could not be reached get credit again.
    func meshChanged() {
        guard !awaitingMesh.isEmpty else { return }
        for ticket in awaitingMesh where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            guard link.isDraining, link.route?.isServed ?? false else { continue }
            grantAll(link)
            enqueue(link.connection)
        }
        awaitingMesh.removeAll(keepingCapacity: true)
    }

    // MARK: Addresses that messages name

    /// Control's answer: goes on with the messages that wait for it.
    func resolved(_ key: [UInt8], _ id: RouteID?) {
        let route = id.flatMap { routes[$0] }
        guard let waiting = waitingForRoute.removeValue(forKey: key) else { return }
        for ticket in waiting where incomingLinks.contains(ticket) {
            let link = incomingLinks[ticket]
            guard let message = link.unresolved, message.key == key else { continue }
            link.unresolved = nil
            link.isPaused = false
            goOn(message, on: link, route: route)
            takeHeld(on: link)
            enqueue(link.connection)
        }
    }
}
