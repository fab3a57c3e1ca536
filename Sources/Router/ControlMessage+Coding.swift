internal import AMQP
internal import Topology

/// Routing protocol messages as AMQP messages (IR 3.1, 3.2).
///
/// HELLO, RA, LSR and LSU have string keys and ints, MAU and MAR symbol keys and longs, as
/// neighbours write them; readers take either.
extension ControlMessage {
    /// What could not be understood.
    enum Undecodable: Error {
        case tooNew(version: Int, from: RouterID)
        case malformed(String)
    }

    static let version = 1

    var opcode: String {
        switch self {
        case .hello: "HELLO"
        case .ra: "RA"
        case .lsu: "LSU"
        case .lsr: "LSR"
        case .mau: "MAU"
        case .mar: "MAR"
        case .summary: "SUMMARY"
        case .records: "RECORDS"
        }
    }

    /// Goes to the module for mobile addresses.
    private var isAboutAddresses: Bool {
        switch self {
        case .mau, .mar: true
        case .hello, .ra, .lsu, .lsr, .summary, .records: false
        }
    }

    /// The last part of its address.
    var service: String { isAboutAddresses ? "qdrouter.ma" : "qdrouter" }

    /// The last part of the address that reaches neighbours only.
    var localService: String {
        switch self {
        case .hello: "qdhello"
        case .ra, .lsu, .lsr, .mau, .mar, .summary, .records: service
        }
    }

    /// The message, without annotations.
    func message(to address: String) -> Message {
        let isSymbolic = isAboutAddresses
        func key(_ text: String) -> Value { isSymbolic ? .symbol(text) : .string(text) }
        let pairs = body.map { (key($0.0), $0.1) }
        return Message(
            header: Message.Header(durable: false), properties: Message.Properties(to: address),
            applicationProperties: ValueMap([(key("opcode"), .string(opcode))]),
            body: .value(.map(ValueMap(pairs))))
    }

    private var body: [(String, Value)] {
        var pairs: [(String, Value)] = [
            ("id", .string(id.text)), ("area", .string("0")), ("pv", number(Self.version)),
        ]
        switch self {
        case .hello(_, let instance, let seen, let digest):
            pairs.append(("instance", number(instance)))
            pairs.append(("seen", .list(seen.map { .string($0.text) })))
            if let digest { pairs.append(("digest", .long(Int64(bitPattern: digest)))) }
        case .ra(_, let instance, let linkState, let mobile):
            pairs.append(("instance", number(instance)))
            pairs.append(("ls_seq", number(linkState)))
            pairs.append(("mobile_seq", number(mobile)))
        case .lsu(let id, let instance, let state):
            pairs.append(("instance", number(instance)))
            pairs.append(("ls_seq", number(state.sequence)))
            let peers = state.peers.map { (Value.string($0.id.text), number($0.cost)) }
            pairs.append(
                (
                    "ls",
                    .map([
                        .string("id"): .string(id.text), .string("area"): .string("0"),
                        .string("ls_seq"): number(state.sequence),
                        .string("peers"): .map(ValueMap(peers)),
                    ])
                ))
        case .lsr: break
        case .mau(_, let sequence, let update, let part):
            pairs.append(("mobile_seq", number(sequence)))
            pairs += Self.pairs(of: update)
            if part != .whole {
                pairs.append(("part", .long(Int64(part.index))))
                pairs.append(("more", .long(Int64(part.more))))
            }
        case .mar(_, let have):
            pairs.append(("have_seq", number(have)))
        case .summary(_, let entries):
            pairs.append(("routers", .list(entries.map(\.value))))
        case .records(_, let records):
            pairs.append(("routers", .list(records.map(\.value))))
        }
        return pairs
    }

    private func number(_ number: some RoutingNumber) -> Value {
        self.number(Int(number.value))
    }

    private func number(_ number: Int) -> Value {
        if isAboutAddresses { return .long(Int64(number)) }
        return Int32(exactly: number).map { .int($0) } ?? .long(Int64(number))
    }

    private static func pairs(of update: AddressUpdate) -> [(String, Value)] {
        func keys(_ addresses: [MobileAddress]) -> Value {
            .list(addresses.map { .string($0.key.text) })
        }
        func hints(_ addresses: [MobileAddress]) -> Value {
            .list(addresses.map { .long(Int64($0.hint ?? 3)) })
        }
        return switch update {
        case .absolute(let addresses):
            [("exist", keys(addresses)), ("hints", hints(addresses))]
        case .differential(let added, let removed):
            [
                ("add", keys(added)), ("del", .list(removed.map { .string($0.text) })),
                ("hints", hints(added)),
            ]
        }
    }

    // MARK: Decoding

    init(_ message: Message) throws(Undecodable) {
        guard let opcode = message.applicationProperties?["opcode"]?.text,
            case .value(.map(let map)) = message.body
        else { throw .malformed("a message has no opcode, or a body that is no map") }
        let id = try BodyReader(map: map, name: opcode).router(map["id"], "id")
        let reader = BodyReader(map: map, name: "\(opcode) of \(id.text)")
        let version = map["pv"]?.integer ?? 0
        if version > Self.version { throw .tooNew(version: Int(version), from: id) }
        switch opcode {
        case "HELLO":
            self = .hello(
                id: id, instance: try reader.instance(), seen: try reader.routers("seen"),
                digest: map["digest"]?.integer.map { UInt64(bitPattern: $0) })
        case "RA":
            self = .ra(
                id: id, instance: try reader.instance(),
                linkStateSequence: try reader.number("ls_seq"),
                mobileSequence: try reader.number("mobile_seq"))
        case "LSU":
            self = .lsu(id: id, instance: try reader.instance(), try reader.linkState())
        case "LSR": self = .lsr(id: id)
        case "MAU":
            self = .mau(
                id: id, sequence: try reader.number("mobile_seq"), try reader.addressUpdate(),
                try reader.part(map["part"], map["more"]))
        case "MAR": self = .mar(id: id, haveSequence: try reader.number("have_seq"))
        case "SUMMARY": self = .summary(id: id, try reader.summaries())
        case "RECORDS": self = .records(id: id, try reader.records())
        default: throw reader.malformed("has an opcode that is none")
        }
    }
}
