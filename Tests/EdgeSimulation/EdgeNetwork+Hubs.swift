internal import Basis
internal import Edge
internal import Forwarding
internal import RouterSimulation
internal import Routing
internal import Topology

/// What interior routers do.
extension EdgeNetwork {
    /// The most words that an edge has not taken, as control has it.
    private static let mostWords = 32

    func take(_ request: Request, on connection: Int) {
        let uplink = uplinks[connection]
        guard uplink.isOpenAtHub, uplink.isCarrying else { return }
        var effects: [AddressTable.Effect] = []
        let name = UplinkID(UInt64(connection))
        switch request {
        case .attach(let id, let purpose):
            let link = hubs[uplink.hub].attach(
                purpose, of: sites[uplink.site].name, on: connection, into: &effects)
            uplinks[connection].places[id] = link
            send(link == nil ? .refused(id) : .attached(id), on: connection)
            if purpose == .tracking { hubs[uplink.hub].tracking.listens(name) }
            if purpose == .heartbeat {
                let isFirst = !hubs[uplink.hub].heartbeats.isWatching
                hubs[uplink.hub].heartbeats.began(name, at: now)
                if isFirst { watchLater(uplink.hub) }
            }
        case .detach(let id):
            guard let link = uplinks[connection].places.removeValue(forKey: id) else { return }
            hubs[uplink.hub].detach(link, into: &effects)
        case .beat: hubs[uplink.hub].heartbeats.beat(name, at: now)
        }
        perform(effects, by: uplink.hub)
    }

    /// The mesh says what other interior routers have.
    func heard(_ effect: Mesh.Effect, by hub: Int) {
        now = max(now, mesh.now)
        var effects: [AddressTable.Effect] = []
        switch effect {
        case .addressMapped(let address, let router):
            hubs[hub].setRemote(
                address.key.text, at: mesh.number(of: router), isMapped: true, into: &effects)
        case .addressUnmapped(let key, let router):
            hubs[hub].setRemote(
                key.text, at: mesh.number(of: router), isMapped: false, into: &effects)
        default: return
        }
        perform(effects, by: hub)
    }

    func perform(_ effects: [AddressTable.Effect], by hub: Int) {
        for effect in effects {
            switch effect {
            case .announce(let key, _):
                traffic.announcements += 1
                mesh.addAddress(key, at: hub)
            case .withdraw(let key):
                traffic.announcements += 1
                mesh.removeAddress(key, at: hub)
            case .tracked(let edge, let key, let isReachable):
                hubs[hub].tracking.changed(UplinkID(edge.number), key, isReachable)
            case .tell, .producersCame, .producersWent: break
            }
        }
        for edge in hubs[hub].tracking.waiting { tellEdge(edge) }
    }

    func tellEdge(_ edge: UplinkID) {
        let connection = Int(edge.number)
        let hub = uplinks[connection].hub
        let words = hubs[hub].tracking.next(
            for: edge, most: Self.mostWords - uplinks[connection].unread)
        for word in words {
            traffic.words += 1
            uplinks[connection].unread += 1
            send(.word(word), on: connection)
        }
    }

    // MARK: Signs of life

    private func watchLater(_ hub: Int) {
        agenda.post(.watch(hub: hub, boot: hubs[hub].boot), due: now + Heartbeats.interval)
    }

    func watch(_ hub: Int) {
        for silent in hubs[hub].heartbeats.takeSilent(at: now) {
            closeAtHub(Int(silent.number))
        }
        if hubs[hub].heartbeats.isWatching { watchLater(hub) }
    }
}
