import AMQP
import Management
import Testing

@Suite struct `What a request names`: Asking {
    let router = SmallRouter()
    let agent = Agent(schema: .small)

    private static let extremes: [Int64] = [
        0, 1, -1, 2, 16, 17, 1_000_000_000, 1 << 31, 1 << 32, 1 << 62, .min, .min + 1, .max,
    ]

    // MARK: Numbers

    @Test(arguments: extremes)
    func `indents the schema by no more blanks than a page is wide (MG-125)`(indent: Int64) throws {
        for value in [Value.long(indent), .string(String(indent))] {
            let response = try ask("GET-JSON-SCHEMA", ["indent": value])
            guard (0...16).contains(indent) else {
                #expect(status(response) == 400)
                #expect(text(response) == "Property 'indent' must be between 0 and 16")
                continue
            }
            guard case .value(.string(let json)) = response.body else {
                Issue.record("no string")
                return
            }
            let blanks = String(repeating: " ", count: Int(indent))
            #expect(json.hasPrefix("{\n" + blanks + "\"prefix\""))
        }
    }

    @Test(arguments: extremes)
    func `may choose among rows and lines by any number (MG-102, MG-126)`(number: Int64) throws {
        router.links = (1...20).map {
            LinkStatistics(
                number: $0, linkName: "l", isIncoming: true, owningAddress: nil, capacity: 1,
                connection: 1)
        }
        for type in ["router.link", "log", ""] {
            for name in ["offset", "count"] {
                let response = try ask(
                    "QUERY", ["entityType": .string(type), .string(name): .long(number)])
                #expect(status(response) == 200)
            }
        }
        #expect(status(try ask("GET-LOG", ["limit": .long(number)])) == 200)
    }

    @Test func `names no more attributes than there can be`() throws {
        let most = [Value](repeating: "module", count: 1_000)
        for (names, wanted) in [(most, 200), (most + ["module"], 400)] as [([Value], Int64)] {
            let response = try ask(
                "QUERY", ["entityType": "log"], body: ["attributeNames": .list(names)])
            #expect(status(response) == wanted)
        }
    }

    // MARK: Types

    @Test(arguments: ["log", "org.apache.qpid.dispatch.log"])
    func `is the type that is asked for, where there is no other (MG-80, MG-94)`(
        type: String
    ) throws {
        let response = try ask(
            "QUERY", ["type": .string(type)], body: ["attributeNames": ["identity"]])
        #expect(rows(response) == ["log/ROUTER"])
        let unknown = try ask("QUERY", ["type": "zork"])
        #expect(text(unknown) == "No such entity type 'zork'")
    }

    @Test(arguments: ["org.amqp.management", "org.apache.qpid.dispatch.management"])
    func `is all types where it is the management node's own (MG-93)`(type: String) throws {
        let properties: ValueMap = ["type": .string(type), "name": "self"]
        let all = try ask("QUERY", properties, body: ["attributeNames": ["type"]])
        #expect((rows(all)?.count ?? 0) > 2)
    }

    // MARK: Types together

    @Test(arguments: [nil, "entity", "configurationEntity"] as [String?])
    func `among all types is the router as it was configured (MG-60, MG-292)`(type: String?) throws
    {
        var properties: ValueMap = [:]
        properties["entityType"] = type.map(Value.string)
        let response = try ask("QUERY", properties, body: ["attributeNames": ["identity", "name"]])
        let rows = body(response)?["results"]?.list?.compactMap(\.list) ?? []
        #expect(rows.contains(["router/R", "router/R"]))
        for identity in rows.compactMap({ $0.first?.text }) {
            #expect(identity == "self" || identity.contains("/"))
        }
    }

    /// What it would count is not among the rows (MG-292).
    @Test(arguments: ["addrCount", "linkCount", "connectionCount"])
    func `among all types is a router that counts nothing`(name: String) throws {
        let response = try ask("QUERY", body: ["attributeNames": [.string(name), "id"]])
        #expect(body(response)?["results"] == [[.ulong(0), "R"]])
    }

    @Test func `is not of a type that the core keeps, without a type (MG-108)`() throws {
        router.links = [
            LinkStatistics(
                number: 5, linkName: "mine", isIncoming: true, owningAddress: nil, capacity: 1,
                connection: 1)
        ]
        for operation in ["READ", "DELETE", "UPDATE"] {
            for (key, value) in [("name", "mine"), ("identity", "5")] {
                let response = try ask(operation, [.string(key): .string(value)])
                #expect(status(response) == 404)
                #expect(text(response) == "No entity with \(key)=\(value)")
            }
        }
        let read = try ask("READ", ["name": "router/R"])
        #expect(body(read)?["id"] == "R")
        #expect(status(try ask("READ", ["name": "log/ROUTER"])) == 200)
    }
}
