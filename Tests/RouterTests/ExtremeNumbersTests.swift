import AMQP
import Basis
import Seeded
import Testing
import Topology

@testable import Router

/// A router whose neighbours say anything, in every kind of control message: each number is nothing,
/// one, the least or the greatest, or one of those that the router told last, or next to it.
private struct Hostile {
    private static let myself: RouterID = "A"
    private static let names = ["A", "B", "C", "D", ""]

    var seed: Seed
    var mesh = Mesh(myself: myself, instance: 100, formerSequence: 100)
    private var now = Instant(milliseconds: 5_000)
    private var trunks: [TrunkID] = []
    private var opened = 0
    private var told: [Int64] = [100]
    private var effects: [Mesh.Effect] = []
    private var mapped: Set<[String]> = []
    private(set) var refused: [String] = []
    private(set) var taken = 0

    init(seed number: UInt64) {
        seed = Seed(number: number)
        handle(.started)
        open()
    }

    mutating func step() {
        switch seed.below(20) {
        case 0: open()
        case 1:
            guard trunks.count > 1 else { return }
            handle(.trunkClosed(trunks.remove(at: seed.below(trunks.count))))
        case 2...4:
            let spans = [0, 1, 20, 250, 1_000, 3_001, 11_000, 61_000]
            now = now + Milliseconds(UInt64(spans[seed.below(spans.count)]))
            handle(.timerFired)
        case 5: handle(.localAddressAdded(MobileAddress(key: key(), hint: 3)))
        case 6: handle(.localAddressRemoved(key: key()))
        default: hear()
        }
    }

    private mutating func open() {
        opened += 1
        trunks.append(TrunkID(opened))
        handle(.trunkOpened(TrunkID(opened), cost: 1, takesRecords: seed.once(in: 2)))
    }

    private mutating func handle(_ event: Mesh.Event) {
        effects = []
        mesh.handle(event, at: now, into: &effects)
        for effect in effects { check(effect) }
    }

    private mutating func hear() {
        let message = Message(
            applicationProperties: ["opcode": .string(opcode())],
            body: .value(.map(ValueMap(body().map { (.string($0.0), $0.1) }))))
        do throws(ControlMessage.Undecodable) {
            let message = try ControlMessage(message)
            let trace = (0..<seed.below(3)).map { _ in RouterID(name()) }
            let arrival = Mesh.Arrival(
                trunk: trunks[seed.below(trunks.count)], trace: trace,
                isFlooded: seed.once(in: 2))
            taken += 1
            handle(.received(message, arrival))
        } catch {
            if case .malformed(let text) = error { refused.append(text) }
        }
    }

    // MARK: What is said

    private mutating func opcode() -> String {
        let all = ["HELLO", "RA", "LSU", "LSR", "MAU", "MAR", "SUMMARY", "RECORDS"]
        return all[seed.below(all.count)]
    }

    private mutating func name() -> String { Self.names[seed.below(Self.names.count)] }

    private mutating func key() -> AddressKey { ["M0a", "M0b", "Cx", "", "M"][seed.below(5)] }

    private mutating func number() -> Value {
        let present = told[seed.below(told.count)]
        let most = Int64(1) << 62
        let all: [Int64] = [
            0, 1, -1, .max, .min, most, most - 1, most + 1, most / 2, most / 2 - 1, present,
            present &+ 1, present &- 1, 255, 256, 6,
        ]
        switch seed.below(30) {
        case 0: return .ulong(.max)
        case 1: return .int(.min)
        case 2: return .null
        default: return .long(all[seed.below(all.count)])
        }
    }

    private mutating func list(_ most: Int, _ value: (inout Self) -> Value) -> Value {
        .list((0..<seed.below(most)).map { _ in value(&self) })
    }

    private mutating func body() -> [(String, Value)] {
        let keys = list(4) { .string($0.key().text) }
        let peers = (0..<seed.below(4)).map { _ in (Value.string(name()), number()) }
        let state: [(Value, Value)] = [
            ("id", .string(name())), ("ls_seq", number()), ("peers", .map(ValueMap(peers))),
        ]
        var pairs: [(String, Value)] = [
            ("id", .string(name())), ("pv", .int(1)), ("instance", number()),
            ("ls_seq", number()), ("mobile_seq", number()), ("have_seq", number()),
            ("digest", number()), ("part", number()), ("more", number()),
            ("seen", list(4) { .string($0.name()) }),
            ("ls", .map(ValueMap(state))), ("hints", list(4) { $0.number() }),
            (
                "routers",
                list(4) { $0.list(8) { $0.seed.once(in: 3) ? .string($0.name()) : $0.number() } }
            ),
        ]
        if seed.once(in: 2) { pairs.append(("routers", list(3) { $0.entry() })) }
        pairs += seed.once(in: 2) ? [("exist", keys)] : [("add", keys), ("del", keys)]
        return pairs.reversed()
    }

    /// Of SUMMARY or RECORDS.
    private mutating func entry() -> Value {
        let isShort = seed.once(in: 2)
        if isShort { return .list([.string(name()), number(), number(), number()]) }
        return .list([
            .string(name()), number(), number(), number(),
            list(3) { .list([.string($0.name()), $0.number()]) }, number(),
            list(5) { $0.seed.once(in: 2) ? .string($0.key().text) : $0.number() }, number(),
            number(),
        ])
    }

    // MARK: What must be

    private mutating func check(_ effect: Mesh.Effect) {
        switch effect {
        case .send(let message, _):
            note(message)
            let encoded = message.message(to: "x").encoded()
            #expect((try? ControlMessage(Message(decoding: encoded))) == message)
        case .addressMapped(let address, let router):
            let isNew = mapped.insert([router.text, address.key.text]).inserted
            #expect(isNew)
        case .addressUnmapped(let key, let router):
            let wasThere = mapped.remove([router.text, key.text]) != nil
            #expect(wasThere)
        default: break
        }
    }

    private mutating func note(_ message: ControlMessage) {
        guard case .ra(_, let instance, let links, let addresses) = message else { return }
        let numbers = [instance.value, links.value, addresses.value]
        told = told.suffix(20) + numbers.map { Int64($0) }
    }

    /// A neighbour as it should be comes, and is one within a second.
    mutating func takesNeighbour() -> Bool {
        opened += 1
        let trunk = TrunkID(opened)
        handle(.trunkOpened(trunk, cost: 1))
        let hello = ControlMessage.hello(id: "Z", instance: 7, seen: [Self.myself])
        let arrival = Mesh.Arrival(trunk: trunk, trace: ["Z"], isFlooded: false)
        handle(.received(hello, arrival))
        now = now + 1_000
        handle(.timerFired)
        return mesh.nextHop(to: "Z") == trunk
    }
}

@Suite struct `Numbers of control messages` {
    @Test(arguments: UInt64(0)..<12)
    func `of any size do no harm, and those out of range are refused by name`(seed: UInt64) {
        var hostile = Hostile(seed: seed)
        for _ in 0..<2_000 { hostile.step() }
        let takesNeighbour = hostile.takesNeighbour()
        #expect(takesNeighbour)
        #expect(hostile.taken > 100)
        #expect(hostile.refused.contains { $0.hasPrefix("MAR of B has 'have_seq'") })
    }
}
