internal import Basis
internal import EventLoop
internal import Glibc
internal import RouterSimulation
internal import Topology

/// How long meshes of growing size take to agree, and what that costs, as a table in Markdown.
struct Table {
    let most: Int

    private var shapes: [Shape] {
        let sizes = [10, 100, 500, 1_000].filter { $0 <= most }
        // Lines and rings of more routers are explored for minutes, and no site has them.
        let long = sizes.filter { $0 <= 100 }.flatMap { [Shape.line($0), .ring($0)] }
        let full = most >= 50 ? [Shape.full(50)] : []
        return long + full + sizes.flatMap { [.tree($0), .random($0, extra: 1)] }
    }

    func print() {
        for line in [
            "| mesh | from nothing | messages | octets/router | CPU/router"
                + " | a link lost | messages | octets/router | CPU/router"
                + " | at rest: messages/s/router | octets/s/router | CPU/s/router |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ] { Swift.print(line) }
        for shape in shapes {
            Swift.print(row(shape))
            fflush(nil)
        }
    }

    private func row(_ shape: Shape) -> String {
        let network = Network(seed: 1, shape: shape)
        for router in network.stations.indices { network.addAddress("M0a/\(router)", at: router) }
        var cells = ["\(shape)"]
        let size = network.stations.count
        let birth = stage(network, for: 60_000, isBirth: true) { network.startAll() }
        cells += birth.cells(size)
        let rest = stage(network, for: 60_000) {}
        let loss = stage(network, for: 40_000) {
            network.cut(network.links.count / 2, isSilent: false)
        }
        cells += loss.cells(size)
        cells += [
            fixed(Double(rest.messages) / 60 / Double(size)),
            fixed(Double(rest.octets) / 60 / Double(size)),
            fixed(Double(rest.processor) / 60_000 / Double(size)) + " µs",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private struct Stage {
        let span: Milliseconds
        let messages: Int
        let octets: Int
        let processor: UInt64
        let errors: Int

        func cells(_ size: Int) -> [String] {
            [
                errors == 0 ? fixed(Double(span.count) / 1_000) + " s" : "not in time",
                String(messages), String(octets / size),
                fixed(Double(processor) / 1_000_000 / Double(size)) + " ms",
            ]
        }
    }

    /// What happens, and costs, from `begin` until the last change.
    private func stage(
        _ network: Network, for limit: Milliseconds, isBirth: Bool = false, _ begin: () -> Void
    ) -> Stage {
        let start = network.now
        let before = network.traffic
        let processor = Clock.threadProcessorTime
        begin()
        network.run(until: start + limit)
        let used = Clock.threadProcessorTime - processor
        let last =
            network.stations.map { isBirth ? $0.changedAt : $0.pathsChangedAt }.max() ?? start
        return Stage(
            span: last.since(start), messages: network.traffic.messages - before.messages,
            octets: network.traffic.octets - before.octets, processor: used,
            errors: network.errors(isLong: false).count)
    }
}

/// With as many digits as matter.
func fixed(_ number: Double) -> String {
    let scaled = number < 10 ? (number * 100).rounded() / 100 : number.rounded()
    return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
}
