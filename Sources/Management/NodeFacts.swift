internal import AMQP

/// A router of the mesh, as management shows it (MG-160, MG-161).
package struct NodeFacts {
    package var id: String
    /// 0 is this router.
    package var index: Int
    package var protocolVersion: Int
    /// When the router started, in seconds since 1970.
    package var instance: Int64
    package var linkState: [String] = []
    /// The id of the neighbour that leads there; `(self)` for this router, nil for neighbours.
    package var nextHop: String?
    /// The other routers whose messages to this one pass here; asked for only if it is shown, since in a
    /// large mesh it is dear.
    package var validOrigins: () -> [String] = { [] }
    package var cost: Int?
    /// The number of the link to it, for neighbours.
    package var routerLink: Int?
    /// Of this router only: seconds since 1970.
    package var lastTopologyChange: Int64?

    package init(id: String, index: Int, protocolVersion: Int, instance: Int64) {
        self.id = id
        self.index = index
        self.protocolVersion = protocolVersion
        self.instance = instance
    }
}

extension NodeFacts: Reported {
    package static let type = "router.node"
    package var name: String? { "router.node/\(id)" }
    package var identity: String { "router.node/\(id)" }

    package static let columns: Columns<NodeFacts> = [
        Column("id") { .string($0.id) },
        Column("protocolVersion") { .integer($0.protocolVersion) },
        Column("instance") { .integer($0.instance) },
        Column("linkState") { .list($0.linkState.map(Value.string)) },
        Column("nextHop") { .text($0.nextHop) },
        Column("validOrigins") { .list($0.validOrigins().map(Value.string)) },
        Column("address") { .string("amqp:/_topo/0/\($0.id)") },
        Column("routerLink") { $0.routerLink.map(Value.integer) ?? .null },
        Column("cost") { $0.cost.map(Value.integer) ?? .null },
        Column("lastTopoChange") { $0.lastTopologyChange.map(Value.integer) ?? .null },
        Column("index") { .integer($0.index) },
    ]
}
