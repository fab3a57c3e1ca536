internal import AMQP
internal import Options

extension View {
    static let vhostGroups = View(
        name: "vhostgroups",
        option: Option(nil, "vhostgroups", help: "Show user groups of virtual hosts"),
        summary: "Show user groups of virtual hosts", hasHeading: false
    ) { node, _ in
        let vhosts = try node.query(EntityType.long("vhost"))
        let schema = try node.callSelf("GET-SCHEMA")
        guard let first = vhosts.first else {
            return Report([.line("No Vhosts")], data: .list([]))
        }
        let settings = schema.map?["entityTypes"]?.map?["vhostUserGroupSettings"]?.map
        let attributes = settings?["attributes"]?.map ?? ValueMap()
        let groups = vhosts.flatMap { vhost in
            (vhost["groups"].map ?? ValueMap()).map { group in
                Group(
                    vhost: Cell.text(vhost["hostname"]), name: Cell.text(group.key),
                    settings: group.value.map ?? ValueMap(), schema: attributes)
            }
        }
        let counts =
            ["maxConnectionsPerUser", "maxConnectionsPerHost"]
            + (first.has("maxMessageSize") ? ["maxMessageSize"] : [])
            + ["maxFrameSize", "maxSessionWindow", "maxSessions", "maxSenders", "maxReceivers"]
        let all = Table(
            "Vhost Groups", heads: ["vhost", "group"] + counts + Group.permissions,
            rows: groups.map { group in
                [group.vhost, group.name] + counts.map(group.count)
                    + Group.permissions.map { group.text($0, else: "False") }
            })
        return Report([all] + groups.map(\.table), vhosts)
    }

    /// The settings of one user group, those not given taken from the schema.
    private struct Group {
        let vhost: String
        let name: String
        let settings: ValueMap
        let schema: ValueMap

        static let permissions = [
            "allowDynamicSource", "allowAnonymousSender", "allowUserIdProxy",
            "allowWaypointLinks", "allowDynamicLinkRoutes", "allowAdminStatusUpdate",
            "allowFallbackLinks",
        ]

        private func value(_ attribute: String) -> Value? {
            settings[attribute] ?? schema[attribute]?.map?["default"]
        }

        func count(_ attribute: String) -> String {
            value(attribute).map(Cell.number) ?? "(nil)"
        }

        func text(_ attribute: String, else other: String) -> String {
            value(attribute).map(Cell.text) ?? other
        }

        /// The texts, which may be long.
        var table: Table {
            let names = [
                "users", "remoteHosts", "sources", "targets", "sourcePattern", "targetPattern",
            ]
            return Table(
                "\nVhost '\(vhost)' UserGroup '\(name)'", heads: ["attr", "value"],
                rows: [["vhost", vhost], ["group", name]]
                    + names.map { [$0, text($0, else: "(nil)")] })
        }
    }
}
