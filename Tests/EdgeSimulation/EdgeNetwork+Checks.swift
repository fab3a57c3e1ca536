internal import Edge
internal import RouterSimulation
internal import Routing
internal import Topology

/// What must be true of a network that was left in peace.
extension EdgeNetwork {
    /// The first ways in which what edges and interior routers believe is not so.
    package func errors() -> [String] {
        var errors = mesh.errors(isLong: false) + mesh.violations
        var consumers: [String: Set<Int>] = [:]
        for site in sites.indices where sites[site].router != nil {
            for key in sites[site].consumers { consumers[key, default: []].insert(site) }
        }
        for site in sites.indices where sites[site].router != nil && errors.count < 10 {
            if let error = error(of: site, consumers) { errors.append(error) }
        }
        for hub in hubs.indices where errors.count < 10 {
            if let error = error(ofHub: hub) { errors.append(error) }
        }
        return errors
    }

    private func error(of site: Int, _ consumers: [String: Set<Int>]) -> String? {
        let name = sites[site].name
        guard sites[site].router?.active != nil else { return "\(name) has no uplink" }
        if sites[site].connections[0] == nil, mesh.stations[sites[site].hubs[0]].speaker != nil {
            return "\(name) has not dialled its preferred interior router"
        }
        let wanted = sites[site].producers.filter { key in
            consumers[key].map { $0.count > ($0.contains(site) ? 1 : 0) } ?? false
        }
        let known = sites[site].reachable
        guard known != wanted else { return nil }
        return "\(name) misses \(wanted.subtracting(known).sorted().prefix(3)), knows"
            + " \(known.subtracting(wanted).sorted().prefix(3)) too many"
    }

    /// What an interior router has is what its edges have, and nothing of those that left.
    private func error(ofHub hub: Int) -> String? {
        var keys: Set<String> = []
        var links = 0
        var open = 0
        for site in sites where site.router != nil {
            for case let connection? in site.connections where uplinks[connection].hub == hub {
                open += 1
                links += uplinks[connection].places.count
                guard site.router?.active?.number == UInt64(connection) else { continue }
                keys.formUnion(site.consumers)
                keys.insert("H" + site.name)
            }
        }
        let name = mesh.stations[hub].id
        let table = hubs[hub].table
        if table.links.count != links {
            return "\(name) has \(table.links.count) links, not \(links)"
        }
        if table.holdings.edges.count != open {
            return "\(name) has \(table.holdings.edges.count) connections, not \(open)"
        }
        if hubs[hub].tracking.isAnyoneWaiting { return "\(name) has something to tell" }
        let announced = Set(mesh.stations[hub].local.keys)
        guard announced == keys else {
            return "\(name) lacks \(keys.subtracting(announced).sorted().prefix(3)), has"
                + " \(announced.subtracting(keys).sorted().prefix(3)) too many"
        }
        return nil
    }

    /// How many edges have an uplink in use.
    package var connected: Int { sites.count { $0.router?.active != nil } }
}
