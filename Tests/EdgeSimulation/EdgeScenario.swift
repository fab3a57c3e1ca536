package import Basis
internal import RouterSimulation
internal import Seeded

/// Edges that are plagued and then left in peace, round after round, all drawn from a seed.
package struct EdgeScenario {
    /// How long peace may take: a silent loss is noticed (24 s), the edge dials at its slowest
    /// pace (40 s), and the mesh agrees.
    static let convergence = Milliseconds(120_000)

    package let network: EdgeNetwork
    package private(set) var errors: [String] = []
    /// The longest time until everyone knew the truth, once all was well again.
    package private(set) var slowest = Milliseconds(0)
    private let seed: UInt64
    private var chance: Seed

    /// Some plagues last for a day.
    private let hasDays: Bool

    package init(seed: UInt64, hubs: Int, edges: Int, hasDays: Bool = false) {
        self.seed = seed
        self.hasDays = hasDays
        chance = Seed(number: seed ^ 0xED6E)
        network = EdgeNetwork(seed: seed, hubs: hubs, edges: edges)
    }

    package mutating func run(rounds: Int) {
        network.startAll()
        network.run(for: 5_000)
        for _ in 0..<rounds where errors.isEmpty {
            plague()
            makePeace()
        }
    }

    package var summary: String {
        "\(network.hubCount) interiors, \(network.edgeCount) edges, seed \(seed)"
    }

    // MARK: Plague

    /// For half a minute to two minutes, and once in a while for a day; what is cut or down for so
    /// long comes back only then.
    private mutating func plague() {
        network.stalls = chance.once(in: 2) ? 70 : 0
        let events = 20 + network.edgeCount / 2
        let span = 30_000 + chance.below(90_000)
        for _ in 0..<events {
            network.run(for: Milliseconds(UInt64(span / events)))
            strike()
        }
        if hasDays, chance.once(in: 4) { network.run(for: .seconds(86_400)) }
    }

    private mutating func strike() {
        let site = chance.below(network.edgeCount)
        let isSilent = chance.once(in: 3)
        let key = "M0x/\(chance.below(20))"
        switch chance.below(16) {
        case 0, 1: network.reset(site, isSilent: isSilent)
        case 2: network.cut(site, isSilent: isSilent)
        case 3: network.mend(site)
        case 4: network.stop(site, isSilent: isSilent)
        case 5: network.start(site, within: 100)
        case 6, 7, 8: network.setConsumer(key, at: site, chance.once(in: 2))
        case 9, 10, 11: network.setProducer(key, at: site, chance.once(in: 2))
        default:
            // Interior routers and trunks fail the less often the more edges there are.
            if chance.once(in: max(1, network.edgeCount / 40)) { strikeMesh(isSilent: isSilent) }
        }
    }

    private mutating func strikeMesh(isSilent: Bool) {
        let mesh = network.mesh
        let hub = chance.below(network.hubCount)
        let link = mesh.links.isEmpty ? nil : chance.below(mesh.links.count)
        switch chance.below(5) {
        case 0: network.stopHub(hub, isSilent: isSilent)
        case 1: network.startHub(hub)
        case 2: if let link { mesh.cut(link, isSilent: isSilent) }
        case 3: if let link { mesh.mend(link) }
        default: partition()
        }
    }

    /// The interior routers fall in two.
    private mutating func partition() {
        let middle = chance.below(network.hubCount)
        for (number, link) in network.mesh.links.enumerated()
        where (link.ends[0] < middle) != (link.ends[1] < middle) {
            network.mesh.cut(number, isSilent: false)
        }
    }

    // MARK: Peace

    private mutating func makePeace() {
        network.stalls = 0
        for link in network.mesh.links.indices { network.mesh.mend(link) }
        for hub in 0..<network.hubCount { network.startHub(hub) }
        for site in 0..<network.edgeCount {
            network.mend(site)
            network.start(site, within: 1_000)
        }
        let start = network.now
        repeat {
            network.run(for: 1_000)
            errors = network.errors()
        } while !errors.isEmpty && network.now < start + Self.convergence
        slowest = max(slowest, network.now.since(start))
        guard errors.isEmpty else { return }
        // Those that still use their second uplink go back, each for a moment in between.
        network.run(for: 90_000)
        for _ in 0..<10 {
            errors = network.errors()
            if errors.isEmpty { break }
            network.run(for: 1_000)
        }
    }
}
