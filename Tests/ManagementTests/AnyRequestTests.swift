import AMQP
import Management
import Seeded
import Testing

/// Requests as a stranger may make them: each is answered, with a status that is one of HTTP's.
@Suite struct `Any request`: Asking {
    let router = SmallRouter()
    let agent = Agent(schema: .small)

    private static let words = [
        "QUERY", "READ", "CREATE", "UPDATE", "DELETE", "GET-TYPES", "GET-ATTRIBUTES", "GET-LOG",
        "GET-OPERATIONS", "GET-ANNOTATIONS", "GET-MGMT-NODES", "GET-SCHEMA", "GET-JSON-SCHEMA",
        "DRAIN",
        "SHUTDOWN", "operation", "type", "entityType", "name", "identity", "offset", "count",
        "attributeNames", "attributes", "limit", "indent", "self", "log", "router.link", "listener",
        "org.amqp.management", "org.apache.qpid.dispatch.log", "module", "", "\u{0}", "é", "-1",
    ]

    private func word(_ seed: inout Seed) -> String { Self.words[seed.below(Self.words.count)] }

    private func value(_ seed: inout Seed, depth: Int = 0) -> Value {
        switch seed.below(depth > 3 ? 9 : 11) {
        case 0: .null
        case 1: .bool(seed.once(in: 2))
        case 2: .long(Int64(bitPattern: seed.next()))
        case 3: .ulong(seed.next())
        case 4: .long(Int64(seed.below(20)))
        case 5: .symbol(word(&seed))
        case 6: .binary(seed.bytes(seed.below(9)))
        case 7, 8: .string(word(&seed))
        case 9: .list((0..<seed.below(5)).map { _ in value(&seed, depth: depth + 1) })
        default: .map(map(&seed, depth: depth + 1))
        }
    }

    private func map(_ seed: inout Seed, depth: Int = 0) -> ValueMap {
        var map: ValueMap = [:]
        for _ in 0..<seed.below(6) {
            map.append(
                seed.once(in: 6) ? value(&seed, depth: 3) : .string(word(&seed)),
                value(&seed, depth: depth))
        }
        return map
    }

    @Test func `is answered`() throws {
        var seed = Seed()
        for _ in 0..<Seed.rounds(3_000) {
            let response = try ask(
                seed.once(in: 20) ? nil : word(&seed), map(&seed), body: value(&seed))
            let status = try #require(self.status(response), "MARTLET_SEED=\(seed.number)")
            #expect((200...599).contains(status), "MARTLET_SEED=\(seed.number)")
            #expect(response.encoded().count > 0)
        }
    }
}
