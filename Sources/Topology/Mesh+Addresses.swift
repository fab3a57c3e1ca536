internal import Basis

/// The addresses with destinations at this router, and which of them the mesh has been told.
struct AnnouncedAddresses: Sendable {
    /// Of the last MAU that was sent, or where to go on from.
    private(set) var sequence: SequenceNumber
    /// By key, with hints: what a router that has applied that MAU holds.
    private var told: [AddressKey: UInt8?] = [:]
    private var adding: [AddressKey: UInt8?] = [:]
    private var removing: Set<AddressKey> = []
    /// When the oldest change that is not yet told came.
    private(set) var changedAt: Instant?

    init(sequence: SequenceNumber) { self.sequence = sequence }

    mutating func add(_ address: MobileAddress, at now: Instant) {
        if removing.remove(address.key) == nil && told[address.key] == nil {
            adding[address.key] = .some(address.hint)
        }
        noteChange(at: now)
    }

    mutating func remove(_ key: AddressKey, at now: Instant) {
        if adding.removeValue(forKey: key) == nil && told[key] != nil { removing.insert(key) }
        noteChange(at: now)
    }

    mutating func removeAll(at now: Instant) {
        adding = [:]
        removing = Set(told.keys)
        noteChange(at: now)
    }

    private mutating func noteChange(at now: Instant) {
        let isAny = !adding.isEmpty || !removing.isEmpty
        changedAt = isAny ? changedAt ?? now : nil
    }

    /// Everything changed since the last one, under the next number; or under the next few, if it is
    /// too much for one message.
    mutating func nextDifferentials() -> [(SequenceNumber, AddressUpdate)] {
        let added = adding.map { MobileAddress(key: $0.key, hint: $0.value) }.sorted {
            $0.key < $1.key
        }
        let removed = removing.sorted()
        for address in added { told[address.key] = .some(address.hint) }
        for key in removed { told[key] = nil }
        adding = [:]
        removing = []
        changedAt = nil
        // Those that are removed ride as additions do, to be parted alike.
        let removals = removed.map { MobileAddress(key: $0, hint: nil) }.parts
        let additions = added.parts
        return (0..<max(additions.count, removals.count)).map { place in
            sequence = sequence.next
            let update = AddressUpdate.differential(
                adding: place < additions.count ? Array(additions[place]) : [],
                removing: place < removals.count ? removals[place].map(\.key) : [])
            return (sequence, update)
        }
    }

    /// Those at the present number: what is yet to be told follows as a differential (IR 3.9).
    var all: [MobileAddress] {
        told.sorted { $0.key < $1.key }.map { MobileAddress(key: $0.key, hint: $0.value) }
    }

    /// Goes on counting from a number that was used in a former life, if it is higher.
    mutating func outbid(_ sequence: SequenceNumber) {
        if sequence > self.sequence { self.sequence = sequence.next }
    }
}

/// MAU and MAR: who has destinations for which address (IR 3.9).
extension Mesh {
    /// When the changes of local addresses are to be told.
    var addressesDue: Instant? {
        guard let changedAt = announced.changedAt else { return nil }
        let gathered = changedAt + timing.mobileGather
        guard let lastUpdate else { return gathered }
        return max(gathered, lastUpdate + mobileInterval)
    }

    /// A Martlet takes changes as they come: only where many routers flood theirs must each be rare.
    private var mobileInterval: Milliseconds {
        guard isAmongMartlets else { return timing.mobileInterval }
        let bySize = timing.mobileIntervalPerRouter.count * UInt64(nodes.count)
        return Milliseconds(min(bySize, timing.mobileInterval.count))
    }

    /// Tells everyone the address changes, if due; then the new number (IR-60, IR-61).
    mutating func announceAddresses(at now: Instant, _ effects: inout [Effect]) {
        guard let due = addressesDue, due <= now else { return }
        lastUpdate = now
        let targets = floodTargets(trace: [])
        for (sequence, update) in announced.nextDifferentials() {
            let message = ControlMessage.mau(id: myself, sequence: sequence, update)
            effects.append(.send(message, to: .everyone(on: targets)))
        }
        if !isAmongMartlets { announce(at: now, &effects) }
    }

    mutating func heardUpdate(
        _ update: AddressUpdate, _ sequence: SequenceNumber, _ part: Part, from id: RouterID,
        _ arrival: Arrival, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let node = nodes.number(of: id) else {
            effects.append(.log(.unknownSender(id)))
            return
        }
        switch update {
        case .absolute(let all):
            let told = RouterRecord.Addresses(
                sequence: sequence.later(by: part.more), all: all, part: part)
            heardAll(told, of: node, on: arrival.trunk, at: now, &effects)
        case .differential(let all, removing: _) where part.index > 0:
            let told = RouterRecord.Addresses(
                sequence: sequence.later(by: part.more), all: all, part: part)
            heardAll(told, of: node, on: arrival.trunk, at: now, &effects)
        case .differential(let adding, let removing):
            let content = Relayed.Content(mobileSequence: sequence)
            let isRelayed = nodes[node].relayedUpdate.admits(
                content, hops: arrival.trace.count, at: now, window: timing.helloMaxAge)
            if isRelayed { relay(arrival, &effects) }
            guard sequence > nodes[node].mobileSequence else { return }
            guard sequence == nodes[node].mobileSequence.next else {
                wantAddresses(sequence, of: node, at: now)
                sendRequests(to: node, at: now, &effects)
                return
            }
            change(node, adding: adding, removing: removing, &effects)
            noteAddresses(sequence, of: node)
        }
    }

    /// The answer to a MAR, or a part of it.
    private mutating func heardAll(
        _ told: RouterRecord.Addresses, of node: Int, on trunk: TrunkID, at now: Instant,
        _ effects: inout [Effect]
    ) {
        let isNews = told.sequence > nodes[node].mobileSequence
        guard takeAddresses(told, of: node, on: trunk, &effects) else { return }
        guard told.part.more == 0 else {
            nodes[node].addressRequest?.postpone(until: now + timing.helloInterval)
            return
        }
        if nodes[node].addressRequest?.isDoubt == true { nodes[node].addressRequest = nil }
        if isNews {
            tellNews([record(of: node, withAddresses: true, at: now)], except: nil, &effects)
        }
    }

    mutating func noteAddresses(_ sequence: SequenceNumber, of node: Int) {
        nodes[node].mobileSequence = sequence
        if let request = nodes[node].addressRequest, !request.isDoubt, sequence >= request.sequence
        {
            nodes[node].addressRequest = nil
        }
    }

    mutating func heardAddressRequest(
        from id: RouterID, have: SequenceNumber, _ arrival: Arrival, _ effects: inout [Effect]
    ) {
        guard let node = nodes.number(of: id) else {
            effects.append(.log(.unknownSender(id)))
            return
        }
        outbid(linkStateSequence: 0, mobileSequence: have)
        guard have < announced.sequence else { return }
        let trunk = nodes[node].path?.trunk ?? arrival.trunk
        for answer in answers(isWhole: have > 0 && nodes[node].isQdrouterd) {
            effects.append(.send(answer, to: .router(id, via: trunk)))
        }
    }

    /// All addresses, as absolute MAUs (IR-63). A qdrouterd that has some takes away what is not in
    /// the first part until it hears the rest, so it gets all in one.
    private func answers(isWhole: Bool) -> [ControlMessage] {
        let all = announced.all
        var parts = all.parts
        if isWhole || announced.sequence.value < parts.count { parts = [all[...]] }
        return parts.enumerated().map { place, addresses in
            let part = Part(place, of: parts.count)
            let update =
                place == 0
                ? AddressUpdate.absolute(Array(addresses))
                : .differential(adding: Array(addresses), removing: [])
            return .mau(
                id: myself, sequence: announced.sequence.earlier(by: part.more), update, part)
        }
    }

    mutating func wantAddresses(_ sequence: SequenceNumber, of node: Int, at now: Instant) {
        nodes[node].addressRequest?.raise(to: sequence, at: now)
        if nodes[node].addressRequest == nil {
            nodes[node].addressRequest = Request(sequence: sequence, at: now)
        }
    }

    /// Asks the qdrouterds that restarted a while ago once more for all their addresses.
    ///
    /// A MAU does not say of which life it is, and both lives count from 0: one that comes late can
    /// be taken for the present life's, whose own of the same number is then never asked for.
    mutating func doubtAddresses(at now: Instant) {
        for node in nodes.ranked {
            guard let end = nodes[node].lateUntil, end <= now else { continue }
            nodes[node].lateUntil = nil
            let held = nodes[node].mobileSequence
            guard nodes[node].isQdrouterd, held > 0, nodes[node].addressRequest == nil else {
                continue
            }
            nodes[node].addressRequest = Request(sequence: held, isDoubt: true, at: now)
        }
    }

    /// False if there is no room for it.
    @discardableResult
    mutating func map(
        _ address: MobileAddress, to node: Int, _ effects: inout [Effect]
    ) -> Bool {
        let before = nodes[node].addresses.updateValue(address.hint, forKey: address.key)
        guard before == nil else { return true }
        guard admit(address.key, to: node, &effects) else {
            nodes[node].addresses[address.key] = nil
            return false
        }
        effects.append(.addressMapped(address, nodes[node].id))
        return true
    }

    mutating func change(
        _ node: Int, adding: [MobileAddress], removing: [AddressKey], _ effects: inout [Effect]
    ) {
        let id = nodes[node].id
        for address in adding { map(address, to: node, &effects) }
        for key in removing where nodes[node].addresses.removeValue(forKey: key) != nil {
            dismiss(key, from: node)
            effects.append(.addressUnmapped(key: key, id))
        }
    }

    mutating func unmapAddresses(of node: Int, _ effects: inout [Effect]) {
        change(node, adding: [], removing: nodes[node].addresses.keys.sorted(), &effects)
        nodes[node].arriving = nil
    }
}
