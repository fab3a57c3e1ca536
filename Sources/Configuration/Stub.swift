// Stands in until the settings come from the schema.

package indirect enum SchemaValue: Hashable, Sendable {
    case string(String), integer(Int), boolean(Bool)
    case list([SchemaValue])
    case map([(key: String, value: SchemaValue)])
    package static func == (l: SchemaValue, r: SchemaValue) -> Bool { "\(l)" == "\(r)" }
    package func hash(into hasher: inout Hasher) { hasher.combine("\(self)") }
}
package enum Role: String, Sendable {
    case normal, interRouter = "inter-router", edge, routeContainer = "route-container"
}
package enum StripAnnotations: String, Sendable { case `in`, out, both, no }
package enum RouterMode: String, Sendable { case standalone, interior, edge }
package enum AddressDistribution: String, Sendable {
    case closest, balanced, multicast, unavailable
}
package struct RouterSettings: Sendable {
    package var id: String?
    package var mode = RouterMode.standalone
    package var workerThreads: Int?
    package var presettledHoldSeconds = 5
    package var defaultDistribution = AddressDistribution.balanced
}
package struct ListenerSettings: Sendable {
    package init() {}
    package var name: String?
    package var host = "127.0.0.1"
    package var port = "amqp"
    package var role = Role.normal
    package var cost = 1
    package var maxFrameSize = 65536
    package var maxSessions = 32768
    package var maxSessionFrames: Int?
    package var idleTimeoutSeconds = 16
    package var initialHandshakeTimeoutSeconds = 0
    package var linkCapacity = 250
    package var stripAnnotations = StripAnnotations.both
    package var saslMechanisms: String?
    package var isMultiTenant = false
    package var openProperties: SchemaValue?
    package var failoverUrls: String?
}
package struct ConnectorSettings: Sendable {
    package init() {}
    package var name: String?
    package var host = "127.0.0.1"
    package var port = "amqp"
    package var role = Role.normal
    package var cost = 1
    package var maxFrameSize = 65536
    package var maxSessions = 32768
    package var maxSessionFrames: Int?
    package var idleTimeoutSeconds = 16
    package var linkCapacity = 250
    package var stripAnnotations = StripAnnotations.both
    package var saslMechanisms: String?
    package var saslUsername: String?
    package var saslPassword: String?
    package var openProperties: SchemaValue?
}
package struct RouterConfiguration: Sendable {
    package var router = RouterSettings()
    package var listeners: [ListenerSettings] = []
    package var connectors: [ConnectorSettings] = []
    package var addresses: [(prefix: String?, pattern: String?, AddressDistribution)] = []
    package static func load(text: String) -> RouterConfiguration {
        var c = RouterConfiguration()
        var section = ""
        var values: [String: String] = [:]
        for raw in text.split(separator: "\n") {
            var line = raw.drop { $0 == " " }
            while line.last == " " { line.removeLast() }
            if line.isEmpty || line.first == "#" { continue }
            if line.last == "{" {
                section = String(line.dropLast().filter { $0 != " " })
                values = [:]
            } else if line == "}" {
                c.add(section, values)
            } else if let colon = line.firstIndex(of: ":") {
                let key = line[..<colon].filter { $0 != " " }
                values[key] = String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
        return c
    }

    private mutating func add(_ section: String, _ v: [String: String]) {
        func yes(_ key: String) -> Bool { ["yes", "true", "on"].contains(v[key] ?? "") }
        switch section {
        case "router":
            router.id = v["id"]
            router.mode = RouterMode(rawValue: v["mode"] ?? "") ?? .standalone
            router.workerThreads = v["workerThreads"].flatMap { Int($0) }
            router.presettledHoldSeconds = v["presettledHoldSeconds"].flatMap { Int($0) } ?? 5
            router.defaultDistribution =
                AddressDistribution(rawValue: v["defaultDistribution"] ?? "") ?? .balanced
        case "listener":
            var l = ListenerSettings()
            l.name = v["name"]
            l.host = v["host"] ?? ""
            l.port = v["port"] ?? "amqp"
            l.role = Role(rawValue: v["role"] ?? "") ?? .normal
            l.cost = v["cost"].flatMap { Int($0) } ?? 1
            l.maxFrameSize = v["maxFrameSize"].flatMap { Int($0) } ?? 16_384
            l.maxSessions = v["maxSessions"].flatMap { Int($0) } ?? 32_768
            l.maxSessionFrames = v["maxSessionFrames"].flatMap { Int($0) }
            l.idleTimeoutSeconds = v["idleTimeoutSeconds"].flatMap { Int($0) } ?? 16
            l.initialHandshakeTimeoutSeconds =
                v["initialHandshakeTimeoutSeconds"].flatMap { Int($0) } ?? 0
            l.linkCapacity = v["linkCapacity"].flatMap { Int($0) } ?? 250
            l.stripAnnotations = StripAnnotations(rawValue: v["stripAnnotations"] ?? "") ?? .both
            l.saslMechanisms = v["saslMechanisms"]
            l.isMultiTenant = yes("multiTenant")
            l.failoverUrls = v["failoverUrls"]
            listeners.append(l)
        case "connector":
            var l = ConnectorSettings()
            l.name = v["name"]
            l.host = v["host"] ?? "127.0.0.1"
            l.port = v["port"] ?? "amqp"
            l.role = Role(rawValue: v["role"] ?? "") ?? .normal
            l.cost = v["cost"].flatMap { Int($0) } ?? 1
            l.maxFrameSize = v["maxFrameSize"].flatMap { Int($0) } ?? 16_384
            l.idleTimeoutSeconds = v["idleTimeoutSeconds"].flatMap { Int($0) } ?? 16
            l.linkCapacity = v["linkCapacity"].flatMap { Int($0) } ?? 250
            l.stripAnnotations = StripAnnotations(rawValue: v["stripAnnotations"] ?? "") ?? .both
            connectors.append(l)
        case "address":
            let distribution = AddressDistribution(rawValue: v["distribution"] ?? "") ?? .balanced
            addresses.append((v["prefix"], v["pattern"], distribution))
        default: break
        }
    }
}
extension RouterConfiguration {
    package static var `default`: RouterConfiguration {
        var c = RouterConfiguration()
        c.listeners.append(ListenerSettings())
        return c
    }
}
