package import Basis
internal import Seeded
internal import Topology

/// A network that is plagued and then left in peace, round after round, all drawn from a seed.
package struct Scenario {
    /// How long peace may take to bring agreement.
    static let convergence = Milliseconds(40_000)
    /// With old routers, which ask once and wait for the next RA; and further for each router that
    /// may have to be found beyond the one before.
    static let mixedConvergence = Milliseconds(70_000)
    static let mixedConvergencePerRouter: UInt64 = 4_000
    /// And further so often as long as a message takes from one end to the other: what is news goes
    /// there, is asked for, comes back, and is told again. Among old routers, each router is found
    /// beyond the one before by a question and an answer, on average from half way.
    static let crossings: UInt64 = 4
    /// How long a loop may last among Martlets while faults go on. Its routers are neighbours over
    /// connections that work, so that they have told each other what they know, but for what a router
    /// that stands still (6 s) has not handled, or what was lost, which digests tell of with
    /// every other HELLO and a summary brings.
    static let loopLimit = Milliseconds(15_000)
    /// Among old routers too: one keeps its last next hop to a router out of reach until that one's
    /// link state expires, 60 s after the last word of it, and acts a beat later (IR 3.6, 4.1).
    static let mixedLoopLimit = Milliseconds(63_000)
    /// After so much peace nothing of the past may be left.
    static let oblivion = Milliseconds(70_000)

    package let seed: UInt64
    package let network: Network
    package let shape: Shape
    package private(set) var errors: [String] = []
    /// The longest time that a loop was seen.
    package private(set) var longestLoop = Milliseconds(0)
    /// How many old routers had to be restarted, being misled about others (``Network/misled``).
    package private(set) var restarts = 0
    /// How many routers could not be held to the truth at the end of a peace (``Network/uninformed``).
    package private(set) var uninformed = 0
    /// With old routers the network is as TCP makes it: in order, and without loss as long as a
    /// connection lives; what is under way when one breaks is lost. Each control link is one such
    /// stream. Martlets alone have to bear loss and disorder within a connection too, so that nothing
    /// rests on a message that came once.
    private let isMixed: Bool
    private var chance: Seed
    private var loopsSince: [Network.Loop: Instant] = [:]

    /// `sizes` bounds the number of routers.
    package init(
        seed: UInt64, sizes: ClosedRange<Int>, isMixed: Bool = false, isRecorded: Bool = false
    ) {
        self.seed = seed
        self.isMixed = isMixed
        chance = Seed(number: seed ^ 0x5CE9_A810)
        let size = Int.random(in: sizes, using: &chance)
        let shape = Scenario.shape(size, &chance)
        self.shape = shape
        var kinds: [Station.Kind] = [.martlet]
        if isMixed {
            kinds = []
            for _ in 0..<shape.size { kinds.append(chance.once(in: 2) ? .old : .martlet) }
        }
        network = Network(seed: seed, shape: shape, kinds: kinds, isRecorded: isRecorded)
    }

    private static func shape(_ size: Int, _ chance: inout Seed) -> Shape {
        switch chance.below(8) {
        case 0: .line(min(size, 40))
        case 1: .ring(min(size, 60))
        case 2: .tree(size)
        case 3: .full(min(size, 16))
        case 4: .doubled(min(size, 30))
        case 5: .grid(width: 3, height: max(1, size / 3))
        default: .random(size, extra: 1 + chance.below(2))
        }
    }

    package var summary: String {
        let old = network.stations.count { $0.kind == .old }
        return "\(shape), \(old) old"
    }

    /// Runs `rounds` rounds; stops at the first error.
    package mutating func run(rounds: Int) {
        for router in network.stations.indices {
            for _ in 0..<chance.below(4) { network.addAddress(address(), at: router) }
        }
        network.startAll()
        for _ in 0..<rounds {
            plague(for: Milliseconds(UInt64(2_000 + chance.below(30_000))))
            peace(isLong: chance.once(in: 2))
            if !errors.isEmpty || !network.violations.isEmpty { break }
        }
        errors += network.violations
    }

    private mutating func address() -> String { "M0a/\(chance.below(50))" }

    // MARK: Faults

    private mutating func plague(for span: Milliseconds) {
        let end = network.now + span
        let isLossy = !isMixed && chance.once(in: 2)
        for link in network.links.indices {
            let lost = isLossy && chance.once(in: 3) ? chance.below(200) : 0
            let reordered = isLossy && chance.once(in: 3) ? chance.below(300) : 0
            let jitter = Milliseconds(UInt64(chance.once(in: 4) ? chance.below(400) : 0))
            network.setWays(link) { way in
                way.lost = lost
                way.reordered = reordered
                way.jitter = jitter
            }
            let bandwidth = chance.once(in: 6) ? 20_000 + chance.below(100_000) : 0
            let isFar = chance.once(in: 5)
            let delay = Milliseconds(UInt64(1 + chance.below(isFar ? 800 : 20)))
            network.setWay(link, chance.below(2)) { way in
                way.bandwidth = bandwidth
                way.delay = delay
            }
        }
        while network.now < end {
            network.run(for: Milliseconds(UInt64(1 + chance.below(1_500))))
            fault()
            watchLoops()
        }
    }

    private mutating func fault() {
        let link = chance.below(network.links.count)
        let router = chance.below(network.stations.count)
        switch chance.below(16) {
        case 0, 1: network.cut(link, isSilent: chance.once(in: 2))
        case 2, 3, 4: network.mend(link)
        case 5: network.reset(link, isSilent: chance.once(in: 2))
        case 6: network.stop(router, isSilent: chance.once(in: 2))
        case 7, 8: network.start(router)
        case 9:
            network.stop(router, isSilent: chance.once(in: 2))
            if chance.once(in: 3) { network.turnClock(of: router, by: clockError()) }
            network.start(router)
        case 10: network.rest(router, for: Milliseconds(UInt64(chance.below(6_000))))
        case 11: partition()
        case 12: network.setEnabled(chance.once(in: 2), link)
        case 13, 14:
            for _ in 0..<1 + chance.below(5) { network.addAddress(address(), at: router) }
        default:
            for key in network.stations[router].local.keys.sorted() where chance.once(in: 2) {
                network.removeAddress(key, at: router)
            }
        }
    }

    /// Seconds or days, in either direction.
    private mutating func clockError() -> Int {
        let most = chance.once(in: 2) ? 10_000 : 864_000_000
        return chance.below(2 * most + 1) - most
    }

    private mutating func partition() {
        let side = network.stations.map { _ in chance.once(in: 2) }
        let isSilent = chance.once(in: 2)
        for (number, link) in network.links.enumerated()
        where side[link.ends[0]] != side[link.ends[1]] {
            network.cut(number, isSilent: isSilent)
        }
    }

    private mutating func watchLoops() {
        var since: [Network.Loop: Instant] = [:]
        for loop in network.loops() {
            let start = loopsSince[loop] ?? network.now
            since[loop] = start
            longestLoop = max(longestLoop, network.now.since(start))
        }
        loopsSince = since
        let limit = isMixed ? Scenario.mixedLoopLimit : Scenario.loopLimit
        if longestLoop > limit, errors.isEmpty {
            errors.append("a loop lasted \(longestLoop.count) ms")
        }
    }

    // MARK: Peace

    /// From every router, or in a large network, where that takes its square, from sixty of them.
    private mutating func checkMulticast() {
        let running = network.stations.indices.filter { network.stations[$0].speaker != nil }
        for origin in running.count > 60 ? Array(running.shuffled(using: &chance)[..<60]) : running
        where errors.isEmpty {
            errors += network.multicastErrors(from: origin)
        }
    }

    private func converge() {
        let size = UInt64(network.stations.count)
        network.run(for: isMixed ? Scenario.mixedConvergence : Scenario.convergence)
        if isMixed { network.run(for: Milliseconds(Scenario.mixedConvergencePerRouter * size)) }
        let crossings = Scenario.crossings + (isMixed ? size : 0)
        network.run(for: Milliseconds(network.longestCrossing.count * crossings))
    }

    /// What the operator of a qdrouterd has to do that holds a former life's state. No Martlet may
    /// be the cause: its numbers are above those of its former lives, so that its next announcement
    /// makes everyone ask for its present state.
    private mutating func restartMisled() -> Bool {
        let misled = network.misled
        for (router, about) in misled {
            let (old, other) = (network.stations[router], network.stations[about])
            if other.kind == .martlet {
                errors.append("\(old.id) is misled about \(other.id), a Martlet")
            }
            network.stop(router, isSilent: false)
            network.start(router)
        }
        restarts += misled.count
        return !misled.isEmpty
    }

    private mutating func peace(isLong: Bool) {
        for link in network.links.indices {
            network.setWays(link) { way in
                (way.lost, way.reordered, way.jitter, way.bandwidth) = (0, 0, 0, 0)
            }
            if !network.links[link].isWhole, !chance.once(in: 10) { network.mend(link) }
            if !network.links[link].isEnabled, !chance.once(in: 10) {
                network.setEnabled(true, link)
            }
        }
        for router in network.stations.indices where !chance.once(in: 20) { network.start(router) }
        // Dead connections are found, and new ones made, before the clock of peace runs.
        network.run(for: 20_000)
        converge()
        if restartMisled() { converge() }
        uninformed += network.uninformed.count
        errors += network.errors(isLong: false).map { "in peace: \($0)" }
        for loop in network.loops() { errors.append("in peace: \(loop)") }
        checkMulticast()
        loopsSince = [:]
        guard isLong else { return }
        network.run(for: Scenario.oblivion)
        errors += network.errors(isLong: true).map { "after long peace: \($0)" }
    }
}
