import AMQP
import Management
import Testing

@Suite struct `The management agent`: Asking {
    let router = SmallRouter()
    let agent = Agent(schema: .small)

    private func addLinks(_ count: Int) {
        router.links = (1...count).map {
            LinkStatistics(
                number: UInt64($0), linkName: "link-\($0)", isIncoming: true,
                owningAddress: "M0a", capacity: 250, connection: 7)
        }
    }

    // MARK: Responses

    @Test func `answers with status, description and the correlation-id as it came`() throws {
        let response = try ask("QUERY", ["entityType": "org.apache.qpid.dispatch.listener"])
        #expect(response.properties?.correlationID == .ulong(5))
        #expect(response.properties?.to == "reply")
        #expect(response.applicationProperties?["statusCode"] == .int(200))
        #expect(text(response) == "OK")
    }

    @Test func `takes the message-id where there is no correlation-id`() throws {
        var request = Message(
            properties: Message.Properties(replyTo: "reply"),
            applicationProperties: ["operation": .symbol("GET-TYPES")], body: .value(.null))
        request.properties?.messageID = .uuid(9)
        let response = agent.respond(
            to: request, from: router, requester: Requester(connection: nil))
        #expect(response?.properties?.correlationID == .uuid(9))
    }

    @Test func `does not answer a request without reply-to`() {
        let request = Message(applicationProperties: ["operation": "GET-TYPES"], body: .absent)
        let requester = Requester(connection: nil)
        #expect(agent.respond(to: request, from: router, requester: requester) == nil)
    }

    @Test func `says that the operation is missing`() throws {
        let response = try ask(nil)
        #expect(status(response) == 400)
        #expect(text(response)?.hasPrefix("No 'operation' property: ") == true)
    }

    @Test func `lists the operations when one is not there`() throws {
        let response = try ask("FOO")
        #expect(status(response) == 501)
        #expect(
            text(response)?.hasPrefix(
                "Operation 'FOO' not implemented for 'org.apache.qpid.dispatch.management' "
                    + "['GET-SCHEMA', 'GET-JSON-SCHEMA'") == true)
        #expect(router.failures.count == 1)
    }

    // MARK: QUERY

    @Test func `keeps the order of the attributes asked for`() throws {
        addLinks(1)
        let response = try ask(
            "QUERY", ["entityType": "org.apache.qpid.dispatch.router.link"],
            body: ["attributeNames": ["capacity", "identity", "capacity"]])
        #expect(body(response)?["attributeNames"] == ["capacity", "identity", "capacity"])
        #expect(body(response)?["results"] == [[.uint(250), "1", .uint(250)]])
    }

    @Test func `gives all columns when none is asked for`() throws {
        addLinks(2)
        let response = try ask("QUERY", ["entityType": "router.link"])
        let names = try #require(body(response)?["attributeNames"]?.list)
        #expect(names.first == "name")
        #expect(names.last == "zeroCreditSeconds")
        #expect(names.count == 29)
        #expect(body(response)?["results"]?.list?.count == 2)
    }

    @Test func `puts the name where the core knows no such attribute`() throws {
        addLinks(1)
        let response = try ask(
            "QUERY", ["entityType": "org.apache.qpid.dispatch.router.link"],
            body: ["attributeNames": ["zork"]])
        #expect(body(response)?["attributeNames"] == ["name"])
        #expect(body(response)?["results"] == [["link-1"]])
    }

    @Test func `refuses unknown attributes of other types`() throws {
        let response = try ask(
            "QUERY", ["entityType": "org.apache.qpid.dispatch.log"],
            body: ["attributeNames": ["zork"]])
        #expect(status(response) == 404)
        #expect(
            text(response) == "Unknown attributes ['zork'] for type org.apache.qpid.dispatch.log.")
        #expect(body(response) == [:])
    }

    @Test func `renders only the page of links that is asked for`() throws {
        addLinks(10_000)
        let response = try ask(
            "QUERY", ["entityType": "router.link", "offset": .uint(9_990), "count": "5"],
            body: ["attributeNames": ["identity"]])
        let rows = try #require(body(response)?["results"]?.list)
        #expect(rows.first == ["9991"])
        #expect(rows.count == 5)
        #expect(router.renderedCount == 5)
    }

    @Test func `leaves zeros out where a page would hold more values than clients can take`() throws
    {
        let numbers = [UInt64](repeating: 0, count: 128)
        addLinks(500)
        for place in router.links.indices { router.links[place].ingressHistogram = numbers }
        router.links[1].ingressHistogram?[2] = 7
        let short: [Value] = [.list([]), .list([0, 0, 7].map(Value.ulong))]
        for (count, wanted) in [(500, short), (2, router.links[..<2].map(\.histogram))] {
            let response = try ask(
                "QUERY", ["entityType": "router.link", "count": .int(Int32(count))],
                body: ["attributeNames": ["ingressHistogram"]])
            let rows = try #require(body(response)?["results"]?.list)
            #expect(rows.count == count)
            #expect(rows[..<2].map { $0.list?[0] ?? .null } == wanted)
        }
    }

    @Test func `gives no rows beyond the end`() throws {
        addLinks(3)
        let response = try ask("QUERY", ["entityType": "router.link", "offset": 3])
        #expect(body(response)?["results"] == .list([]))
    }

    @Test func `knows no such type`() throws {
        let response = try ask("QUERY", ["entityType": "zork"])
        #expect(status(response) == 400)
        #expect(text(response) == "No such entity type 'zork'")
    }

    @Test func `forbids to query the console`() throws {
        let response = try ask("QUERY", ["entityType": "org.apache.qpid.dispatch.console"])
        #expect(status(response) == 403)
        #expect(body(response)?["results"] == .list([]))
    }

    @Test func `queries all types that have entities when none is named`() throws {
        let response = try ask("QUERY", body: ["attributeNames": ["type", "identity"]])
        let types = body(response)?["results"]?.list?.compactMap { $0.list?.first?.text }
        #expect(types?.contains("org.apache.qpid.dispatch.log") == true)
        #expect(types?.contains("org.apache.qpid.dispatch.connection") == false)
    }

    // MARK: READ

    @Test func `reads the router and a link`() throws {
        addLinks(1)
        let router = try ask("READ", ["type": "org.apache.qpid.dispatch.router", "identity": "1"])
        #expect(body(router)?["id"] == "R")
        let link = try ask(
            "READ", ["type": "org.apache.qpid.dispatch.router.link", "identity": "1"])
        #expect(body(link)?["linkName"] == "link-1")
        #expect(body(link)?["peer"] == .null)
    }

    @Test(
        arguments: [
            ("org.apache.qpid.dispatch.router.link", "name", "zork", 404, "Not Found"),
            (
                "org.apache.qpid.dispatch.connection", "name", "zork", 400,
                "Name not supported. Identity required"
            ),
            (
                "org.apache.qpid.dispatch.listener", "name", "zork", 404, "No entity with name=zork"
            ),
            (
                "org.apache.qpid.dispatch.listener", "name", "log/ROUTER", 400,
                "Entity type 'org.apache.qpid.dispatch.log' does not extend requested type "
                    + "'org.apache.qpid.dispatch.listener'"
            ),
            (
                "org.apache.qpid.dispatch.listener", "other", "", 400,
                "org.apache.qpid.dispatch.listener: No name or identity provided"
            ),
        ] as [(String, String, String, Int64, String)])
    func `says why it reads nothing`(
        type: String, key: String, value: String, wanted: Int64, description: String
    ) throws {
        var properties: ValueMap = ["type": .string(type)]
        properties[key] = .string(value)
        let response = try ask("READ", properties)
        #expect(status(response) == wanted)
        #expect(text(response) == description)
    }

    // MARK: CREATE, UPDATE, DELETE

    @Test func `creates and deletes a listener`() throws {
        let type: Value = "org.apache.qpid.dispatch.listener"
        let created = try ask(
            "CREATE", ["type": type, "name": "L"],
            body: ["host": "h", "http": "yes", "role": .int(1)])
        #expect(status(created) == 201)
        #expect(text(created) == "Created")
        #expect(body(created)?["http"] == true)
        #expect(body(created)?["role"] == "edge")
        let again = try ask("CREATE", ["type": type, "name": "L"], body: ["host": "g"])
        #expect(status(again) == 400)
        #expect(text(again)?.contains("duplicates unique attribute 'name'") == true)
        let deleted = try ask("DELETE", ["type": type, "name": "L"])
        #expect(status(deleted) == 204)
        #expect(text(deleted) == "No Content")
    }

    @Test(
        arguments: [
            (
                "listener", ["host": "h", "zork": "x"], 400,
                "Unknown attribute 'zork' for 'org.apache.qpid.dispatch.listener'"
            ),
            (
                "listener", ["host": "h", "identity": "x"], 400,
                "Cannot set attribute 'identity' in CREATE"
            ),
            (
                "listener", ["host": "h", "http": "zz"], 400,
                "org.apache.qpid.dispatch.listener: Invalid Boolean value ''zz''"
            ),
            ("log", [:], 501, nil),
            ("router", [:], 403, "Forbidden"),
            ("zork", [:], 400, "No such entity type 'zork'"),
        ] as [(String, ValueMap, Int64, String?)])
    func `refuses to create what is wrong`(
        type: String, attributes: ValueMap, wanted: Int64, description: String?
    ) throws {
        let response = try ask("CREATE", ["type": .string(type)], body: .map(attributes))
        #expect(status(response) == wanted)
        if let description { #expect(text(response) == description) }
    }

    /// In qdrouterd's order, whose text comes first (MG-115).
    @Test func `names all that is wrong with what it is to create`() throws {
        let type: Value = "org.apache.qpid.dispatch.listener"
        _ = try ask("CREATE", ["type": type, "name": "L"], body: ["host": "h"])
        let response = try ask(
            "CREATE", ["type": type, "name": "L"],
            body: [
                "zork": "x", "http": "zz", "role": "none", "identity": "i", "port": "99999",
            ])
        #expect(status(response) == 400)
        #expect(
            text(response)
                == "Unknown attribute 'zork' for 'org.apache.qpid.dispatch.listener'; "
                + "org.apache.qpid.dispatch.listener: Invalid Boolean value ''zz''; "
                + "org.apache.qpid.dispatch.listener: Invalid value for enum['normal', 'edge']: "
                + "'none'; Cannot set attribute 'identity' in CREATE; adding "
                + "org.apache.qpid.dispatch.listener/L duplicates unique attribute 'name' from "
                + "existing listener/h; no such port")
        let many = ValueMap((0..<5_000).map { (.string("x\($0)"), .null) })
        let long = try ask("CREATE", ["type": type], body: .map(many))
        #expect(text(long)?.hasPrefix("Unknown attribute 'x0' for ") == true)
        #expect(text(long)?.hasSuffix("; and 4990 more") == true)
    }

    @Test func `lets only some attributes be updated`() throws {
        let response = try ask(
            "UPDATE", ["type": "log", "identity": "log/ROUTER"],
            body: ["module": "SERVER", "enable": "trace+"])
        #expect(status(response) == 400)
        #expect(text(response) == "Cannot update attribute 'module' in UPDATE")
        let same = try ask(
            "UPDATE", ["type": "log", "identity": "log/ROUTER"],
            body: ["module": "ROUTER", "enable": "trace+"])
        #expect(status(same) == 200)
    }

    @Test func `updates a connection`() throws {
        let response = try ask(
            "UPDATE", ["type": "org.apache.qpid.dispatch.connection", "identity": "7"],
            body: ["enableProtocolTrace": true])
        #expect(body(response)?["enableProtocolTrace"] == true)
    }

    // MARK: The node

    @Test func `names the management nodes, itself first`() throws {
        let response = try ask("GET-MGMT-NODES")
        #expect(
            response.body
                == .value(["amqp:/_topo/0/R/$management", "amqp:/_topo/0/S/$management"]))
    }

    @Test func `gives the types that a type extends`() throws {
        let response = try ask("GET-TYPES", ["entityType": "listener"])
        #expect(
            body(response) == [
                "org.apache.qpid.dispatch.listener": [
                    "org.apache.qpid.dispatch.configurationEntity",
                    "org.apache.qpid.dispatch.entity",
                ]
            ])
    }

    @Test func `gives the newest log lines`() throws {
        let response = try ask("GET-LOG", ["limit": "1"])
        #expect(
            response.body
                == .value([["SERVER", "notice", "Operational", .null, .null, .int(1_000)]]))
    }

    @Test func `drains and ends the router, within a day`() throws {
        #expect(body(try ask("DRAIN")) == ["drained": false, "linksUnderWay": .long(2)])
        let ending = body(try ask("SHUTDOWN", ["deadlineSeconds": .int(86_400)]))
        #expect(ending?["linksUnderWay"] == .long(2))
        #expect(ending?["secondsLeft"] == .long(86_400))
        #expect(body(try ask("shutdown"))?["secondsLeft"] == .long(30))
        for wrong in [.int(-1), .int(86_401), .long(.max), .long(.min), "soon"] as [Value] {
            #expect(status(try ask("SHUTDOWN", ["deadlineSeconds": wrong])) == 400)
        }
        #expect(status(try ask("SHUTDOWN", ["type": "listener"])) == 501)
    }

    @Test func `gives the router's health where it was looked at`() throws {
        #expect(status(try ask("GET-HEALTH")) == 500)
        var ready = HealthReport()
        ready.add("memory", nil)
        ready.add("connector a", "refused", isRequired: false)
        #expect(ready.isGood)
        ready.add("connector b", "refused")
        #expect(!ready.isGood)
        router.health = RouterHealth(live: HealthReport(), started: HealthReport(), ready: ready)
        let health = body(try ask("GET-HEALTH"))
        #expect(health?["live"] == ["ok": true, "checks": .list([])])
        #expect(
            health?["ready"] == [
                "ok": false,
                "checks": [
                    ["name": "memory", "ok": true],
                    [
                        "name": "connector a", "ok": false, "required": false,
                        "reason": "refused",
                    ],
                    ["name": "connector b", "ok": false, "reason": "refused"],
                ],
            ])
        #expect(
            ready.value(tellsDetails: false).map?["checks"]?.list?.last
                == ["name": "connector b", "ok": false])
    }

    @Test func `gives the schema as maps and as JSON`() throws {
        let map = body(try ask("GET-SCHEMA"))
        let listener = map?["entityTypes"]?.map?["listener"]?.map
        #expect(listener?["attributes"]?.map?["port"]?.map?["default"] == "amqp")
        #expect(listener?["attributes"]?.map?["http"]?.map?["default"] == nil)
        guard case .value(.string(let json)) = try ask("GET-JSON-SCHEMA").body else {
            Issue.record("no string")
            return
        }
        #expect(json.hasPrefix(#"{"prefix": "org.apache.qpid.dispatch", "entityTypes": {"#))
    }
}

extension LinkStatistics {
    fileprivate var histogram: Value { .list((ingressHistogram ?? []).map(Value.ulong)) }
}
