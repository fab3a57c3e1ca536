internal import AMQP
internal import Basis
internal import Topology

/// What Martlets tell each other of third routers, as lists without keys, since there are many.
///
///     summary   [id, instance, ls_seq, mobile_seq]
///     record    [id, instance, age in ms,
///                ls_seq or null, [neighbour, cost, …] or null,
///                mobile_seq or null, [key, hint or null, …] or null]
extension RouterSummary {
    var value: Value {
        .list([
            .string(id.text), .long(instance), .long(linkStateSequence), .long(mobileSequence),
        ])
    }
}

extension RouterRecord {
    var value: Value {
        var fields: [Value] = [
            .string(id.text), .long(instance), .long(Int64(clamping: age.count)),
        ]
        if let linkState {
            fields.append(.long(linkState.sequence))
            fields.append(
                .list(linkState.peers.flatMap { [.string($0.id.text), .long(Int64($0.cost))] }))
        } else {
            fields += [.null, .null]
        }
        if let addresses {
            fields.append(.long(addresses.sequence))
            fields.append(
                .list(
                    addresses.all.flatMap { address in
                        [.string(address.key), address.hint.map { .long(Int64($0)) } ?? .null]
                    }))
        } else {
            fields += [.null, .null]
        }
        return .list(fields)
    }
}

extension Value {
    fileprivate static func long(_ number: some RoutingNumber) -> Value {
        .long(Int64(number.value))
    }
}

extension BodyReader {
    func summaries() throws(Undecodable) -> [RouterSummary] {
        var summaries: [RouterSummary] = []
        for value in try values("routers") {
            guard let fields = value.list, fields.count >= 4, let id = fields[0].text else {
                throw malformed("has an entry that is not one")
            }
            summaries.append(
                RouterSummary(
                    id: RouterID(id), instance: try number(fields[1], "instance"),
                    linkStateSequence: try number(fields[2], "ls_seq"),
                    mobileSequence: try number(fields[3], "mobile_seq")))
        }
        return summaries
    }

    func records() throws(Undecodable) -> [RouterRecord] {
        var records: [RouterRecord] = []
        for value in try values("routers") {
            guard let fields = value.list, fields.count >= 7, let id = fields[0].text else {
                throw malformed("has an entry that is not one")
            }
            let age: Age = try number(fields[2], "age")
            records.append(
                RouterRecord(
                    id: RouterID(id), instance: try number(fields[1], "instance"), age: age.span,
                    linkState: try linkState(fields[3], fields[4]),
                    addresses: try addresses(fields[5], fields[6])))
        }
        return records
    }

    private func linkState(
        _ sequence: Value, _ peers: Value
    ) throws(Undecodable) -> LinkState? {
        guard let peers = peers.list else { return nil }
        return LinkState(
            sequence: try number(sequence, "ls_seq"),
            peers: Self.pairs(peers).compactMap { id, cost -> LinkState.Peer? in
                guard let id = id.text, let cost = cost.integer else { return nil }
                return LinkState.Peer(id: RouterID(id), cost: Int(cost))
            })
    }

    private func addresses(
        _ sequence: Value, _ list: Value
    ) throws(Undecodable) -> RouterRecord.Addresses? {
        guard let list = list.list else { return nil }
        var all: [MobileAddress] = []
        all.reserveCapacity(list.count / 2)
        for (key, hint) in Self.pairs(list) {
            guard let text = key.text else { continue }
            all.append(MobileAddress(key: text, hint: try self.hint(hint)))
        }
        return RouterRecord.Addresses(sequence: try number(sequence, "mobile_seq"), all: all)
    }

    private static func pairs(_ list: [Value]) -> some Sequence<(Value, Value)> {
        stride(from: 1, to: list.count, by: 2).lazy.map { (list[$0 - 1], list[$0]) }
    }
}
