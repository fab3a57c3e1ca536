/// Addresses that are too many for one message.
///
/// A control link carries one message after the other: a HELLO must not wait behind a megabyte, nor a
/// router stand still while it takes it in.
extension [MobileAddress] {
    /// In parts that fit into a message each; at least one. An address too long for that has one to
    /// itself.
    var parts: [ArraySlice<MobileAddress>] {
        var parts: [ArraySlice<MobileAddress>] = []
        var begin = 0
        var octets = 0
        for (place, address) in enumerated() {
            if place > begin, octets + address.key.octets > Mesh.mostOctets {
                parts.append(self[begin..<place])
                (begin, octets) = (place, 0)
            }
            octets += address.key.octets
        }
        parts.append(self[begin...])
        return parts
    }

    /// In octets of a message, roughly.
    var octets: Int { reduce(0) { $0 + $1.key.octets } }
}

extension AddressKey {
    var octets: Int { 8 + text.utf8.count }
}

extension Part {
    /// One of `count` parts.
    init(_ index: Int, of count: Int) {
        self.init(
            index: UInt16(clamping: index), more: UInt16(clamping: count - 1 - index))
    }
}

/// All addresses of a router, while they come in parts: those that came are mapped at once; those
/// that are none of them any more go when the last has come.
struct ArrivingAddresses: Sendable {
    let sequence: SequenceNumber
    /// The parts of one message follow each other on one trunk.
    let trunk: TrunkID
    var next: UInt16 = 1
    var kept: Set<AddressKey> = []

    func isNext(_ part: Part, at sequence: SequenceNumber, on trunk: TrunkID) -> Bool {
        part.index == next && sequence == self.sequence && trunk == self.trunk
    }
}

extension Mesh {
    /// Takes all addresses of a node, or a part of them. False if a part before it is missing.
    mutating func takeAddresses(
        _ told: RouterRecord.Addresses, of node: Int, on trunk: TrunkID, _ effects: inout [Effect]
    ) -> Bool {
        if told.part.index == 0 {
            nodes[node].arriving = ArrivingAddresses(sequence: told.sequence, trunk: trunk)
        } else {
            let isNext = nodes[node].arriving?.isNext(told.part, at: told.sequence, on: trunk)
            guard isNext == true else { return false }
            nodes[node].arriving?.next &+= 1
        }
        for address in told.all where map(address, to: node, &effects) {
            nodes[node].arriving?.kept.insert(address.key)
        }
        guard told.part.more == 0 else { return true }
        let kept = nodes[node].arriving?.kept ?? []
        nodes[node].arriving = nil
        let removed = nodes[node].addresses.keys.filter { !kept.contains($0) }.sorted()
        change(node, adding: [], removing: removed, &effects)
        noteAddresses(told.sequence, of: node)
        return true
    }
}
