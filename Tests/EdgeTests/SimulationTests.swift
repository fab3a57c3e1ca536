import Basis
import EdgeSimulation
import Testing

extension Tag {
    @Tag static var simulation: Self
}

/// A failure names its seed: `make simulate SEED=… OPTIONS=--edges…` has the same run again.
@Suite("Edges that are plagued", .tags(.simulation)) struct EdgeSimulationTests {
    @Test(arguments: UInt64(0)..<4)
    func `know what can be reached, and leave nothing behind, once they are left in peace`(
        seed: UInt64
    ) {
        var scenario = EdgeScenario(seed: seed, hubs: 1 + Int(seed % 4), edges: 20)
        scenario.run(rounds: 2)
        #expect(scenario.errors == [], "\(scenario.summary)")
    }

    @Test func `know everything within seconds of a cold start`() {
        let network = EdgeNetwork(seed: 1, hubs: 4, edges: 100, addresses: 3)
        network.startAll()
        network.run(for: 5_000)
        #expect(network.errors() == [])
        #expect(network.connected == 100)
    }

    @Test func `come back within ten seconds of their interior router's restart, each in its time`()
    {
        let network = EdgeNetwork(seed: 2, hubs: 1, edges: 120)
        network.startAll()
        network.run(for: 5_000)
        let before = network.traffic.dials
        network.stopHub(0, isSilent: false)
        network.run(for: 1_000)
        network.startHub(0)
        network.run(for: 9_000)
        #expect(network.errors() == [])
        #expect(network.traffic.dials - before <= 2 * 120)
    }

    @Test func `that were cut off for a day are back within the longest pause between tries`() {
        let network = EdgeNetwork(seed: 4, hubs: 1, edges: 2)
        network.startAll()
        network.run(for: 5_000)
        network.cut(0, isSilent: true)
        network.run(for: .seconds(86_400))
        #expect(network.connected == 1)
        network.mend(0)
        network.run(for: 41_000)
        #expect(network.errors() == [])
        #expect(network.connected == 2)
    }

    @Test func `cost the mesh one change of an address for each interior router that has it`() {
        let network = EdgeNetwork(seed: 3, hubs: 3, edges: 60)
        network.startAll()
        network.run(for: 5_000)
        let before = network.traffic.announcements
        for site in 0..<60 {
            network.setConsumer("M0shared", at: site, true)
            network.run(for: 20)
        }
        #expect(network.traffic.announcements - before <= 3)
        for site in 0..<60 {
            network.setConsumer("M0shared", at: site, false)
            network.run(for: 20)
        }
        #expect(network.traffic.announcements - before <= 6)
        network.run(for: 1_000)
        #expect(network.errors() == [])
    }
}

@Suite("The simulator of edges", .tags(.simulation)) struct EdgeSimulatorTests {
    @Test func `notices an edge that has not heard of a consumer`() {
        let network = EdgeNetwork(seed: 1, hubs: 2, edges: 10)
        network.startAll()
        network.run(for: 5_000)
        #expect(network.errors() == [])
        network.setProducer("M0new", at: 1, true)
        network.setConsumer("M0new", at: 2, true)
        #expect(network.errors() != [])
        network.run(for: 2_000)
        #expect(network.errors() == [])
    }

    @Test func `notices what an edge has left behind`() {
        let network = EdgeNetwork(seed: 1, hubs: 2, edges: 10)
        network.startAll()
        network.run(for: 5_000)
        network.stop(3, isSilent: true)
        #expect(network.errors() != [])
        // The interior hears nothing of it for so long, or its standby's idle timeout.
        network.run(for: 25_000)
        #expect(network.errors() == [])
    }
}
