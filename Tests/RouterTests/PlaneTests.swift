import PlaneSimulation
import Testing

/// Whole routers, control and workers, with clients on Proton's engine, on virtual time.
@Suite struct `The data plane` {
    private func errors(_ seed: UInt64, _ shape: Plane.Shape, steps: Int) throws -> [String] {
        let plane = try Plane(seed: seed, shape: shape)
        plane.run(steps: steps)
        return plane.errors
    }

    @Test(arguments: [1, 3])
    func `loses nothing while nobody goes`(routers: Int) throws {
        let shape = Plane.Shape(
            routers: routers, workers: 3 - routers / 2, clients: 6, isTroubled: false,
            hasEdge: routers == 3)
        let errors = try errors(UInt64(routers), shape, steps: 120)
        #expect(errors == [])
    }

    @Test(arguments: [1, 2, 3])
    func `gives each message one fate whatever goes`(seed: UInt64) throws {
        let shape = Plane.Shape(
            routers: 1 + Int(seed) % 3, workers: 2, clients: 6, isTroubled: true,
            hasEdge: seed == 2)
        let errors = try errors(seed, shape, steps: 120)
        #expect(errors == [])
    }

    @Test(arguments: [12, 16])
    func `keeps its promises in a shape of chance`(seed: UInt64) throws {
        let errors = try errors(seed, Plane.Shape(seed: seed), steps: 120)
        #expect(errors == [])
    }
}
