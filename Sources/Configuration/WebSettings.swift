/// What a listener serves over HTTP.
package struct WebSettings: Hashable, Sendable {
    package var servesHealth = true
    package var servesMetrics = true
    /// The metrics have the old router's names too.
    package var tellsOldNames = true
    package var takesWebSockets = true
    /// From which pages browsers may come, beside the router's own.
    package var origins = ""
    /// The directory of the files that it serves; nil for none.
    package var root: String?
    /// Connections at once, WebSockets left out.
    package var mostConnections = 256
    /// Of them, those of one host; a quarter if nil.
    package var mostOfHost: Int?
    /// Bytes and fields of a request's head, and bytes of its body.
    package var mostHeadBytes = 16_384
    package var mostHeadFields = 100
    package var mostBodyBytes = 65_536
    /// Until the next request on the same connection.
    package var idleSeconds = 5

    /// What the numbers may be; one beyond is taken for the nearest.
    package static let connectionRange = 1...65_535
    package static let headByteRange = 1_024...65_536
    package static let headFieldRange = 8...1_000
    package static let bodyByteRange = 0...1_048_576
    package static let mostIdleSeconds = 3_600

    /// Nil for a listener of bare AMQP: HTTP is asked for by `http`, or by a root (MG-49).
    init?(_ entity: EntityDeclaration) {
        guard entity.flag("http") || entity.text("httpRootDir") != nil else { return nil }
        servesHealth = entity.flag("healthz")
        servesMetrics = entity.flag("metrics")
        tellsOldNames = entity.flag("metricsOldNames")
        takesWebSockets = entity.flag("websockets")
        origins = entity.text("httpOrigins") ?? ""
        root = entity.text("httpRootDir")
        mostConnections = Self.number(
            entity, "httpMaxConnections", in: Self.connectionRange, standard: mostConnections)
        if entity.number("httpMaxConnectionsPerHost") != nil {
            mostOfHost = Self.number(
                entity, "httpMaxConnectionsPerHost", in: Self.connectionRange, standard: 1)
        }
        mostHeadBytes = Self.number(
            entity, "httpMaxHeadBytes", in: Self.headByteRange, standard: mostHeadBytes)
        mostHeadFields = Self.number(
            entity, "httpMaxHeadFields", in: Self.headFieldRange, standard: mostHeadFields)
        mostBodyBytes = Self.number(
            entity, "httpMaxBodyBytes", in: Self.bodyByteRange, standard: mostBodyBytes)
        idleSeconds = min(
            entity.seconds("httpIdleTimeoutSeconds", standard: idleSeconds), Self.mostIdleSeconds)
    }

    private static func number(
        _ entity: EntityDeclaration, _ attribute: String, in range: ClosedRange<Int>, standard: Int
    ) -> Int {
        min(max(range.lowerBound, entity.number(attribute) ?? standard), range.upperBound)
    }
}
