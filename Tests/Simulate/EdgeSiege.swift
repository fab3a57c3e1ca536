internal import Basis
internal import EdgeSimulation

/// Edges below interior routers, plagued.
struct EdgeSiege {
    let seeds: Seeds
    let rounds: Int
    let hubs: Int
    let edges: Int

    /// False if any seed failed.
    func run() -> Bool {
        var slowest = Milliseconds(0)
        print("From seed \(seeds.first), \(hubs) interiors and \(edges) edges")
        let (tried, failed) = seeds.run { seed in
            var scenario = EdgeScenario(seed: seed, hubs: hubs, edges: edges, hasDays: edges < 50)
            scenario.run(rounds: rounds)
            slowest = max(slowest, scenario.slowest)
            return Seeds.Trial(
                errors: scenario.errors, summary: "\(scenario.summary)",
                again: "--edges \(edges) --interiors \(hubs) --rounds \(rounds)")
        }
        print(
            "\(tried) networks, \(failed) failed; all knew the truth after"
                + " \(slowest.count) ms of peace at most")
        return failed == 0
    }
}
