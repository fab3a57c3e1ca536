/// Who may do what.
extension Schema {
    package static let policy = EntityType(
        "policy", extends: configurationEntity, isSingleton: true,
        summary: "Router-wide connection limits and the switches for vhost policy.",
        attributes: [
            .init(
                "maxConnections", kind: .integer, standard: "65535", .create,
                "Limit of simultaneous incoming connections to the router; always in force."),
            .init(
                "maxMessageSize", kind: .integer, standard: "0", .create,
                "Largest message accepted from users and edges; zero for no limit."),
            .init(
                "enableVhostPolicy", kind: .boolean, standard: "false", .create,
                "Enforce vhost policies."),
            .init(
                "enableVhostNamePatterns", kind: .boolean, standard: "false", .create,
                "Treat vhost names as patterns."),
            .init(
                "policyDir", kind: .path, standard: "", .create,
                "Directory of *.json files with vhost sections."),
            .init(
                "defaultVhost", standard: "$default", .create,
                "Vhost used when none matches; blank for none."),
            .count("connectionsProcessed", "Connections judged so far."),
            .count("connectionsDenied", "Connections refused."),
            .count("connectionsCurrent", "Connections now open that count towards the limit."),
            .count("linksDenied", "Sender and receiver attaches refused."),
            .count("maxMessageSizeDenied", "Transfers refused for size."),
            .count("totalDenials", "All refusals added up."),
        ])

    package static let vhost = EntityType(
        "vhost", extends: configurationEntity, operations: ["CREATE", "UPDATE", "DELETE"],
        summary: "Access rules for one virtual host (or host-name pattern).",
        attributes: [
            .init(
                "hostname", alias: "id", [.required, .create],
                "Host name (or pattern) the rules are for."),
            .init(
                "aliases", [.create, .update],
                "Other names, separated by commas or spaces, that share the rules."),
            .init(
                "maxConnections", kind: .integer, standard: "65535", [.create, .update],
                "Limit of connections to the vhost."),
            .init(
                "maxMessageSize", kind: .integer, [],
                "Overrides the router-wide message size limit."),
            .init(
                "maxConnectionsPerUser", kind: .integer, standard: "65535", [.create, .update],
                "Limit of connections for one user."),
            .init(
                "maxConnectionsPerHost", kind: .integer, standard: "65535", [.create, .update],
                "Limit of connections from one host."),
            .init(
                "allowUnknownUser", kind: .boolean, standard: "false", [.create, .update],
                "Put users of no group in $default instead of refusing them."),
            .init(
                "groups", kind: .map, [.create, .update], "Map of group name to group settings."),
        ])

    package static let vhostUserGroupSettings = EntityType(
        "vhostUserGroupSettings", extends: configurationEntity,
        summary: """
            The settings of one user group; appears only as a value inside a vhost's \
            groups map.
            """,
        attributes: [
            .init("users", .required, "Users of the group, separated by commas."),
            .init(
                "remoteHosts", .required,
                "Hosts, addresses or address ranges allowed; * for all, blank for none."),
            .init(
                "maxConnectionsPerUser", kind: .integer, [],
                "Overrides the vhost's limit for one user."),
            .init(
                "maxConnectionsPerHost", kind: .integer, [],
                "Overrides the vhost's limit for one host."),
            .init(
                "maxMessageSize", kind: .integer, [],
                "Overrides the vhost's message size limit; zero for none."),
            .init("maxFrameSize", kind: .integer, .create, "Overrides the frame size in Open."),
            .init(
                "maxSessionWindow", kind: .integer, .create,
                "Overrides the session incoming window, in bytes."),
            .init("maxSessions", kind: .integer, .create, "Overrides the channel-max in Open."),
            .init(
                "maxSenders", kind: .integer, standard: "2147483647", .create,
                "Sending links allowed per connection."),
            .init(
                "maxReceivers", kind: .integer, standard: "2147483647", .create,
                "Receiving links allowed per connection."),
            .init(
                "allowDynamicSource", kind: .boolean, standard: "false", .create,
                "Permit dynamic sources."),
            .init(
                "allowAnonymousSender", kind: .boolean, standard: "false", .create,
                "Permit senders with no target address."),
            .init(
                "allowUserIdProxy", kind: .boolean, standard: "false", .create,
                "Permit a user-id property other than the connection's user."),
            .init(
                "allowWaypointLinks", kind: .boolean, standard: "true", .create,
                "Permit the waypoint.N capability."),
            .init(
                "allowDynamicLinkRoutes", kind: .boolean, standard: "true", .create,
                "Permit connection-scoped link routes."),
            .init(
                "allowAdminStatusUpdate", kind: .boolean, standard: "true", .create,
                "Permit changes to other connections' adminStatus."),
            .init(
                "allowFallbackLinks", kind: .boolean, standard: "true", .create,
                "Permit the qd.fallback capability."),
            .init(
                "managementAccess", kind: .enumeration, tags: ["none", "read", "all"],
                standard: "all", .create,
                "What may be asked of management nodes that targets allow."),
            .init(
                "managementScope", kind: .enumeration, tags: ["router", "mesh"], standard: "mesh",
                .create, "Whose: this router's alone, or those of all routers."),
            .init(
                "sources", .create,
                """
                Addresses that may be received from; ${user} is replaced; a final * matches \
                any ending.
                """),
            .init(
                "targets", .create,
                """
                Addresses that may be sent to; ${user} is replaced; a final * matches any \
                ending.
                """),
            .init(
                "sourcePattern", .create,
                "Token patterns for receive addresses; not together with sources."),
            .init(
                "targetPattern", .create,
                "Token patterns for send addresses; not together with targets."),
        ])

    package static let vhostStats = EntityType(
        "vhostStats", extends: operationalEntity,
        summary: "Connection and denial counters kept per vhost.",
        attributes: [
            .init("id", [], "Obsolete copy of hostname."),
            .init("hostname", [], "Which vhost the counts are for."),
            .count("connectionsApproved", "Connections let in."),
            .count("connectionsDenied", "Connections refused."),
            .count("connectionsCurrent", "Connections now open."),
            .init("perUserState", kind: .map, [], "User name to list of that user's connections."),
            .init("perHostState", kind: .map, [], "Host to list of that host's connections."),
            .count("sessionDenied", "Sessions refused."),
            .count("senderDenied", "Senders refused."),
            .count("receiverDenied", "Receivers refused."),
            .count("maxMessageSizeDenied", "Transfers refused for size."),
        ])

    package static let console = EntityType(
        "console", extends: configurationEntity, isSingleton: true, isDeprecated: true,
        summary: "Obsolete: starts an external proxy program for the web console.",
        attributes: [
            .init("listener", [], "Name of the listener whose host and port are substituted."),
            .init("wsport", kind: .integer, standard: "5673", [], "WebSocket port."),
            .init("proxy", .required, "Program to start."),
            .init("home", .required, "Directory of console files."),
            .init("args", [], "Arguments of the program."),
        ])
}
