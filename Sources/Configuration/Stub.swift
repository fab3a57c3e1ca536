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
    package static func load(text: String) -> RouterConfiguration {
        var c = RouterConfiguration()
        for line in text.split(separator: "\n") {
            let w = line.split(separator: " ").map(String.init)
            switch w.first {
            case "interior": c.router.mode = .interior
            case "trunklistener":
                var l = ListenerSettings()
                l.port = w[1]
                l.role = .interRouter
                c.listeners.append(l)
            case "trunk":
                var l = ConnectorSettings()
                l.port = w[1]
                l.role = .interRouter
                c.connectors.append(l)
            case "listener": var l = ListenerSettings(); l.port = w[1]; c.listeners.append(l)
            case "connector": var l = ConnectorSettings(); l.port = w[1]; c.connectors.append(l)
            case "default":
                c.router.defaultDistribution = AddressDistribution(rawValue: w[1]) ?? .balanced
            case "workers": c.router.workerThreads = Int(w[1])
            case "id": c.router.id = w[1]
            default: break
            }
        }
        return c
    }
}
extension RouterConfiguration {
    package static var `default`: RouterConfiguration {
        var c = RouterConfiguration()
        c.listeners.append(ListenerSettings())
        return c
    }
}
