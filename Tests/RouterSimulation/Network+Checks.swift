internal import Basis
internal import Topology

/// What must be true of a network that was left in peace.
extension Network {
    /// Who is connected with whom in fact.
    var truth: Oracle {
        var edges = stations.map { _ in [Int: Int]() }
        for connection in connections where connection.isCarrying {
            guard connection.isOpenAtConnector, connection.isOpenAtListener else { continue }
            let link = links[connection.link]
            edges[link.ends[0]][link.ends[1]] = link.cost
            edges[link.ends[1]][link.ends[0]] = link.cost
        }
        return Oracle(
            edges: edges.map { row in
                row.sorted { $0.key < $1.key }.map { Oracle.Edge(target: $0.key, cost: $0.value) }
            })
    }

    /// The first ways in which what routers believe is not so. `isLong` says that the peace has
    /// lasted so long that what is gone must be forgotten.
    package func errors(isLong: Bool) -> [String] {
        let truth = truth
        let uninformed = uninformed
        var errors: [String] = []
        for router in stations.indices where !uninformed.contains(router) {
            guard errors.count < 5 else { break }
            guard let speaker = stations[router].speaker else { continue }
            let tree = truth.tree(from: router)
            for other in stations.indices where other != router {
                if let error = error(router, other, tree, isLong: isLong) {
                    errors.append("\(stations[router].id) (\(stations[router].kind)): \(error)")
                    break
                }
            }
            if let mesh = speaker as? Mesh, let row = wrongRow(of: mesh, truth, tree) {
                errors.append(
                    "\(stations[router].id) knows \(row.linkState) as neighbours of \(row.id)")
            }
            let radius = truth.longestHops(along: tree)
            if stations[router].kind == .martlet, speaker.radius != radius {
                errors.append("\(stations[router].id): radius \(speaker.radius), not \(radius)")
            }
            if isLong, speaker.knownCount != tree.order.count {
                errors.append(
                    "\(stations[router].id) knows \(speaker.knownCount), not \(tree.order.count)")
            }
        }
        return errors
    }

    /// Of a router that can be reached and has other neighbours.
    private func wrongRow(of mesh: Mesh, _ truth: Oracle, _ tree: Oracle.Tree) -> Mesh.Row? {
        mesh.rows.first { row in
            let router = number(of: row.id)
            return tree.cost[router] >= 0
                && row.linkState != truth.edges[router].map { stations[$0.target].id }
        }
    }

    private func error(
        _ router: Int, _ other: Int, _ tree: Oracle.Tree, isLong: Bool
    ) -> String? {
        let id = stations[other].id
        let station = stations[router]
        guard tree.cost[other] >= 0 else {
            if station.kind == .martlet, station.paths[other] != nil {
                return "a path to \(id), which is out of reach"
            }
            return isLong && !station.mapped[other].isEmpty ? "addresses of \(id) left behind" : nil
        }
        guard let path = station.paths[other] else { return "no path to \(id)" }
        let isRight =
            path.cost == tree.cost[other] && path.hops == tree.hops[other]
            && path.nextHop == stations[tree.nextHop[other]].id
        guard isRight else {
            let next = stations[tree.nextHop[other]].id
            return "path to \(id): \(path), not by \(next) at \(tree.cost[other])"
        }
        let held = station.mapped[other]
        let wanted = Set(stations[other].local.keys)
        guard held == wanted else {
            return "of \(id) \(held.count) addresses, not \(wanted.count);"
                + " missing \(wanted.subtracting(held).sorted().prefix(3)),"
                + " too many \(held.subtracting(wanted).sorted().prefix(3))"
        }
        return nil
    }

    /// A destination whose messages would go round now, and the first router that they would pass
    /// again and again.
    package struct Loop: Hashable, Sendable {
        package let destination: Int
        package let first: Int
    }

    package func loops() -> [Loop] {
        stations.indices.compactMap { destination in
            loop(towards: destination).map { Loop(destination: destination, first: $0) }
        }
    }

    private func loop(towards destination: Int) -> Int? {
        // 0 unknown, 1 on the way now, 2 leads somewhere or nowhere.
        var marks = Array(repeating: UInt8(0), count: stations.count)
        marks[destination] = 2
        var way: [Int] = []
        for router in stations.indices where marks[router] == 0 {
            var place = router
            way.removeAll(keepingCapacity: true)
            while marks[place] == 0 {
                marks[place] = 1
                way.append(place)
                guard let next = neighbour(of: place, towards: destination) else { break }
                if marks[next] == 1 {
                    return way[(way.firstIndex(of: next) ?? 0)...].min()
                }
                place = next
            }
            for passed in way { marks[passed] = 2 }
        }
        return nil
    }

    func neighbour(of router: Int, towards destination: Int) -> Int? {
        guard let trunk = stations[router].paths[destination]?.trunk else { return nil }
        let connection = connections[trunk.number]
        guard connection.isCarrying else { return nil }
        let ends = links[connection.link].ends
        return ends[0] == router ? ends[1] : ends[0]
    }

    /// How many copies of one multicast message each router's consumers get, with consumers
    /// everywhere and `origin` as ingress; the origin itself counts its own.
    package func multicastCopies(from origin: Int) -> [Int] {
        var copies = Array(repeating: 0, count: stations.count)
        copies[origin] = 1
        let everyone = stations.map(\.id)
        var waiting: [(router: Int, trace: [RouterID])] = [(origin, [])]
        var next = 0
        while next < waiting.count, waiting.count < 100_000 {
            let (router, trace) = waiting[next]
            next += 1
            let id = stations[router].id
            if !trace.isEmpty {
                guard stations[router].speaker?.takesMulticast(trace: trace) == true,
                    stations[router].speaker?.isHopLimitExceeded(traceCount: trace.count) == false
                else { continue }
                copies[router] += 1
            }
            let trunks = stations[router].speaker?.multicastTrunks(
                for: everyone, ingress: trace.first, trace: trace)
            for trunk in trunks ?? [] {
                let ends = links[connections[trunk.number].link].ends
                waiting.append((ends[0] == router ? ends[1] : ends[0], trace + [id]))
            }
        }
        return copies
    }

    /// What is wrong with the copies of messages from `origin`: routers of one kind, or both.
    package func multicastErrors(from origin: Int) -> [String] {
        let tree = truth.tree(from: origin)
        let reached = Set(tree.order)
        let isMixed = stations.contains { $0.kind == .old }
        let uninformed = uninformed
        return multicastCopies(from: origin).enumerated().compactMap { router, count in
            let isRight: Bool
            if !reached.contains(router) {
                isRight = count == 0
            } else if isMixed,
                isTooFar(router, along: tree)
                    || (tree.path(to: router) + [router]).contains(where: uninformed.contains)
            {
                isRight = true
            } else if isMixed, stations[router].kind == .old {
                isRight = count >= 1
            } else {
                isRight = count == 1
            }
            return isRight
                ? nil
                : "\(stations[router].id) gets \(count) copies from \(stations[origin].id)"
        }
    }
}
