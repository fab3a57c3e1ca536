/// The most that is kept of other routers, whatever they say: what is beyond is passed over, and said
/// once for each router.
package struct Limits: Hashable, Sendable {
    /// Of routers, this one included; those beyond are ignored.
    package var routers = 65_536
    /// Of one router's neighbours, those first in order of their ids; of all routers' so many that
    /// paths can still be computed within a fraction of a second.
    package var peers = 4_096
    package var peersInAll = 1 << 20
    /// What the addresses of one router, and of all, may take, in octets of memory, roughly: some
    /// 300,000, and twice as many.
    package var addressOctets = 128 << 20
    package var addressOctetsInAll = 256 << 20

    package init() {}
}

extension Mesh {
    /// Questions that go out at once; of more, the rest follow soon.
    static let mostRequests = 256

    /// The neighbours among `peers` that can be kept of a node, in order.
    mutating func bounded(
        _ peers: [LinkState.Peer], of node: Int, _ effects: inout [Effect]
    ) -> ArraySlice<LinkState.Peer> {
        let sorted = peers.sorted { $0.id < $1.id }
        let room = limits.peersInAll - peerCount + nodes[node].edges.count
        let kept = sorted.prefix(min(limits.peers, room))
        if kept.count < sorted.count { noteExcess(of: node, .peers, &effects) }
        return kept
    }

    /// Counts an address in, if there is room for it.
    mutating func admit(_ key: AddressKey, to node: Int, _ effects: inout [Effect]) -> Bool {
        let octets = key.memory
        guard nodes[node].addressOctets + octets <= limits.addressOctets,
            addressOctets + octets <= limits.addressOctetsInAll
        else {
            noteExcess(of: node, .addresses, &effects)
            return false
        }
        nodes[node].addressOctets += octets
        addressOctets += octets
        return true
    }

    mutating func dismiss(_ key: AddressKey, from node: Int) {
        nodes[node].addressOctets -= key.memory
        addressOctets -= key.memory
    }

    private mutating func noteExcess(
        of node: Int, _ what: Fact.Excess, _ effects: inout [Effect]
    ) {
        guard !nodes[node].isExcessLogged else { return }
        nodes[node].isExcessLogged = true
        effects.append(.log(.tooMuch(nodes[node].id, what)))
    }
}

extension AddressKey {
    /// What an address that is known of another router takes in this one, its text aside.
    private static let overhead = 400

    var memory: Int { AddressKey.overhead + text.utf8.count }
}
