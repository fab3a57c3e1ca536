internal import PlaneSimulation

/// One plane of routers and clients after another.
struct PlaneSiege {
    let seeds: Seeds
    let steps: Int

    /// False if any seed failed.
    func run() -> Bool {
        let (tried, failed) = seeds.run { seed in
            let again = "--plane --rounds \(steps)"
            do {
                let plane = try Plane(seed: seed, shape: Plane.Shape(seed: seed))
                plane.run(steps: steps)
                print("seed \(seed): \(plane.summary)")
                return Seeds.Trial(errors: plane.errors, summary: plane.summary, again: again)
            } catch {
                return Seeds.Trial(errors: ["\(error)"], summary: "no plane", again: again)
            }
        }
        print("\(tried) planes, \(failed) failed")
        return failed == 0
    }
}
