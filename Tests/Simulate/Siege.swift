internal import Basis
internal import EventLoop
internal import RouterSimulation

/// One plagued network after another, seed after seed, until the time is up.
struct Siege {
    let seed: UInt64
    let seconds: UInt64
    let count: Int
    let routers: Int
    let rounds: Int
    let isMixed: Bool

    /// False if any seed failed; each that did is printed, with the command that has it again.
    func run() -> Bool {
        let end = Clock.now + .seconds(seconds)
        var failures = 0
        var longestLoop = Milliseconds(0)
        var (restarts, uninformed) = (0, 0)
        var next = seed
        print("From seed \(seed), up to \(routers) routers\(isMixed ? ", mixed" : "")")
        while Clock.now < end, next - seed < UInt64(count) {
            var scenario = Scenario(seed: next, sizes: 2...max(2, routers), isMixed: isMixed)
            scenario.run(rounds: rounds)
            longestLoop = max(longestLoop, scenario.longestLoop)
            restarts += scenario.restarts
            uninformed += scenario.uninformed
            if !scenario.errors.isEmpty {
                failures += 1
                let mixed = isMixed ? " --mixed" : ""
                print("seed \(next) failed, \(scenario.summary); again by:")
                print(
                    "  martlet-simulate --seed \(next) --count 1 --routers \(routers)"
                        + " --rounds \(rounds)\(mixed)")
                for error in scenario.errors.prefix(6) { print("  \(error)") }
            }
            next += 1
        }
        print(
            "\(next - seed) networks, \(failures) failed; longest loop"
                + " \(longestLoop.count) ms"
                + (isMixed
                    ? "; \(restarts) qdrouterds had to be restarted, \(uninformed) routers were"
                        + " kept from the truth by one's hop limit" : ""))
        return failures == 0
    }
}
