internal import Basis

/// The addresses with destinations at this router, and which of them the mesh has been told.
struct AnnouncedAddresses: Sendable {
    /// Of the last MAU that was sent, or where to go on from.
    private(set) var sequence: SequenceNumber
    /// By key, with hints: what a router that has applied that MAU holds.
    private var told: [String: UInt8?] = [:]
    private var adding: [String: UInt8?] = [:]
    private var removing: Set<String> = []
    /// When the oldest change that is not yet told came.
    private(set) var changedAt: Instant?

    init(sequence: SequenceNumber) { self.sequence = sequence }

    mutating func add(_ address: MobileAddress, at now: Instant) {
        if removing.remove(address.key) == nil && told[address.key] == nil {
            adding[address.key] = .some(address.hint)
        }
        noteChange(at: now)
    }

    mutating func remove(_ key: String, at now: Instant) {
        if adding.removeValue(forKey: key) == nil && told[key] != nil { removing.insert(key) }
        noteChange(at: now)
    }

    private mutating func noteChange(at now: Instant) {
        let isAny = !adding.isEmpty || !removing.isEmpty
        changedAt = isAny ? changedAt ?? now : nil
    }

    /// Everything changed since the last one, under the next number.
    mutating func nextDifferential() -> AddressUpdate {
        let added = adding.sorted { $0.key < $1.key }
        let removed = removing.sorted()
        for (key, hint) in added { told[key] = .some(hint) }
        for key in removed { told[key] = nil }
        adding = [:]
        removing = []
        changedAt = nil
        sequence = sequence.next
        return .differential(
            adding: added.map { MobileAddress(key: $0.key, hint: $0.value) }, removing: removed)
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
        return max(gathered, lastUpdate + timing.mobileInterval)
    }

    /// Tells everyone the address changes, if due; then the new number (IR-60, IR-61).
    mutating func announceAddresses(at now: Instant, _ effects: inout [Effect]) {
        guard let due = addressesDue, due <= now else { return }
        lastUpdate = now
        let update = announced.nextDifferential()
        let message = ControlMessage.mau(id: myself, sequence: announced.sequence, update)
        effects.append(.send(message, to: .everyone(on: floodTargets(trace: []))))
        if !isAmongMartlets { announce(at: now, &effects) }
    }

    mutating func heardUpdate(
        _ update: AddressUpdate, _ sequence: SequenceNumber, from id: RouterID, _ arrival: Arrival,
        at now: Instant, _ effects: inout [Effect]
    ) {
        guard let node = nodes.number(of: id) else {
            effects.append(.log(.unknownSender(id)))
            return
        }
        switch update {
        case .absolute(let addresses):
            let isNews = sequence > nodes[node].mobileSequence
            replaceAddresses(of: node, by: addresses, sequence, &effects)
            if nodes[node].addressRequest?.isDoubt == true { nodes[node].addressRequest = nil }
            if isNews {
                tellNews([record(of: node, withAddresses: true, at: now)], except: nil, &effects)
            }
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

    private mutating func noteAddresses(_ sequence: SequenceNumber, of node: Int) {
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
        let answer = ControlMessage.mau(
            id: myself, sequence: announced.sequence, .absolute(announced.all))
        let trunk = nodes[node].path?.trunk ?? arrival.trunk
        effects.append(.send(answer, to: .router(id, via: trunk)))
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

    /// Puts these in place of all that the node had (IR-64).
    mutating func replaceAddresses(
        of node: Int, by addresses: [MobileAddress], _ sequence: SequenceNumber,
        _ effects: inout [Effect]
    ) {
        let kept = Set(addresses.map(\.key))
        let removed = nodes[node].addresses.keys.filter { !kept.contains($0) }.sorted()
        change(node, adding: addresses, removing: removed, &effects)
        noteAddresses(sequence, of: node)
    }

    private mutating func change(
        _ node: Int, adding: [MobileAddress], removing: [String], _ effects: inout [Effect]
    ) {
        let id = nodes[node].id
        for address in adding
        where nodes[node].addresses.updateValue(address.hint, forKey: address.key) == nil {
            effects.append(.addressMapped(address, id))
        }
        for key in removing where nodes[node].addresses.removeValue(forKey: key) != nil {
            effects.append(.addressUnmapped(key: key, id))
        }
    }

    mutating func unmapAddresses(of node: Int, _ effects: inout [Effect]) {
        let id = nodes[node].id
        for key in nodes[node].addresses.keys.sorted() {
            effects.append(.addressUnmapped(key: key, id))
        }
        nodes[node].addresses = [:]
    }
}
