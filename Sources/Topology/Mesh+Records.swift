internal import Basis

/// How neighbouring Martlets keep each other in step, beside qdrouterd's protocol, which has every
/// router ask every other.
///
/// When a Martlet becomes a neighbour, each tells the other the numbers of what it knows, and is sent
/// what it lacks. From then on each hands the other whatever is news to itself, once: a link state
/// crosses each trunk a single time, and what qdrouterd neighbours answer is asked for by one
/// Martlet and not by all. LSR and MAR stay for what does not come that way.
extension Mesh {
    /// No message tells of more, in octets, roughly, unless one link state or address alone is more.
    static let mostOctets = 65_536

    mutating func summarize(on trunk: TrunkID, at now: Instant, _ effects: inout [Effect]) {
        guard let index = trunkIndex(trunk), trunks[index].takesRecords else { return }
        trunks[index].isInStep = true
        let known = nodes.ranked.filter { number in
            number == NodeTable.myself || nodes[number].isTellable
        }
        let entries = known.map { number in
            let node = nodes[number]
            let isMyself = number == NodeTable.myself
            return RouterSummary(
                id: node.id, instance: node.instance, linkStateSequence: node.linkStateSequence,
                mobileSequence: isMyself ? announced.sequence : node.mobileSequence)
        }
        effects.append(.send(.summary(id: myself, entries), to: .neighbours(on: [trunk])))
    }

    /// Answers with what the neighbour lacks.
    mutating func heardSummary(
        _ entries: [RouterSummary], on index: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        guard trunks[index].takesRecords else { return }
        trunks[index].isInStep = true
        let held = Dictionary(entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        if let mine = held[myself] {
            outbid(mine.instance, at: now, &effects)
            if mine.instance == instance {
                outbid(
                    linkStateSequence: mine.linkStateSequence, mobileSequence: mine.mobileSequence)
            }
        }
        let lacking = nodes.ranked.compactMap {
            record(of: $0, beyond: held[nodes[$0].id], at: now)
        }
        tell(lacking, on: [trunks[index].id], &effects)
    }

    /// Takes what is news, and passes that on.
    mutating func heardRecords(
        _ records: [RouterRecord], on index: Int, at now: Instant, _ effects: inout [Effect]
    ) {
        guard trunks[index].takesRecords else { return }
        let trunk = trunks[index].id
        let news = records.compactMap { take($0, on: index, at: now, &effects) }
        tellNews(news, except: trunk, &effects)
    }

    /// The parts that were news; nil if none was.
    private mutating func take(
        _ record: RouterRecord, on index: Int, at now: Instant, _ effects: inout [Effect]
    ) -> RouterRecord? {
        if record.id == myself {
            outbid(record.instance, at: now, &effects)
            guard record.instance == instance else { return nil }
            outbid(
                linkStateSequence: record.linkState?.sequence ?? 0,
                mobileSequence: record.addresses?.sequence ?? 0)
            return nil
        }
        guard record.age <= timing.remoteLinkStateMaxAge, record.instance != 0,
            let node = node(record.id, record.instance, at: now, &effects),
            isPresent(record.instance, of: node),
            noteInstance(record.instance, of: node, at: now, &effects)
        else { return nil }
        var linkState: LinkState?
        if let told = record.linkState, takeLinkState(told, of: node, at: now, &effects) {
            linkState = told
            nodes[node].lastSeen = max(nodes[node].lastSeen, now.before(record.age))
        }
        var addresses: RouterRecord.Addresses?
        if let told = record.addresses, told.sequence > nodes[node].mobileSequence,
            takeAddresses(told, of: node, on: trunks[index].id, &effects)
        {
            addresses = told
            // The neighbour is still telling: that both know different things means nothing yet.
            if told.part != .whole { trunks[index].disagreement = nil }
            nodes[node].addressRequest?.postpone(until: now + timing.helloInterval)
        }
        guard linkState != nil || addresses != nil else { return nil }
        return RouterRecord(
            id: record.id, instance: record.instance, age: record.age, linkState: linkState,
            addresses: addresses)
    }

    /// Not of a former life, as far as is known here. A neighbour says itself which life it is in.
    private func isPresent(_ instance: Instance, of node: Int) -> Bool {
        let known = nodes[node].instance
        guard instance != known else { return true }
        return nodes[node].trunk == nil && instance > known
            && !nodes[node].formerInstances.contains(instance)
    }

    // MARK: Telling

    func tellNews(_ records: [RouterRecord], except trunk: TrunkID?, _ effects: inout [Effect]) {
        guard !records.isEmpty else { return }
        tell(records, on: recordTrunks(except: trunk), &effects)
    }

    /// In as few messages as are not too long.
    private func tell(
        _ records: [RouterRecord], on trunks: [TrunkID], _ effects: inout [Effect]
    ) {
        guard !trunks.isEmpty else { return }
        var message: [RouterRecord] = []
        var octets = 0
        for record in records.lazy.flatMap(\.parts) {
            if !message.isEmpty, octets + record.octets > Mesh.mostOctets {
                effects.append(.send(.records(id: myself, message), to: .neighbours(on: trunks)))
                (message, octets) = ([], 0)
            }
            message.append(record)
            octets += record.octets
        }
        guard !message.isEmpty else { return }
        effects.append(.send(.records(id: myself, message), to: .neighbours(on: trunks)))
    }

    /// One for each neighbour that is in step.
    private func recordTrunks(except arrival: TrunkID?) -> [TrunkID] {
        trunks.compactMap { trunk in
            guard trunk.isInStep, trunk.id != arrival, let peer = trunk.peer else { return nil }
            let bound = nodes.number(of: peer).flatMap { nodes[$0].trunk }
            return bound ?? trunk.id == trunk.id ? trunk.id : nil
        }
    }

    /// What `held` lacks of a node; nil if nothing.
    private func record(of number: Int, beyond held: RouterSummary?, at now: Instant)
        -> RouterRecord?
    {
        let node = nodes[number]
        let isMyself = number == NodeTable.myself
        guard isMyself || node.isTellable else { return nil }
        var (linkState, mobile): (SequenceNumber, SequenceNumber) = (0, 0)
        if let held, held.instance >= node.instance {
            guard held.instance == node.instance else { return nil }
            (linkState, mobile) = (held.linkStateSequence, held.mobileSequence)
        }
        let own = isMyself ? announced.sequence : node.mobileSequence
        let isStateNews = node.linkStateSequence > linkState
        guard isStateNews || own > mobile else { return nil }
        return record(
            of: number, withLinkState: isStateNews, withAddresses: own > mobile, at: now)
    }

    func record(
        of number: Int, withLinkState: Bool = false, withAddresses: Bool = false, at now: Instant
    ) -> RouterRecord {
        RouterRecord(
            id: nodes[number].id, instance: nodes[number].instance, age: age(of: number, at: now),
            linkState: withLinkState ? linkState(of: number) : nil,
            addresses: withAddresses ? addresses(of: number) : nil)
    }

    private func age(of number: Int, at now: Instant) -> Milliseconds {
        number == NodeTable.myself ? 0 : now.since(nodes[number].lastSeen)
    }

    private func addresses(of number: Int) -> RouterRecord.Addresses {
        guard number != NodeTable.myself else {
            return RouterRecord.Addresses(sequence: announced.sequence, all: announced.all)
        }
        let all = nodes[number].addresses.sorted { $0.key < $1.key }
        return RouterRecord.Addresses(
            sequence: nodes[number].mobileSequence,
            all: all.map { MobileAddress(key: $0.key, hint: $0.value) })
    }
}

extension Node {
    /// There is something of the node's own to tell.
    var isTellable: Bool {
        instance != 0 && (linkStateSequence > 0 || mobileSequence > 0)
    }
}

extension RouterRecord {
    /// In octets of a message, roughly.
    fileprivate var octets: Int {
        let peers = linkState?.peers.reduce(0) { $0 + 16 + $1.id.text.utf8.count } ?? 0
        return 64 + peers + (addresses?.all.octets ?? 0)
    }

    /// The record, or several with its addresses in parts.
    fileprivate var parts: [RouterRecord] {
        guard let addresses, addresses.part == .whole, addresses.all.octets > Mesh.mostOctets
        else { return [self] }
        let parts = addresses.all.parts
        return parts.enumerated().map { place, part in
            RouterRecord(
                id: id, instance: instance, age: age, linkState: place == 0 ? linkState : nil,
                addresses: Addresses(
                    sequence: addresses.sequence, all: Array(part),
                    part: Part(place, of: parts.count)))
        }
    }
}

extension Instant {
    /// As long ago as there is time.
    fileprivate func before(_ span: Milliseconds) -> Instant {
        let past = since(Instant(nanoseconds: 0))
        return span < past
            ? Instant(nanoseconds: nanoseconds - span.count * 1_000_000) : Instant(nanoseconds: 0)
    }
}
