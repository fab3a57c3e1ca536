internal import Basis
internal import EdgeSimulation
internal import EventLoop
internal import Glibc
internal import RouterSimulation

/// How long growing numbers of edges take to know what can be reached, and what that costs, as a table
/// in Markdown.
struct EdgeTable {
    let most: Int
    let hubs: Int

    func print() {
        Swift.print(
            "| edges | from nothing | links | words | announcements | mesh | an interior lost | links | words"
                + " | mesh | one restarts | an address comes | mesh | at rest, a second: beats | mesh"
                + " | CPU/s/edge |")
        Swift.print("|" + String(repeating: "---|", count: 16))
        for edges in [100, 1_000, 10_000] where edges <= most {
            Swift.print(row(edges))
            fflush(nil)
        }
    }

    private struct Cost {
        var span = Milliseconds(0)
        var traffic = EdgeNetwork.Traffic()
        var mesh = 0
        var processor: UInt64 = 0
        var isRight = true

        var time: String { isRight ? fixed(Double(span.count) / 1_000) + " s" : "never" }
    }

    private func row(_ edges: Int) -> String {
        let network = EdgeNetwork(seed: 1, hubs: hubs, edges: edges, addresses: 9)
        let birth = stage(network) { network.startAll() }
        network.run(for: 30_000)
        let rest = stage(network, atLeast: 30_000) {}
        let loss = stage(network) { network.stopHub(0, isSilent: false) }
        network.startHub(0)
        network.run(for: 120_000)
        let back = stage(network) {
            network.stopHub(0, isSilent: false)
            network.run(for: 1_000)
            network.startHub(0)
        }
        let gain = stage(network) { network.setConsumer("M0nobody/0", at: 1, true) }
        return "| "
            + ([
                "\(edges)", birth.time, "\(birth.traffic.links)", "\(birth.traffic.words)",
                "\(birth.traffic.announcements)", "\(birth.mesh)", loss.time,
                "\(loss.traffic.links)", "\(loss.traffic.words)", "\(loss.mesh)", back.time,
                gain.time, "\(gain.traffic.announcements)", "\(rest.traffic.beats / 30)",
                "\(rest.mesh / 30)",
                fixed(Double(rest.processor) / 1_000 / 30 / Double(edges)) + " µs",
            ] as [String]).joined(separator: " | ") + " |"
    }

    /// From `begin` until everybody knows the truth, looked at each tenth of a second.
    private func stage(
        _ network: EdgeNetwork, atLeast span: Milliseconds = 0, _ begin: () -> Void
    ) -> Cost {
        let start = network.now
        let (traffic, mesh) = (network.traffic, network.mesh.traffic.messages)
        var cost = Cost()
        let processor = Clock.threadProcessorTime
        begin()
        network.run(for: max(span, 100))
        cost.processor = Clock.threadProcessorTime - processor
        while !network.errors().isEmpty, network.now.since(start) < .seconds(120) {
            network.run(for: 100)
        }
        cost.isRight = network.errors().isEmpty
        cost.span = network.now.since(start)
        cost.traffic = network.traffic.since(traffic)
        cost.mesh = network.mesh.traffic.messages - mesh
        return cost
    }
}
