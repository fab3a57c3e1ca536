import Basis
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

@Suite(.tags(.simulation)) struct `A run that was written down` {
    /// The digest covers every effect of every router. Write it anew only after a change that is
    /// meant to alter what routers do.
    @Test func `is repeated to the last effect`() {
        var scenario = Scenario(seed: 11, sizes: 8...8, isRecorded: true)
        scenario.run(rounds: 1)
        #expect(scenario.errors == [])
        #expect(scenario.network.digest?.value == 15_469_569_568_055_358_809)
    }

    @Test func `differs from one of another seed`() {
        let digests = (1...2).map { seed in
            var scenario = Scenario(seed: UInt64(seed), sizes: 5...5, isRecorded: true)
            scenario.run(rounds: 1)
            return scenario.network.digest?.value
        }
        #expect(digests[0] != digests[1])
    }
}

@Suite(.tags(.simulation)) struct `A mesh from nothing` {
    @Test(arguments: [
        Shape.line(30), .ring(30), .star(30), .tree(40), .full(16), .grid(width: 6, height: 6),
        .random(40, extra: 2), .doubled(12),
    ])
    func `agrees within seconds, and its trees give everyone one copy`(shape: Shape) {
        let network = Network(seed: 1, shape: shape)
        network.startAll()
        network.run(for: 6_000)
        #expect(network.errors(isLong: true) == [])
        #expect(network.violations == [])
        for origin in network.stations.indices {
            #expect(network.multicastErrors(from: origin) == [])
        }
    }

    @Test func `finds its trees even where old routers copy round a cycle`() {
        let network = Network(seed: 1, shape: .full(6), kinds: [.martlet, .old])
        network.startAll()
        network.run(for: 40_000)
        #expect(network.errors(isLong: true) == [])
        for origin in network.stations.indices {
            #expect(network.multicastErrors(from: origin) == [])
            #expect(network.multicastCopies(from: origin).max() ?? 0 > 1)
        }
    }

    @Test func `goes on without a router that lost its power within the hello timeout`() {
        let network = Network(seed: 1, shape: .ring(12))
        network.startAll()
        network.run(for: 10_000)
        network.stop(3, isSilent: true)
        network.run(for: 5_000)
        #expect(network.errors(isLong: false) == [])
        network.run(for: 70_000)
        #expect(network.errors(isLong: true) == [])
    }

    @Test func `goes on within milliseconds without a link that broke`() {
        let network = Network(seed: 1, shape: .ring(12))
        network.startAll()
        network.run(for: 10_000)
        network.cut(0, isSilent: false)
        network.run(for: 100)
        #expect(network.errors(isLong: false) == [])
    }
}

@Suite(.tags(.simulation)) struct `The simulator itself` {
    @Test func `notices a router that does not hear its neighbour`() {
        let network = Network(seed: 1, shape: .line(3))
        network.startAll()
        network.run(for: 5_000)
        #expect(network.errors(isLong: true) == [])
        network.setWay(0, 0) { $0.lost = 1_000 }
        // Less than it takes to cut the connection.
        network.run(for: 6_000)
        #expect(network.errors(isLong: false) != [])
    }

    @Test func `notices an address that did not arrive`() {
        let network = Network(seed: 1, shape: .line(3))
        network.startAll()
        network.run(for: 5_000)
        network.addAddress("M0a", at: 0)
        #expect(network.errors(isLong: false) != [])
        network.run(for: 1_000)
        #expect(network.errors(isLong: false) == [])
    }
}

@Suite(.tags(.simulation)) struct `A mesh of more routers than qdrouterd knows` {
    @Test func `works from end to end among Martlets`() {
        let network = Network(seed: 1, shape: .random(200, extra: 0))
        for router in [0, 57, 199] { network.addAddress("M0a/\(router)", at: router) }
        network.startAll()
        network.run(for: 5_000)
        #expect(network.errors(isLong: true) == [])
        #expect(network.multicastErrors(from: 0) == [])
        network.cut(0, isSilent: false)
        network.run(for: 500)
        #expect(network.errors(isLong: false) == [])
    }

    @Test func `serves a qdrouterd at its edge with those 127 it heard first`() {
        let kinds = Array(repeating: Station.Kind.martlet, count: 139) + [.old]
        let network = Network(seed: 1, shape: .star(140), kinds: kinds)
        network.startAll()
        network.run(for: 12_000)
        #expect(network.stations[139].speaker?.knownCount == 128)
        #expect(network.stations[139].paths.count { $0 != nil } == 127)
        #expect(network.stations[0].paths.count { $0 != nil } == 139)
    }
}
