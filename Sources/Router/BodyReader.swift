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

    /// The longest name of a router, in octets: four times what a configuration may give it.
    private static let longestName = 512

    func router(_ value: Value?, _ key: String) throws(Undecodable) -> RouterID {
        guard let text = value?.text else { throw missing(key) }
        guard text.utf8.count <= Self.longestName else {
            throw malformed("has a name of \(text.utf8.count) octets in '\(key)'")
        }
        return RouterID(text)
    }

    func routers(_ key: String) throws(Undecodable) -> [RouterID] {
        var routers: [RouterID] = []
        for value in try values(key) where value.text != nil {
            routers.append(try router(value, key))
        }
        return routers
    }

    /// The whole, if nothing is said.
    func part(_ index: Value?, _ more: Value?) throws(Undecodable) -> Part {
        guard let index = index?.integer, let more = more?.integer else { return .whole }
        guard let index = UInt16(exactly: index), let more = UInt16(exactly: more) else {
            throw malformed("has part \(index) with \(more) to follow, not from 0 to 65535")
        }
        return Part(index: index, more: more)
    }

    func values(_ key: String) throws(Undecodable) -> [Value] {
        guard let list = map[key]?.list else { throw missing(key) }
        return list
    }

    func linkState() throws(Undecodable) -> LinkState {
        guard let state = map["ls"]?.map, let peers = state["peers"]?.map, state["id"]?.text != nil
        else { throw missing("ls") }
        let pairs = peers.lazy.map { ($0.key, $0.value) }
        return LinkState(
            sequence: try number(state["ls_seq"], "ls_seq"), peers: try self.peers(pairs))
    }

    /// Those that are named and have a cost.
    func peers(_ pairs: some Sequence<(Value, Value)>) throws(Undecodable) -> [LinkState.Peer] {
        var peers: [LinkState.Peer] = []
        for (id, cost) in pairs where id.text != nil {
            guard let cost = cost.integer else { continue }
            peers.append(LinkState.Peer(id: try router(id, "peers"), cost: Int(cost)))
        }
        return peers
    }

    func addressUpdate() throws(Undecodable) -> AddressUpdate {
        let (exist, add, del) = (map["exist"]?.list, map["add"]?.list, map["del"]?.list)
        if let exist, add == nil, del == nil { return .absolute(try addresses(exist)) }
        guard exist == nil, let add, let del else {
            throw malformed("needs either 'exist' or both 'add' and 'del', as lists")
        }
        return .differential(
            adding: try addresses(add), removing: del.compactMap { $0.text.map { AddressKey($0) } })
    }

    /// Hints count only if there is one for each address (IR 3.9).
    private func addresses(_ keys: [Value]) throws(Undecodable) -> [MobileAddress] {
        let hints = map["hints"]?.list.flatMap { $0.count == keys.count ? $0 : nil }
        var addresses: [MobileAddress] = []
        addresses.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() {
            guard let text = key.text else { continue }
            addresses.append(
                MobileAddress(key: AddressKey(text), hint: try hint(hints?[place] ?? .null)))
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
