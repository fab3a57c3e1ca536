internal import AMQP
internal import Basis
internal import Topology

/// What Martlets tell each other of third routers, as lists without keys, since there are many.
///
///     summary   [id, instance, ls_seq, mobile_seq]
///     record    [id, instance, age in ms,
///                ls_seq or null, [neighbour, cost, …] or null,
///                mobile_seq or null, [key, hint or null, …] or null]
///               and, where the addresses come in parts, the part's number and how many follow
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
                        [.string(address.key.text), address.hint.map { .long(Int64($0)) } ?? .null]
                    }))
            if addresses.part != .whole {
                fields.append(.long(Int64(addresses.part.index)))
                fields.append(.long(Int64(addresses.part.more)))
            }
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
            guard let fields = value.list, fields.count >= 4 else {
                throw malformed("has an entry that is not one")
            }
            summaries.append(
                RouterSummary(
                    id: try router(fields[0], "id"), instance: try number(fields[1], "instance"),
                    linkStateSequence: try number(fields[2], "ls_seq"),
                    mobileSequence: try number(fields[3], "mobile_seq")))
        }
        return summaries
    }

    func records() throws(Undecodable) -> [RouterRecord] {
        var records: [RouterRecord] = []
        for value in try values("routers") {
            guard let fields = value.list, fields.count >= 7 else {
                throw malformed("has an entry that is not one")
            }
            let age: Age = try number(fields[2], "age")
            records.append(
                RouterRecord(
                    id: try router(fields[0], "id"), instance: try number(fields[1], "instance"),
                    age: age.span,
                    linkState: try linkState(fields[3], fields[4]),
                    addresses: try addresses(fields[5...])))
        }
        return records
    }

    private func linkState(
        _ sequence: Value, _ peers: Value
    ) throws(Undecodable) -> LinkState? {
        guard let peers = peers.list else { return nil }
        return LinkState(
            sequence: try number(sequence, "ls_seq"),
            peers: try self.peers(Self.pairs(peers)))
    }

    private func addresses(
        _ fields: ArraySlice<Value>
    ) throws(Undecodable) -> RouterRecord.Addresses? {
        guard let list = fields.dropFirst().first?.list else { return nil }
        let rest = fields.dropFirst(2)
        var all: [MobileAddress] = []
        all.reserveCapacity(list.count / 2)
        for (key, hint) in Self.pairs(list) {
            guard let text = key.text else { continue }
            all.append(MobileAddress(key: AddressKey(text), hint: try self.hint(hint)))
        }
        return RouterRecord.Addresses(
            sequence: try number(fields.first, "mobile_seq"), all: all,
            part: try part(rest.first, rest.dropFirst().first))
    }

    private static func pairs(_ list: [Value]) -> some Sequence<(Value, Value)> {
        stride(from: 1, to: list.count, by: 2).lazy.map { (list[$0 - 1], list[$0]) }
    }
}
