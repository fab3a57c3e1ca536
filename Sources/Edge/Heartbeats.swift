package import Basis

/// The connections that give signs of life, and those that have stopped (IR 8.6).
package struct Heartbeats: Sendable {
    /// Who is silent for longer is gone.
    package static let longestSilence = Milliseconds.seconds(8)
    /// Between looks.
    package static let interval = Milliseconds.seconds(2)

    private var heard: [UplinkID: Instant] = [:]

    package init() {}

    /// Somebody is watched, so that looks are needed.
    package var isWatching: Bool { !heard.isEmpty }

    /// The connection's heartbeat link is attached.
    package mutating func began(_ id: UplinkID, at now: Instant) { heard[id] = now }

    package mutating func beat(_ id: UplinkID, at now: Instant) {
        if heard[id] != nil { heard[id] = now }
    }

    /// The link, or the connection, is gone.
    package mutating func ended(_ id: UplinkID) { heard[id] = nil }

    /// Those that were silent for too long; each is told once.
    package mutating func takeSilent(at now: Instant) -> [UplinkID] {
        let silent = heard.filter { now > $0.value + Self.longestSilence }.keys.sorted()
        for id in silent { heard[id] = nil }
        return silent
    }
}
