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
            .string(id.text), .long(Int64(instance)), .long(Int64(linkStateSequence)),
            .long(Int64(mobileSequence)),
        ])
    }

    init(_ value: Value) throws(ControlMessage.Undecodable) {
        guard let fields = value.list, fields.count >= 4, let id = fields[0].text,
            let instance = fields[1].integer, let linkState = fields[2].integer,
            let mobile = fields[3].integer
        else { throw .malformed("SUMMARY has an entry that is not one") }
        self.init(
            id: RouterID(id), instance: Int(instance), linkStateSequence: Int(linkState),
            mobileSequence: Int(mobile))
    }
}

extension RouterRecord {
    var value: Value {
        var fields: [Value] = [
            .string(id.text), .long(Int64(instance)), .long(Int64(clamping: age.count)),
        ]
        if let linkState {
            fields.append(.long(Int64(linkState.sequence)))
            fields.append(
                .list(linkState.peers.flatMap { [.string($0.id.text), .long(Int64($0.cost))] }))
        } else {
            fields += [.null, .null]
        }
        if let addresses {
            fields.append(.long(Int64(addresses.sequence)))
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

    init(_ value: Value) throws(ControlMessage.Undecodable) {
        guard let fields = value.list, fields.count >= 7, let id = fields[0].text,
            let instance = fields[1].integer, let age = fields[2].integer, age >= 0
        else { throw .malformed("RECORDS has an entry that is not one") }
        var linkState: LinkState?
        if let sequence = fields[3].integer, let list = fields[4].list {
            let peers = Self.pairs(list).compactMap { id, cost -> LinkState.Peer? in
                guard let id = id.text, let cost = cost.integer else { return nil }
                return LinkState.Peer(id: RouterID(id), cost: Int(cost))
            }
            linkState = LinkState(sequence: Int(sequence), peers: peers)
        }
        var addresses: Addresses?
        if let sequence = fields[5].integer, let list = fields[6].list {
            let all = Self.pairs(list).compactMap { key, hint -> MobileAddress? in
                key.text.map { MobileAddress(key: $0, hint: hint.integer.map { Int($0) }) }
            }
            addresses = Addresses(sequence: Int(sequence), all: all)
        }
        self.init(
            id: RouterID(id), instance: Int(instance), age: Milliseconds(UInt64(age)),
            linkState: linkState, addresses: addresses)
    }

    private static func pairs(_ list: [Value]) -> [(Value, Value)] {
        stride(from: 1, to: list.count, by: 2).map { (list[$0 - 1], list[$0]) }
    }
}
