internal import Basis
internal import EventLoop
internal import Glibc
internal import PlaneSimulation

/// One plane of routers and clients after another, seed after seed, until the time is up.
struct PlaneSiege {
    let seed: UInt64
    let seconds: UInt64
    let count: Int
    let steps: Int

    /// False if any seed failed; each that did is printed, with the command that has it again.
    func run() -> Bool {
        let end = Clock.now + .seconds(seconds)
        var failures = 0
        var next = seed
        while Clock.now < end, next - seed < UInt64(count) {
            let errors = Self.errors(of: next, steps: steps)
            if !errors.isEmpty {
                failures += 1
                print("seed \(next) failed; again by:")
                print(
                    "  SWIFT_DETERMINISTIC_HASHING=1 martlet-simulate --plane --seed \(next) --count 1 --rounds \(steps)"
                )
                for error in errors.prefix(20) { print("  \(error)") }
            }
            fflush(nil)
            next += 1
        }
        print("\(next - seed) planes, \(failures) failed")
        return failures == 0
    }

    private static func errors(of seed: UInt64, steps: Int) -> [String] {
        do {
            let plane = try Plane(seed: seed, shape: Plane.Shape(seed: seed))
            plane.run(steps: steps)
            print("seed \(seed): \(plane.summary)")
            return plane.errors
        } catch {
            return ["\(error)"]
        }
    }
}
