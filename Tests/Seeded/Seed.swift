internal import FoundationEssentials

/// Random numbers that come again: SplitMix64 from a seed.
package struct Seed: RandomNumberGenerator, Sendable {
    package let number: UInt64
    private var state: UInt64

    /// Takes the seed from `MARTLET_SEED`, or makes one up, and prints it for the case of failure.
    package init(file: String = #fileID) {
        let given = ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { UInt64($0) }
        number = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        state = number
        print("\(file): MARTLET_SEED=\(number)")
    }

    /// Begins with a seed that is known.
    package init(number: UInt64) {
        self.number = number
        state = number
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in `count` times.
    package mutating func once(in count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }

    /// So many rounds of a test, and `MARTLET_ROUNDS` times as many if that is set.
    package static func rounds(_ count: Int) -> Int {
        count * (ProcessInfo.processInfo.environment["MARTLET_ROUNDS"].flatMap { Int($0) } ?? 1)
    }

    package mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
