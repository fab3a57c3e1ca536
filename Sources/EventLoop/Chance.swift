/// Where the router draws what must not be guessed or must not collide: names, stamps, delays.
///
/// The system's generator, or one from a seed, with which everything drawn comes again.
public final class Chance: Sendable {
    private let generator: Guarded<any RandomNumberGenerator & Sendable>

    public init(_ generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.generator = Guarded(generator)
    }

    public func number(in range: ClosedRange<UInt64>) -> UInt64 {
        generator.withLock { UInt64.random(in: range, using: &$0) }
    }

    public func fraction() -> Double {
        generator.withLock { Double.random(in: 0..<1, using: &$0) }
    }

    private static let alphabet = Array(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_")

    /// A name that the router makes up: letters, digits, `+` and `_` (RS-6).
    public func text(length: Int) -> String {
        generator.withLock { generator in
            String(
                (0..<length).map { _ in
                    Self.alphabet[Int.random(in: Self.alphabet.indices, using: &generator)]
                })
        }
    }
}
