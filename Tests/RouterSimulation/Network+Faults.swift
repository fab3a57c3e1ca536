package import Basis
internal import Seeded
internal import Topology

/// What can happen to a network.
extension Network {
    /// Starts every router at its own moment within a second, and dials every link.
    package func startAll() {
        for router in stations.indices {
            run(for: drawn(within: max(1, 1_000 / stations.count)))
            start(router)
        }
        for link in links.indices { dial(link, within: 1_000) }
    }

    // MARK: Routers

    package func start(_ router: Int) {
        guard stations[router].speaker == nil else { return }
        stations[router].boot += 1
        stations[router].life = instance(of: stations[router])
        stations[router].speaker = speaker(for: stations[router])
        tell(router, .started)
        for address in stations[router].local.values.sorted(by: { $0.key < $1.key }) {
            tell(router, .localAddressAdded(address))
        }
        for link in links.indices where links[link].ends.contains(router) {
            dial(link, within: 500)
        }
    }

    /// Its sockets close, or, if `isSilent`, its machine loses power: the others have to notice.
    package func stop(_ router: Int, isSilent: Bool) {
        guard stations[router].speaker != nil else { return }
        stations[router].forgetAll()
        for number in connections.indices {
            let ends = links[connections[number].link].ends
            guard let end = ends.firstIndex(of: router), connections[number].isOpen(at: end) else {
                continue
            }
            connections[number].close(at: end)
            if end == 0, links[connections[number].link].connection == number {
                links[connections[number].link].connection = nil
            }
            connections[number].isCarrying = false
            let latest = isSilent ? 16_000 : 20
            queue.post(
                .closing(connection: number, end: 1 - end), due: now + drawn(within: latest))
        }
    }

    /// A router that is started from now on sees its clock so much later, or earlier.
    package func turnClock(of router: Int, by milliseconds: Int) {
        stations[router].clockOffset += milliseconds
    }

    /// Nothing that comes is handled for so long.
    package func rest(_ router: Int, for span: Milliseconds) {
        stations[router].restsUntil = max(stations[router].restsUntil, now + span)
    }

    package func addAddress(_ key: String, at router: Int) {
        let address = MobileAddress(key: AddressKey(key), hint: 3)
        guard stations[router].local.updateValue(address, forKey: key) == nil else { return }
        tell(router, .localAddressAdded(address))
    }

    package func removeAddress(_ key: String, at router: Int) {
        guard stations[router].local.removeValue(forKey: key) != nil else { return }
        tell(router, .localAddressRemoved(key: AddressKey(key)))
    }

    /// Of a router that is down: whoever had them announces them anew.
    package func forgetAddresses(at router: Int) { stations[router].local = [:] }

    // MARK: Links

    /// Nothing passes any more. Both ends are told at once, or, if `isSilent`, each finds out late.
    package func cut(_ link: Int, isSilent: Bool) {
        links[link].isWhole = false
        reset(link, isSilent: isSilent)
    }

    package func mend(_ link: Int) {
        links[link].isWhole = true
        dial(link, within: 200)
    }

    /// The connection breaks; the link is well.
    package func reset(_ link: Int, isSilent: Bool) {
        guard let number = links[link].connection else { return }
        connections[number].isCarrying = false
        for end in 0..<2 {
            let latest = isSilent ? 16_000 : 20
            queue.post(.closing(connection: number, end: end), due: now + drawn(within: latest))
        }
    }

    package func setEnabled(_ isEnabled: Bool, _ link: Int) {
        links[link].isEnabled = isEnabled
        if isEnabled { dial(link, within: 200) } else { reset(link, isSilent: false) }
    }

    package func setWays(_ link: Int, _ change: (inout Link.Way) -> Void) {
        for end in 0..<2 { change(&links[link].ways[end]) }
    }

    /// No message needs longer to any router than by the slowest ways of all links but one for each
    /// router.
    package var longestCrossing: Milliseconds {
        let slowest = links.map { link in link.ways.map(\.delay.count).max() ?? 0 }
        return Milliseconds(slowest.sorted(by: >).prefix(stations.count - 1).reduce(0, +))
    }

    package func setWay(_ link: Int, _ end: Int, _ change: (inout Link.Way) -> Void) {
        change(&links[link].ways[end])
    }

    // MARK: Connections

    func drawn(within latest: Int) -> Milliseconds {
        Milliseconds(UInt64(chance.below(latest + 1)))
    }

    private func dial(_ link: Int, within latest: Int) {
        guard !links[link].isConnecting else { return }
        links[link].isConnecting = true
        queue.post(.connecting(link: link), due: now + drawn(within: latest))
    }

    func connect(_ link: Int) {
        links[link].isConnecting = false
        guard links[link].isEnabled, links[link].connection == nil,
            stations[links[link].ends[0]].speaker != nil
        else { return }
        guard links[link].isWhole, stations[links[link].ends[1]].speaker != nil else {
            dial(link, within: 2_000)
            return
        }
        let number = connections.count
        connections.append(Connection(link: link))
        links[link].connection = number
        for end in 0..<2 {
            links[link].ways[end].freeAt = now
            links[link].ways[end].lastDue = now
            tell(
                links[link].ends[end],
                .trunkOpened(
                    TrunkID(number), cost: links[link].cost,
                    takesRecords: stations[links[link].ends[1 - end]].kind == .martlet))
        }
    }

    /// Takes one end down; the other hears of it if the way is whole.
    func close(_ number: Int, at end: Int) {
        guard connections[number].isOpen(at: end) else { return }
        let link = connections[number].link
        connections[number].close(at: end)
        connections[number].isCarrying = false
        tell(links[link].ends[end], .trunkClosed(TrunkID(number)))
        if links[link].isWhole {
            queue.post(.closing(connection: number, end: 1 - end), due: now + drawn(within: 20))
        }
        if end == 0, links[link].connection == number {
            links[link].connection = nil
            dial(link, within: 1_500)
        }
    }
}
