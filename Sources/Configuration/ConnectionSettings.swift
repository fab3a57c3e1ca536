package import Logging
package import Schema

/// What a connection is for.
package enum Role: String, Sendable {
    case normal
    case interRouter = "inter-router"
    case edge
    case routeContainer = "route-container"
}

/// On which side the routers' own annotations are removed.
package enum StripAnnotations: String, Sendable { case `in`, out, both, no }

/// What listeners and connectors have in common.
package struct ConnectionSettings: Hashable, Sendable {
    package var name: String?
    package var host = ""
    package var port = "amqp"
    package var role = Role.normal
    package var cost = 1
    package var maxFrameSize = 16_384
    package var maxSessions = 32_768
    /// Nil for no limit of the operator's.
    package var maxSessionFrames: Int?
    package var idleTimeoutSeconds = 16
    /// Silence that a ping ends, on a WebSocket whose two sides have no idle timeout; 0 for none.
    package var webSocketPingSeconds = 25
    package var linkCapacity = 250
    package var stripAnnotations = StripAnnotations.both
    /// The profile for TLS, or several (`ProfileSettings.named`); nil for none.
    package var sslProfile: String?
    package var saslMechanisms: String?
    package var openProperties: SchemaValue?
    package var messageComponents: MessageComponents = []

    /// The limits are those of MG-50.
    init(_ entity: EntityDeclaration) {
        name = entity.name
        host = entity.text("host") ?? entity.type.attribute("host")?.standard ?? ""
        port = entity.text("port") ?? "amqp"
        role = entity.choice("role") ?? .normal
        cost = entity.positive("cost")
        maxFrameSize = min(max(512, entity.number("maxFrameSize") ?? 16_384), Int(Int32.max))
        let sessions = entity.number("maxSessions") ?? 0
        maxSessions = (1...32_768).contains(sessions) ? sessions : 32_768
        maxSessionFrames = entity.number("maxSessionFrames").flatMap { frames in
            frames > 0 ? min(frames, Int(Int32.max)) : nil
        }
        idleTimeoutSeconds = entity.seconds("idleTimeoutSeconds", standard: 16)
        webSocketPingSeconds = min(entity.seconds("webSocketPingSeconds", standard: 25), 3_600)
        let capacity = entity.number("linkCapacity") ?? 0
        linkCapacity = capacity > 0 ? min(capacity, Int(Int32.max)) : 250
        stripAnnotations = entity.choice("stripAnnotations") ?? .both
        sslProfile = entity.text("sslProfile")
        saslMechanisms = entity.text("saslMechanisms")
        openProperties = entity.given["openProperties"]
        messageComponents =
            MessageComponents.read(entity.text("messageLoggingComponents") ?? "").components
    }
}

extension EntityDeclaration {
    /// As many as are milliseconds of 31 bits, and none at least.
    func seconds(_ attribute: String, standard: Int) -> Int {
        min(max(0, number(attribute) ?? standard), 2_147_483)
    }
}

/// A `listener` section.
@dynamicMemberLookup
package struct ListenerSettings: Hashable, Sendable {
    package var connection: ConnectionSettings
    /// 0 for no limit.
    package var initialHandshakeTimeoutSeconds = 10
    package var authenticatePeer = false
    /// The authentication service that answers for logins; nil for the SASL library.
    package var saslPlugin: String?
    /// Connections in clear are refused (MG-51).
    package var requiresTLS = false
    /// Authorities that clients' certificates must lead to, among those of the profile.
    package var trustedCertsFile: String?
    /// A client's certificate is demanded (MG-52).
    package var namesExternal: Bool {
        connection.saslMechanisms?.uppercased().contains("EXTERNAL") ?? false
    }
    package var isMultiTenant = false
    /// The vhost whose policy holds for all; nil leaves it to the client's open.
    package var policyVhost: String?
    package var failoverUrls: String?
    /// What is served over HTTP; nil for a listener of bare AMQP.
    package var web: WebSettings?

    package init(_ entity: EntityDeclaration) {
        connection = ConnectionSettings(entity)
        initialHandshakeTimeoutSeconds =
            entity.seconds("initialHandshakeTimeoutSeconds", standard: 10)
        authenticatePeer = entity.flag("authenticatePeer")
        saslPlugin = entity.text("saslPlugin")
        requiresTLS = entity.flag("requireSsl") || entity.flag("requireEncryption")
        trustedCertsFile = entity.text("trustedCertsFile")
        isMultiTenant = entity.flag("multiTenant")
        policyVhost = entity.text("policyVhost")
        failoverUrls = entity.text("failoverUrls")
        web = WebSettings(entity)
    }

    package subscript<Member>(
        dynamicMember path: WritableKeyPath<ConnectionSettings, Member>
    ) -> Member {
        get { connection[keyPath: path] }
        set { connection[keyPath: path] = newValue }
    }
}

/// A `connector` section.
@dynamicMemberLookup
package struct ConnectorSettings: Hashable, Sendable {
    package var connection: ConnectionSettings
    /// 0 for as long as the kernel likes.
    package var connectTimeoutSeconds = 10
    /// The server's certificate must be for the host that is dialled.
    package var verifiesHostname = true
    package var saslUsername: String?
    /// In clear: prefixes have been resolved (MG-42).
    package var saslPassword: String?
    /// Without its connection the router is not ready.
    package var isRequired = false
    /// The path at which the server is asked for a WebSocket; nil for bare AMQP.
    package var webSocketPath: String?
    /// The HTTP proxy that leads to the server; nil for the straight way.
    package var proxy: ProxySettings?
    /// The vhost whose policy holds for what the other side does; nil for none.
    package var policyVhost: String?

    package init(_ entity: EntityDeclaration) {
        connection = ConnectionSettings(entity)
        connectTimeoutSeconds = entity.seconds("connectTimeoutSeconds", standard: 10)
        verifiesHostname = entity.flag("verifyHostname")
        isRequired = entity.flag("required")
        if entity.flag("webSocket") { webSocketPath = entity.text("httpPath") ?? "/" }
        proxy = ProxySettings(entity)
        saslUsername = entity.text("saslUsername")
        policyVhost = entity.text("policyVhost")
        saslPassword = entity.secrets["saslPassword"] ?? entity.text("saslPassword")
    }

    package subscript<Member>(
        dynamicMember path: WritableKeyPath<ConnectionSettings, Member>
    ) -> Member {
        get { connection[keyPath: path] }
        set { connection[keyPath: path] = newValue }
    }
}
