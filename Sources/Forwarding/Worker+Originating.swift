internal import AMQP
internal import EventLoop

/// Messages that the router itself makes: presettled, complete, with router annotations.
extension Worker {
    func originate(_ id: RouteID, _ chunk: Chunk) {
        guard let route = routes[id] else { return }
        route.counters.fromContainer.raise()
        switch route.distribution {
        case .closest, .balanced: give(chunk, to: choose(from: route, origin: nil), route)
        case .multicast:
            for outlet in route.outlets { give(chunk, to: choice(outlet), route) }
            var passed: Set<WorkerTicket> = []
            for index in route.remotes {
                guard let router = routers[index], passed.insert(router.trunk).inserted else {
                    continue
                }
                give(chunk, to: .trunk(router), route)
            }
        case .unavailable: break
        }
    }

    func originate(_ chunk: Chunk, on ticket: Ticket) {
        guard outgoingLinks.contains(ticket) else { return }
        outgoingLinks[ticket].load.approaching.add(1)
        take(
            Parcel(
                destination: .outlet(ticket), chunk: chunk, isAnnotated: true, isSettled: true,
                priority: 4, origin: nil))
    }

    private func give(_ chunk: Chunk, to choice: Choice, _ route: Route) {
        let place: WorkerTicket
        let destination: Parcel.Destination
        switch choice {
        case .outlet(let link):
            link.load.approaching.add(1)
            place = WorkerTicket(worker: handle.number, ticket: link.ticket)
            destination = .outlet(link.ticket)
        case .foreign(let outlet):
            outlet.load.approaching.add(1)
            place = outlet.place
            destination = .outlet(outlet.place.ticket)
        case .trunk(let router):
            place = router.trunk
            destination = .trunk(router.trunk.ticket)
        case .none: return
        }
        let parcel = Parcel(
            destination: destination, chunk: chunk, isAnnotated: true, isSettled: true,
            priority: 4, origin: nil, route: route.id)
        if place.worker == handle.number {
            take(parcel)
        } else {
            post(.parcel(parcel), to: place.worker)
        }
    }
}
