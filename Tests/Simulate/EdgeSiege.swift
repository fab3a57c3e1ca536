internal import Basis
internal import EdgeSimulation
internal import EventLoop
internal import Glibc

/// Edges below interior routers, plagued seed after seed, until the time is up.
struct EdgeSiege {
    let seed: UInt64
    let seconds: UInt64
    let count: Int
    let rounds: Int
    let hubs: Int
    let edges: Int

    /// False if any seed failed; each that did is printed, with the command that has it again.
    func run() -> Bool {
        let end = Clock.now + .seconds(seconds)
        var failures = 0
        var slowest = Milliseconds(0)
        var next = seed
        print("From seed \(seed), \(hubs) interiors and \(edges) edges")
        while next == seed || (Clock.now < end && next - seed < UInt64(count)) {
            var scenario = EdgeScenario(seed: next, hubs: hubs, edges: edges, hasDays: edges < 50)
            scenario.run(rounds: rounds)
            slowest = max(slowest, scenario.slowest)
            if !scenario.errors.isEmpty {
                failures += 1
                print("seed \(next) failed, \(scenario.summary); again by:")
                print(
                    "  martlet-simulate --edges \(edges) --interiors \(hubs) --seed \(next)"
                        + " --count 1 --rounds \(rounds)")
                for error in scenario.errors.prefix(6) { print("  \(error)") }
            }
            next += 1
            fflush(nil)
        }
        print(
            "\(next - seed) networks, \(failures) failed; all knew the truth after"
                + " \(slowest.count) ms of peace at most")
        return failures == 0
    }
}
