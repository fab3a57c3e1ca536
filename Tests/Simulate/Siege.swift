internal import Basis
internal import RouterSimulation

/// One plagued network after another.
struct Siege {
    let seeds: Seeds
    let routers: Int
    let rounds: Int
    let isMixed: Bool

    /// False if any seed failed.
    func run() -> Bool {
        var longestLoop = Milliseconds(0)
        var (restarts, uninformed) = (0, 0)
        print("From seed \(seeds.first), up to \(routers) routers\(isMixed ? ", mixed" : "")")
        let (tried, failed) = seeds.run { seed in
            var scenario = Scenario(seed: seed, sizes: 2...max(2, routers), isMixed: isMixed)
            scenario.run(rounds: rounds)
            longestLoop = max(longestLoop, scenario.longestLoop)
            restarts += scenario.restarts
            uninformed += scenario.uninformed
            return Seeds.Trial(
                errors: scenario.errors, summary: "\(scenario.summary)",
                again: "--routers \(routers) --rounds \(rounds)\(isMixed ? " --mixed" : "")")
        }
        print(
            "\(tried) networks, \(failed) failed; longest loop"
                + " \(longestLoop.count) ms"
                + (isMixed
                    ? "; \(restarts) qdrouterds had to be restarted, \(uninformed) routers were"
                        + " kept from the truth by one's hop limit" : ""))
        return failed == 0
    }
}
