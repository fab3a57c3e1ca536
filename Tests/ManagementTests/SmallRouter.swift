import AMQP
import Management
import Schema

/// A router with a few entities in memory.
final class SmallRouter: ManagedRouter {
    let id = "R"
    var otherRouters: [String]? = ["S"]
    var health: RouterHealth?
    var links: [LinkStatistics] = []
    /// How many links were rendered.
    private(set) var renderedCount = 0
    private(set) var failures: [String] = []
    private var listeners: [(name: String?, attributes: [(String, Value)])] = []
    private var isTraced = false

    func entities(of type: String) -> AnyRandomAccessCollection<Entity> {
        switch type {
        case "router.link":
            AnyRandomAccessCollection(
                links.lazy.map { link in
                    self.renderedCount += 1
                    return Entity(link)
                })
        case "router":
            AnyRandomAccessCollection([
                Entity(RouterFacts(id: "R", mode: "interior", version: "1.20", workers: 4))
            ])
        case "connection":
            AnyRandomAccessCollection([Entity(connection)])
        case "listener":
            AnyRandomAccessCollection(listeners.map { listener($0.name, $0.attributes) })
        case "log":
            AnyRandomAccessCollection([
                Entity(
                    type: "log", name: "log/ROUTER", identity: "log/ROUTER",
                    attributes: [("module", "ROUTER"), ("enable", "info+")])
            ])
        default: AnyRandomAccessCollection([])
        }
    }

    private var connection: ConnectionFacts {
        var facts = ConnectionFacts(
            number: 7, host: "127.0.0.1:4000", role: "normal", isOutgoing: false)
        facts.tracesFrames = isTraced
        return facts
    }

    private func listener(_ name: String?, _ attributes: [(String, Value)]) -> Entity {
        let host = attributes.first { $0.0 == "host" }?.1.text ?? ""
        return Entity(
            type: "listener", name: name, identity: "listener/\(host)", attributes: attributes)
    }

    func takeLeave(
        within seconds: Int?, ends: Bool, requester: Requester
    ) throws(ManagementError) -> LeaveFacts {
        LeaveFacts(linksUnderWay: 2, secondsLeft: ends ? seconds ?? 30 : nil)
    }

    func logEntries(limit: Int) -> [LoggedLine] {
        [
            LoggedLine(
                module: "SERVER", level: "notice", text: "Operational", file: nil, line: nil,
                seconds: 1_000)
        ]
    }

    func judge(
        _ type: EntityType, name: String?, attributes: ValueMap, _ faults: inout Faults
    ) {
        if attributes["port"] == "99999" { faults.add("no such port") }
    }

    func create(
        _ type: EntityType, name: String?, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity {
        guard type.name == "listener" else { throw ManagementError(.badRequest, "cannot make it") }
        let list = attributes.map { ($0.key.text ?? "", $0.value) }
        listeners.append((name, list))
        return listener(name, list)
    }

    func update(
        _ entity: Entity, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity {
        isTraced = attributes["enableProtocolTrace"]?.boolean ?? isTraced
        return entities(of: entity.type).first ?? entity
    }

    func delete(_ entity: Entity, requester: Requester) throws(ManagementError) {
        listeners.removeAll { listener($0.name, $0.attributes).identity == entity.identity }
    }

    func failed(_ operation: String, _ description: String) {
        failures.append("\(operation): \(description)")
    }
}

extension Schema {
    /// A few types of the router's.
    static var small: Schema {
        let inherited: [EntityType.Attribute] = [
            .init("name", [.unique, .create]), .init("identity", .unique),
            .init("type", [.required, .create]),
        ]
        let listener: [EntityType.Attribute] = [
            .init("host", standard: "", [.required, .create]),
            .init("port", standard: "amqp", .create),
            .init("http", kind: .boolean, standard: "false", .create),
            .init(
                "role", kind: .enumeration, tags: ["normal", "edge"], standard: "normal", .create),
        ]
        let log: [EntityType.Attribute] = [
            .init("module", [.required, .create]), .init("enable", [.create, .update]),
        ]
        let router = ["id", "addrCount", "linkCount", "connectionCount"].map {
            EntityType.Attribute($0)
        }
        let node = [
            "GET-SCHEMA", "GET-JSON-SCHEMA", "GET-LOG", "GET-HEALTH", "DRAIN", "SHUTDOWN", "QUERY",
            "GET-TYPES", "READ",
        ]
        func type(
            _ name: String, _ base: String, _ operations: [String],
            _ attributes: [EntityType.Attribute] = []
        ) -> EntityType {
            EntityType(
                name: name, bases: [base, "entity"], isSingleton: name == "management",
                operations: operations, attributes: attributes + inherited)
        }
        return Schema([
            EntityType(
                name: "entity", bases: [], operations: [],
                attributes: inherited),
            type("management", "operationalEntity", node),
            type("configurationEntity", "entity", ["READ"]),
            type("operationalEntity", "entity", ["READ"]),
            type("router", "configurationEntity", ["READ"], router),
            type("listener", "configurationEntity", ["CREATE", "DELETE", "READ"], listener),
            type("log", "configurationEntity", ["UPDATE", "READ"], log),
            type("router.link", "operationalEntity", ["UPDATE", "READ"]),
            type("connection", "operationalEntity", ["READ"]),
            type("console", "configurationEntity", ["READ"]),
        ])
    }
}
