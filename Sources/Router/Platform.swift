package import Basis
package import EventLoop

/// What a router runs on: the machine, or one that a test plays.
package struct Platform {
    let chance: Chance
    let start: Instant
    /// Milliseconds since 1970 at the start.
    let startedAt: Int
    /// What connectors dial by; nil for the network.
    let dial: Dialler.Dial?
    /// Whoever made the router gives control and workers their turns, on a clock of their own. There
    /// are no further threads then.
    let isTurnedByCaller: Bool

    package static var machine: Platform {
        Platform(
            chance: Chance(), start: Clock.now, startedAt: Clock.unixMilliseconds, dial: nil,
            isTurnedByCaller: false)
    }

    package static func played(
        by chance: Chance, from start: Instant, startedAt: Int, dial: @escaping Dialler.Dial
    ) -> Platform {
        Platform(
            chance: chance, start: start, startedAt: startedAt, dial: dial, isTurnedByCaller: true)
    }
}
