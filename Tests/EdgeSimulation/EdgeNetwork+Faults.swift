internal import Basis
internal import Edge
internal import RouterSimulation
internal import Routing
internal import Seeded
internal import Topology

/// What can happen to edges, their lines, and their interior routers.
extension EdgeNetwork {
    package func startAll() {
        mesh.startAll()
        for site in sites.indices { start(site, within: 1_000) }
    }

    private func drawn(within latest: Int) -> Milliseconds {
        Milliseconds(UInt64(chance.below(latest + 1)))
    }

    // MARK: Edges

    package func start(_ site: Int, within latest: Int = 0) {
        guard sites[site].router == nil else { return }
        sites[site].boot += 1
        sites[site].router = EdgeRouter()
        for key in sites[site].consumers.sorted() { tell(site, .consumersCame(key)) }
        for key in sites[site].producers.sorted() { tell(site, .producersCame(key)) }
        for connector in sites[site].hubs.indices {
            dialLater(site, connector, after: drawn(within: latest))
        }
    }

    /// Its sockets close, or, if `isSilent`, it loses power.
    package func stop(_ site: Int, isSilent: Bool) {
        guard sites[site].router != nil else { return }
        sites[site].router = nil
        sites[site].boot += 1
        sites[site].reachable = []
        sites[site].wake = nil
        for case let connection? in sites[site].connections {
            uplinks[connection].isOpenAtSite = false
            uplinks[connection].isCarrying = false
            closeLater(connection, isSite: false, isSilent: isSilent)
        }
        sites[site].connections = sites[site].hubs.map { _ in nil }
    }

    /// Nothing passes its line any more; both ends are told, or each finds out late.
    package func cut(_ site: Int, isSilent: Bool) {
        sites[site].isCut = true
        reset(site, isSilent: isSilent)
    }

    package func mend(_ site: Int) { sites[site].isCut = false }

    /// Its connections break.
    package func reset(_ site: Int, isSilent: Bool) {
        for case let connection? in sites[site].connections {
            uplinks[connection].isCarrying = false
            closeLater(connection, isSite: true, isSilent: isSilent)
            closeLater(connection, isSite: false, isSilent: isSilent)
        }
    }

    package func setConsumer(_ key: String, at site: Int, _ isThere: Bool) {
        if isThere {
            if sites[site].consumers.insert(key).inserted { tell(site, .consumersCame(key)) }
        } else if sites[site].consumers.remove(key) != nil {
            tell(site, .consumersWent(key))
        }
    }

    package func setProducer(_ key: String, at site: Int, _ isThere: Bool) {
        if isThere {
            if sites[site].producers.insert(key).inserted { tell(site, .producersCame(key)) }
        } else if sites[site].producers.remove(key) != nil {
            tell(site, .producersWent(key))
        }
    }

    package var edgeCount: Int { sites.count }
    package var hubCount: Int { hubs.count }

    // MARK: Interior routers

    package func startHub(_ hub: Int) { mesh.start(hub) }

    package func stopHub(_ hub: Int, isSilent: Bool) {
        guard mesh.stations[hub].speaker != nil else { return }
        mesh.stop(hub, isSilent: isSilent)
        mesh.forgetAddresses(at: hub)
        let open = hubs[hub].open
        let boot = hubs[hub].boot
        hubs[hub] = Hub(name: mesh.stations[hub].id.text)
        hubs[hub].boot = boot + 1
        for connection in open.sorted() {
            uplinks[connection].isOpenAtHub = false
            uplinks[connection].isCarrying = false
            uplinks[connection].places = [:]
            closeLater(connection, isSite: true, isSilent: isSilent)
        }
    }

    // MARK: Connections

    private func dialLater(_ site: Int, _ connector: Int, after pause: Milliseconds) {
        agenda.post(
            .dial(site: site, connector: connector, boot: sites[site].boot), due: now + pause)
    }

    func dial(_ site: Int, _ connector: Int) {
        guard sites[site].router != nil, sites[site].connections[connector] == nil else { return }
        traffic.dials += 1
        let hub = sites[site].hubs[connector]
        guard !sites[site].isCut, mesh.stations[hub].speaker != nil else {
            let pause = sites[site].dialling[connector].failed()
            return dialLater(site, connector, after: pause)
        }
        let number = uplinks.count
        uplinks.append(Uplink(site: site, connector: connector, hub: hub))
        sites[site].connections[connector] = number
        sites[site].dialling[connector].opened(at: now)
        let isAdmitted = hubs[hub].admit(number)
        tell(site, .opened(UplinkID(UInt64(number)), cost: connector + 1))
        if !isAdmitted { closeAtHub(number) }
    }

    /// A connection that breaks is noticed at once, or by the time that either end waits.
    private func closeLater(_ connection: Int, isSite: Bool, isSilent: Bool) {
        let pause = Milliseconds(
            isSilent ? 16_000 + drawn(within: 8_000).count : drawn(within: 20).count)
        agenda.post(.closing(connection: connection, isSite: isSite), due: now + pause)
    }

    func closeAtSite(_ connection: Int) {
        guard uplinks[connection].isOpenAtSite else { return }
        let (site, connector) = (uplinks[connection].site, uplinks[connection].connector)
        uplinks[connection].isOpenAtSite = false
        let wasCarrying = uplinks[connection].isCarrying
        uplinks[connection].isCarrying = false
        if wasCarrying { closeLater(connection, isSite: false, isSilent: false) }
        sites[site].connections[connector] = nil
        tell(site, .closed(UplinkID(UInt64(connection))))
        let pause = sites[site].dialling[connector].lost(at: now)
        dialLater(site, connector, after: pause)
    }

    func closeAtHub(_ connection: Int) {
        guard uplinks[connection].isOpenAtHub else { return }
        let hub = uplinks[connection].hub
        uplinks[connection].isOpenAtHub = false
        if uplinks[connection].isCarrying { closeLater(connection, isSite: true, isSilent: false) }
        uplinks[connection].isCarrying = false
        var effects: [AddressTable.Effect] = []
        let places = uplinks[connection].places.sorted { $0.key < $1.key }
        uplinks[connection].places = [:]
        for (_, link) in places { hubs[hub].detach(link, into: &effects) }
        hubs[hub].left(connection)
        perform(effects, by: hub)
        // As control does it: what was said of the connection's last links is forgotten with it.
        hubs[hub].tracking.left(UplinkID(UInt64(connection)))
    }
}
