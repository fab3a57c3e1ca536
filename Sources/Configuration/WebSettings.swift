/// What a listener serves over HTTP.
package struct WebSettings: Hashable, Sendable {
    package var servesHealth = true
    package var servesMetrics = true
    package var takesWebSockets = true
    /// From which pages browsers may come, beside the router's own.
    package var origins = ""
    /// The directory of the files that it serves; nil for none.
    package var root: String?
    /// Connections at once, WebSockets left out.
    package var mostConnections = 256
    /// Until the next request on the same connection.
    package var idleSeconds = 5

    /// The most that either number may be.
    package static let mostConnections = 65_535
    package static let mostIdleSeconds = 3_600

    /// Nil for a listener of bare AMQP: HTTP is asked for by `http`, or by a root (MG-49).
    init?(_ entity: EntityDeclaration) {
        guard entity.flag("http") || entity.text("httpRootDir") != nil else { return nil }
        servesHealth = entity.flag("healthz")
        servesMetrics = entity.flag("metrics")
        takesWebSockets = entity.flag("websockets")
        origins = entity.text("httpOrigins") ?? ""
        root = entity.text("httpRootDir")
        mostConnections = min(
            max(1, entity.number("httpMaxConnections") ?? mostConnections), Self.mostConnections)
        idleSeconds = min(
            entity.seconds("httpIdleTimeoutSeconds", standard: idleSeconds), Self.mostIdleSeconds)
    }
}
