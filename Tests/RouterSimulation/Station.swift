package import Basis
package import Topology

/// One router and its driver.
package struct Station {
    package enum Kind: Hashable, Sendable {
        case martlet
        /// qdrouterd, as far as its protocol and timing go.
        case old
    }

    package let id: RouterID
    package let kind: Kind
    /// It keeps the number of its life over its end.
    let hasLifeFile: Bool
    /// Of its clock, in milliseconds.
    var clockOffset = 0
    /// The present one's instance, or the last's.
    package internal(set) var life: Instance = 0
    /// Nil while it is down.
    package internal(set) var speaker: (any Speaker)?
    /// How often it was started; also its instance.
    package internal(set) var boot = 0
    var wake: Instant?
    /// Instance and numbers, as it last told everyone.
    var announced: (instance: Instance, linkStates: SequenceNumber, addresses: SequenceNumber)?
    /// Nothing is handled before then.
    var restsUntil = Instant(nanoseconds: 0)

    /// With destinations here, by key.
    package internal(set) var local: [String: MobileAddress] = [:]

    /// What the effects so far amount to, by the other router's number.
    package internal(set) var mapped: [Set<String>]
    package internal(set) var paths: [Mesh.Path?]
    package internal(set) var radius = 0
    /// When a path last changed.
    package internal(set) var pathsChangedAt = Instant(nanoseconds: 0)
    /// When a path or an address last changed.
    package internal(set) var changedAt = Instant(nanoseconds: 0)

    init(id: RouterID, kind: Kind, hasLifeFile: Bool, among count: Int) {
        self.id = id
        self.kind = kind
        self.hasLifeFile = hasLifeFile
        mapped = Array(repeating: [], count: count)
        paths = Array(repeating: nil, count: count)
    }

    mutating func forgetAll() {
        speaker = nil
        wake = nil
        announced = nil
        radius = 0
        mapped = Array(repeating: [], count: mapped.count)
        paths = Array(repeating: nil, count: paths.count)
    }
}
