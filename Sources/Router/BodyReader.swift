internal import AMQP
internal import Topology

/// Reads the map of one control message. No number leaves it that is out of its range.
struct BodyReader {
    typealias Undecodable = ControlMessage.Undecodable

    let map: ValueMap
    /// As lines of log name the message: `MAR of A`.
    let name: String

    func malformed(_ text: String) -> Undecodable { .malformed("\(name) \(text)") }

    private func missing(_ key: String) -> Undecodable {
        malformed("lacks '\(key)', or it has the wrong type")
    }

    func number<Number: RoutingNumber>(_ key: String) throws(Undecodable) -> Number {
        try number(map[key], key)
    }

    func number<Number: RoutingNumber>(_ value: Value?, _ key: String) throws(Undecodable) -> Number
    {
        guard let integer = value?.integer else { throw missing(key) }
        guard let number = Number(integer) else {
            throw malformed(
                "has '\(key)' \(integer), which is not from 0 to \(Number.greatest)")
        }
        return number
    }

    /// 0 stands for one that is not told.
    func instance() throws(Undecodable) -> Instance {
        try map["instance"].map { value throws(Undecodable) in try number(value, "instance") } ?? 0
    }

    func routers(_ key: String) throws(Undecodable) -> [RouterID] {
        try values(key).compactMap { $0.text.map { RouterID($0) } }
    }

    func values(_ key: String) throws(Undecodable) -> [Value] {
        guard let list = map[key]?.list else { throw missing(key) }
        return list
    }

    func linkState() throws(Undecodable) -> LinkState {
        guard let state = map["ls"]?.map, let peers = state["peers"]?.map, state["id"]?.text != nil
        else { throw missing("ls") }
        return LinkState(
            sequence: try number(state["ls_seq"], "ls_seq"),
            peers: peers.compactMap { pair in
                guard let id = pair.key.text, let cost = pair.value.integer else { return nil }
                return LinkState.Peer(id: RouterID(id), cost: Int(cost))
            })
    }

    func addressUpdate() throws(Undecodable) -> AddressUpdate {
        let (exist, add, del) = (map["exist"]?.list, map["add"]?.list, map["del"]?.list)
        if let exist, add == nil, del == nil { return .absolute(try addresses(exist)) }
        guard exist == nil, let add, let del else {
            throw malformed("needs either 'exist' or both 'add' and 'del', as lists")
        }
        return .differential(adding: try addresses(add), removing: del.compactMap(\.text))
    }

    /// Hints count only if there is one for each address (IR 3.9).
    private func addresses(_ keys: [Value]) throws(Undecodable) -> [MobileAddress] {
        let hints = map["hints"]?.list.flatMap { $0.count == keys.count ? $0 : nil }
        var addresses: [MobileAddress] = []
        addresses.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() {
            guard let text = key.text else { continue }
            addresses.append(MobileAddress(key: text, hint: try hint(hints?[place] ?? .null)))
        }
        return addresses
    }

    /// Nil if it is not told.
    func hint(_ value: Value) throws(Undecodable) -> UInt8? {
        guard let integer = value.integer else { return nil }
        guard let hint = UInt8(exactly: integer) else {
            throw malformed("has the hint \(integer), which is not from 0 to 255")
        }
        return hint
    }
}
