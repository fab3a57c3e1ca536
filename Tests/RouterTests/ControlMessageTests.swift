import AMQP
import Addressing
import Basis
import RouterSimulation
import Seeded
import Testing
import Topology

@testable import Router

@Suite struct `Control messages` {
    private static let me = RouterIdentity(id: "R0001")
    private static let instance: Instance = 1_700_000_000_123
    private static let addresses = (0..<20).map { MobileAddress(key: "M0a/\($0)", hint: 3) }
    private static let state = LinkState(
        sequence: 7, peers: (0..<9).map { LinkState.Peer(id: RouterID("R001\($0)"), cost: 2) })

    /// Has a name, because inside an enum with several payloads the reference to it has tag bits, by
    /// which AddressSanitizer's leak check does not know it.
    private static let withdrawn: [AddressKey] = ["M0b/1"]

    static let all: [(ControlMessage, Mesh.Destination)] = [
        (
            .hello(id: "R0001", instance: instance, seen: ["R0002", "R0003", "R0004"]),
            .neighbours(on: [1])
        ),
        (
            .hello(id: "R0001", instance: instance, seen: ["R0002"], digest: 0xFEDC_BA98_7654_3210),
            .neighbours(on: [1])
        ),
        (
            .ra(id: "R0001", instance: instance, linkStateSequence: 7, mobileSequence: 300),
            .everyone(on: [1])
        ),
        (
            .ra(
                id: "R0001", instance: instance, linkStateSequence: instance.firstSequence,
                mobileSequence: instance.firstSequence), .everyone(on: [1])
        ),
        (.lsr(id: "R0001"), .router("R0009", via: 1)),
        (.lsu(id: "R0001", instance: instance, state), .router("R0009", via: 1)),
        (.mar(id: "R0001", haveSequence: instance.firstSequence), .router("R0009", via: 1)),
        (.mau(id: "R0001", sequence: 4, .absolute(addresses)), .router("R0009", via: 1)),
        (
            .mau(
                id: "R0001", sequence: 4,
                .differential(adding: Array(addresses[..<3]), removing: withdrawn)),
            .everyone(on: [1])
        ),
        (
            .mau(
                id: "R0001", sequence: 4, .differential(adding: addresses, removing: []),
                Part(index: 300, more: 2)), .router("R0009", via: 1)
        ),
        (
            .mau(id: "R0001", sequence: 4, .absolute(addresses), Part(index: 0, more: 302)),
            .router("R0009", via: 1)
        ),
        (
            .summary(
                id: "R0001",
                (0..<50).map {
                    RouterSummary(
                        id: RouterID("R00\(10 + $0)"), instance: instance, linkStateSequence: 3,
                        mobileSequence: 1)
                }), .neighbours(on: [1])
        ),
        (
            .records(
                id: "R0001",
                [
                    RouterRecord(
                        id: "R0008", instance: instance, age: 100, linkState: state,
                        addresses: RouterRecord.Addresses(sequence: 3, all: addresses)),
                    RouterRecord(id: "R0007", instance: instance, age: 0, linkState: state),
                    RouterRecord(
                        id: "R0006", instance: instance, age: 90_000,
                        addresses: RouterRecord.Addresses(
                            sequence: 1, all: [MobileAddress(key: "Clr", hint: nil)])),
                    RouterRecord(
                        id: "R0006", instance: instance, age: 90_000,
                        addresses: RouterRecord.Addresses(
                            sequence: 1, all: addresses, part: Part(index: 1, more: 0))),
                ]), .neighbours(on: [1])
        ),
    ]

    private func encoded(_ message: ControlMessage, _ destination: Mesh.Destination) -> Message {
        var encoded = message.message(to: Control.address(of: message, for: destination))
        RouterAnnotations.enter(&encoded, at: Self.me, to: nil)
        return encoded
    }

    @Test(arguments: all)
    func `are read as they were written`(message: ControlMessage, to: Mesh.Destination) throws {
        let bytes = encoded(message, to).encoded()
        #expect(try ControlMessage(Message(decoding: bytes)) == message)
    }

    /// What the published tables of meshes count.
    @Test(arguments: all)
    func `are as long as the simulator says, to the octet`(
        message: ControlMessage, to: Mesh.Destination
    ) {
        let frame = 8 + 20
        let real = encoded(message, to).encoded().count + frame
        let simulated = to.size(of: message, from: "R0001")
        #expect(real == simulated, "\(message.opcode): \(real), \(simulated)")
    }

    /// As a neighbour may send them by mistake or on purpose.
    @Test func `with any octets changed are read or refused`() {
        var seed = Seed()
        let right = Self.all.map { encoded($0, $1).encoded() }
        for _ in 0..<Seed.rounds(2_000) {
            var bytes = right[seed.below(right.count)]
            for _ in 0...seed.below(4) where !bytes.isEmpty {
                let place = seed.below(bytes.count)
                switch seed.below(5) {
                case 0: bytes[place] = seed.bytes(1)[0]
                case 1: bytes[place] ^= 1 << UInt8(seed.below(8))
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(contentsOf: seed.bytes(1 + seed.below(4)), at: place)
                default: bytes.removeLast(seed.below(bytes.count))
                }
            }
            guard let message = try? Message(decoding: bytes) else { continue }
            _ = try? ControlMessage(message)
        }
    }

    @Test func `of third routers with an entry that is none are refused`() throws {
        let message = Message(
            applicationProperties: ["opcode": "RECORDS"],
            body: .value(
                .map([.string("id"): .string("A"), .string("routers"): .list([.list([.null])])])))
        #expect(throws: ControlMessage.Undecodable.self) { try ControlMessage(message) }
    }
}
