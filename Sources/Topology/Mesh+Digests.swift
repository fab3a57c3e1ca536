internal import Basis

/// How neighbouring Martlets notice that they are not in step, and how a mesh of Martlets does without
/// announcing every change to everyone.
///
/// News are told from neighbour to neighbour once, on links that lose nothing. Should some be missing
/// all the same, the digests that come with each HELLO differ, and stay so: then both tell each other
/// the numbers of what they know, and are sent what they lack. So an RA tells Martlets nothing new,
/// but that its router lives. A qdrouterd learns of what changed by RAs alone.
extension Mesh {
    /// Of the instances and numbers of all routers that there is something to tell of, this one
    /// included: the same at two routers that know the same.
    var digestOfNow: UInt64 {
        var digest: UInt64 = 0
        for number in nodes.ranked {
            let isMyself = number == NodeTable.myself
            guard isMyself || nodes[number].isTellable else { continue }
            let mobile = isMyself ? announced.sequence : nodes[number].mobileSequence
            digest &+= nodes[number].tag.mixed(with: nodes[number].instance.value)
                .mixed(with: nodes[number].linkStateSequence.value).mixed(with: mobile.value)
        }
        return digest
    }

    /// Tells the neighbour the numbers of what is known here if it goes on to know something else.
    /// What it has told since this router's last HELLO is not in the digest yet, and so makes one
    /// disagreement that the next HELLO ends.
    mutating func compare(
        with theirs: UInt64, on index: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        guard trunks[index].isInStep else { return }
        let mine = digest
        guard theirs != mine else {
            trunks[index].disagreement = nil
            return
        }
        guard var disagreement = trunks[index].disagreement else {
            trunks[index].disagreement = Disagreement(mine: mine, theirs: theirs, at: now, timing)
            return
        }
        let isDue = disagreement.isDue(mine: mine, theirs: theirs, at: now)
        trunks[index].disagreement = disagreement
        if isDue { summarize(on: trunks[index].id, at: now, &effects) }
    }

    /// No router is known that learns of changes by announcements only.
    var isAmongMartlets: Bool {
        nodes.ranked.allSatisfy { number in
            number == NodeTable.myself || !nodes[number].isQdrouterd && !isOldNeighbour(number)
        }
    }

    private func isOldNeighbour(_ number: Int) -> Bool {
        guard let trunk = nodes[number].trunk, let index = trunkIndex(trunk) else { return false }
        return !trunks[index].takesRecords
    }
}

/// Since when two neighbours know different things.
struct Disagreement: Sendable {
    private var mine: UInt64
    private var theirs: UInt64
    /// When it is long enough, though both go on to learn.
    private let limit: Instant
    private var due: Instant
    private let interval: Milliseconds
    private var attempts: UInt64 = 0

    init(mine: UInt64, theirs: UInt64, at now: Instant, _ timing: Timing) {
        (self.mine, self.theirs) = (mine, theirs)
        limit = now + timing.helloInterval + timing.helloInterval
        interval = timing.helloInterval
        // HELLOs that follow each other closely, as at first, show the same twice.
        due = now + Milliseconds(interval.count / 2)
    }

    /// Once both have learned nothing since the HELLO before, or have long disagreed; then on every
    /// other HELLO, and after five times more and more seldom.
    mutating func isDue(mine: UInt64, theirs: UInt64, at now: Instant) -> Bool {
        let isStill = (mine, theirs) == (self.mine, self.theirs)
        (self.mine, self.theirs) = (mine, theirs)
        guard isStill || limit <= now, due <= now else { return false }
        attempts += 1
        due = now + Milliseconds(2 * interval.count << min(max(attempts, 4) - 4, 5))
        return true
    }
}

extension Node {
    /// Its numbers began at 0; those of a Martlet begin at its instance.
    var isQdrouterd: Bool {
        let number = max(linkStateSequence, mobileSequence)
        return number > 0 && (instance == 0 || number < instance.firstSequence)
    }
}

extension UInt64 {
    /// Scatters numbers that are near each other.
    fileprivate func mixed(with number: UInt64) -> UInt64 {
        var word = (self ^ number) &* 0x9E37_79B9_7F4A_7C15
        word ^= word >> 32
        word &*= 0xD6E8_FEB8_6659_FD93
        return word ^ word >> 32
    }
}
