internal import Basis
internal import Topology

/// What old routers cannot do, and so nobody may ask of a network that has some.
extension Network {
    /// The old routers that hold something of another's former life, and will for ever, each with
    /// the first such other.
    ///
    /// qdrouterd takes an LSU or an absolute MAU of any life: an LSU's instance counts only if it is
    /// the first that is heard of its router, and a MAU has none. It forgets what it holds when it
    /// sees the instance change. So what comes later than that, by a slower way than word of the
    /// restart, stays, as does an LSU that came when the router was known only by name, as somebody's
    /// neighbour: then no change of its instance is seen. From then on it asks only if a number
    /// higher than the one it holds is announced (IR 3.5, 3.7).
    package var misled: [(router: Int, about: Int)] {
        stations.indices.compactMap { router in
            guard let old = stations[router].speaker as? OldRouter else { return nil }
            let about = old.nodes.keys.sorted().map(number(of:)).first {
                isMisled(old, about: stations[$0])
            }
            return about.map { (router, $0) }
        }
    }

    private func isMisled(_ old: OldRouter, about station: Station) -> Bool {
        guard let node = old.nodes[station.id], let truth = station.announced else { return false }
        let isAboutLinks =
            node.life != 0 && node.life != truth.instance && node.sequence >= truth.linkStates
        return isAboutLinks
            || node.mobileSequence >= truth.addresses
                && node.addresses != Set(station.local.keys.map { AddressKey($0) })
    }

    /// An old router drops what has passed more routers than its own tree is deep, and one; whatever
    /// it is, and though it be for itself. Its tree need not be the one that the message came along:
    /// others may have taken a path of equal cost and more hops.
    func isTooFar(at router: Int, hops: Int) -> Bool {
        stations[router].kind == .old
            && stations[router].speaker?.isHopLimitExceeded(traceCount: hops) ?? true
    }

    /// Here, or on the way.
    func isTooFar(_ router: Int, along tree: Oracle.Tree) -> Bool {
        (tree.path(to: router) + [router]).enumerated().contains { hops, passed in
            isTooFar(at: passed, hops: hops)
        }
    }

    /// The routers that cannot ask some other, or not be answered by it, since an old one drops
    /// that: they may hold what is past, and choose their paths by it. What is told them directly, by
    /// neighbours and in records, comes all the same.
    package var uninformed: Set<Int> {
        guard stations.contains(where: { $0.kind == .old }) else { return [] }
        return Set(
            stations.indices.filter { router in
                stations.indices.contains { other in
                    other != router
                        && (isDropped(from: router, to: other)
                            || isDropped(from: other, to: router))
                }
            })
    }

    private func isDropped(from router: Int, to destination: Int) -> Bool {
        var place = router
        for hops in 1..<max(2, stations.count) {
            guard let next = neighbour(of: place, towards: destination) else { return false }
            if isTooFar(at: next, hops: hops) { return true }
            if next == destination { return false }
            place = next
        }
        return false
    }
}
