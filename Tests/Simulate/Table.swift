internal import Basis
internal import EventLoop
internal import Glibc
internal import RouterSimulation
internal import Topology

/// How long meshes of growing size take to agree, and what that costs, as a table in Markdown.
struct Table {
    let most: Int
    /// What the names of the shapes begin with.
    let kind: String

    private var shapes: [Shape] {
        let sizes = [10, 100, 500, 1_000].filter { $0 <= most }
        let full = most >= 50 ? [Shape.full(50)] : []
        let all =
            sizes.flatMap { [Shape.line($0), .ring($0), .tree($0), .random($0, extra: 1)] } + full
        return all.filter { "\($0)".hasPrefix(kind) }
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
        let birth = stage(network, isBirth: true) { network.startAll() }
        cells += birth.cells(size)
        network.run(for: 10_000)  // in flux, where announcements are more frequent
        let rest = measure(network) { network.run(for: Table.rest) }
        let loss = stage(network) { network.cut(network.links.count / 2, isSilent: false) }
        cells += loss.cells(size)
        let routerSeconds = Double(Table.rest.count) / 1_000 * Double(size)
        cells += [
            fixed(Double(rest.messages) / routerSeconds),
            fixed(Double(rest.octets) / routerSeconds),
            fixed(Double(rest.processor) / 1_000 / routerSeconds) + " µs",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// As long as the longest interval of announcements.
    private static let rest: Milliseconds = 30_000
    private static let limit: Milliseconds = 60_000
    /// Nothing has changed for so long: either all agree, or nothing more will come of it.
    private static let quiet: Milliseconds = 2_000

    private struct Stage {
        let span: Milliseconds
        let messages: Int
        let octets: Int
        let processor: UInt64
        let areInTime: Bool

        func cells(_ size: Int) -> [String] {
            [
                areInTime ? fixed(Double(span.count) / 1_000) + " s" : "not in time",
                String(messages), String(octets / size),
                fixed(Double(processor) / 1_000_000 / Double(size)) + " ms",
            ]
        }
    }

    private func measure(
        _ network: Network, _ work: () -> Void
    ) -> (messages: Int, octets: Int, processor: UInt64) {
        let before = network.traffic
        let processor = Clock.threadProcessorTime
        work()
        return (
            network.traffic.messages - before.messages, network.traffic.octets - before.octets,
            Clock.threadProcessorTime - processor
        )
    }

    /// What happens, and costs, from `begin` until nothing changes any more.
    private func stage(
        _ network: Network, isBirth: Bool = false, _ begin: () -> Void
    ) -> Stage {
        let start = network.now
        func last() -> Instant {
            network.stations.map { isBirth ? $0.changedAt : $0.pathsChangedAt }.max() ?? start
        }
        let cost = measure(network) {
            begin()
            repeat {
                network.run(for: 500)
            } while network.now < last() + Table.quiet && network.now < start + Table.limit
        }
        let errors = network.errors(isLong: false)
        for error in errors { Swift.print("<!-- \(error) -->") }
        return Stage(
            span: last().since(start), messages: cost.messages, octets: cost.octets,
            processor: cost.processor, areInTime: errors.isEmpty)
    }
}

/// With as many digits as matter.
func fixed(_ number: Double) -> String {
    let scaled = number < 10 ? (number * 100).rounded() / 100 : number.rounded()
    return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
}
