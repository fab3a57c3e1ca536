import RouterSimulation
import Testing

extension Tag {
    @Tag static var simulation: Self
}

/// A failure names its seed: `make simulate SEED=…` has the same run again.
@Suite(.tags(.simulation)) struct `A mesh that is plagued` {
    @Test(arguments: UInt64(0)..<12)
    func `agrees on the truth once it is left in peace`(seed: UInt64) {
        var scenario = Scenario(seed: seed, sizes: 2...14)
        scenario.run(rounds: 3)
        #expect(scenario.errors == [], "seed \(seed): \(scenario.summary)")
    }

    @Test(arguments: UInt64(0)..<8)
    func `agrees with qdrouterds among its members`(seed: UInt64) {
        var scenario = Scenario(seed: seed, sizes: 2...10, isMixed: true)
        scenario.run(rounds: 2)
        #expect(scenario.errors == [], "seed \(seed): \(scenario.summary)")
    }
}
