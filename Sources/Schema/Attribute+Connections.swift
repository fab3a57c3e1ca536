/// Attributes that listeners and connectors have alike.
extension EntityType.Attribute {
    static let role = EntityType.Attribute(
        "role", kind: .enumeration,
        tags: ["normal", "inter-router", "route-container", "edge"], standard: "normal",
        .create,
        """
        What the connection is for: clients, another interior router, a route \
        container, or an edge/interior link.
        """)
    static let cost = EntityType.Attribute(
        "cost", kind: .integer, standard: "1", .create,
        """
        Cost given to the inter-router connection (at least 1). Of an edge's connectors that with \
        the least cost is preferred. Ignored for other roles.
        """)
    static let sslProfile = EntityType.Attribute(
        "sslProfile", .create,
        "Which sslProfile supplies certificates and TLS settings.")
    static let maxFrameSize = EntityType.Attribute(
        "maxFrameSize", kind: .integer, standard: "16384", .create,
        "Largest frame this end offers in its Open.")
    static let maxSessions = EntityType.Attribute(
        "maxSessions", kind: .integer, standard: "32768", .create,
        "Number of sessions allowed at once; zero means the default.")
    static let maxSessionFrames = EntityType.Attribute(
        "maxSessionFrames", kind: .integer, .create,
        """
        Session incoming window counted in frames; zero means unlimited; clamped so \
        that frames times frame size stays under 2^31.
        """)
    static let idleTimeoutSeconds = EntityType.Attribute(
        "idleTimeoutSeconds", kind: .integer, standard: "16", .create,
        """
        Idle timeout in seconds offered in Open; the connection is closed when the \
        peer is silent for that long.
        """)
    static let webSocketPingSeconds = EntityType.Attribute(
        "webSocketPingSeconds", kind: .integer, standard: "25", .create,
        """
        Seconds of silence after which a WebSocket is sent a ping, so that proxies on the way \
        keep it, where neither side has an idle timeout; zero for none (at most 3600).
        """)
    static let stripAnnotations = EntityType.Attribute(
        "stripAnnotations", kind: .enumeration, tags: ["in", "out", "both", "no"],
        standard: "both", .create,
        "On which side the router's own message annotations are removed.")
    static let linkCapacity = EntityType.Attribute(
        "linkCapacity", kind: .integer, .create,
        """
        Credit window of each link on such a connection, in deliveries; unset means \
        the default (250).
        """)
    static let messageLoggingComponents = EntityType.Attribute(
        "messageLoggingComponents", standard: "none", alias: "logMessage", .create,
        """
        Comma-separated message parts to log for each transfer ("all", "none", or \
        property names); no spaces.
        """)
    static let openProperties = EntityType.Attribute(
        "openProperties", kind: .properties, .create,
        """
        Extra connection properties to send in Open; keys reserved for the router are \
        refused.
        """)
}
