internal import Basis
internal import EventLoop
internal import Glibc

/// Trials of one seed after another, until the time is up.
struct Seeds {
    let first: UInt64
    let seconds: UInt64
    let count: Int

    /// What came of one seed.
    struct Trial {
        let errors: [String]
        let summary: String
        /// The options that have it again.
        let again: String
    }

    /// How many were tried, at least one, and how many failed: each that did is printed, with the
    /// command that has it again.
    func run(_ trial: (UInt64) -> Trial) -> (tried: UInt64, failed: Int) {
        let end = Clock.now + .seconds(seconds)
        var failures = 0
        var next = first
        while next == first || (Clock.now < end && next - first < UInt64(count)) {
            let result = trial(next)
            if !result.errors.isEmpty {
                failures += 1
                print("seed \(next) failed, \(result.summary); again by:")
                print(
                    "  SWIFT_DETERMINISTIC_HASHING=1 martlet-simulate --seed \(next) --count 1 "
                        + result.again)
                for error in result.errors.prefix(6) { print("  \(error)") }
            }
            fflush(nil)
            next += 1
        }
        return (next - first, failures)
    }
}
