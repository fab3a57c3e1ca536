internal import AMQP
internal import Options

extension View {
    static let links = View(
        name: "links", option: Option("l", "links", help: "Show links"), summary: "Show links"
    ) { node, choice in
        let wanted = choice.isClassic || choice.hasEveryLink ? choice.rows : 0
        let links = try node.query(
            EntityType.long("link"), attributes: linkAttributes, limit: wanted)
        guard !choice.isClassic else {
            return Report([table(links, classicColumns(choice))], links)
        }
        let shown = choice.hasEveryLink ? links : links.filter(isOfClient)
        let rows = choice.rows > 0 ? Array(shown.prefix(choice.rows)) : shown
        let brief = (choice.hasEveryLink ? [kind] : []) + briefColumns
        let columns = choice.isVerbose ? classicColumns(choice) : brief
        let whole = table(rows, columns)
        var parts = [
            Report.Part.table(choice.isVerbose ? whole : whole.fitted(byCutting: "addr"))
        ]
        let hidden = links.count - shown.count
        if hidden > 0 {
            parts.append(.line("\(hidden) links between routers are not shown: --all shows them"))
        }
        return Report(parts, data: .list(links.map { .map($0.attributes) }))
    }

    private static func isOfClient(_ link: Entity) -> Bool {
        !["router-control", "inter-router"].contains(link["linkType"].text ?? "")
    }

    private static func table(_ links: [Entity], _ columns: [Column]) -> Table {
        let known = columns.filter { column in
            guard let needed = column.needed else { return true }
            return links.first?.has(needed) ?? false
        }
        return Table(
            "Router Links", heads: known.map(\.head),
            rows: links.map { link in known.map { $0.cell(link) } })
    }

    /// What a person looks for, in a terminal's width.
    private static var briefColumns: [Column] {
        [
            Column("conn", "connectionId"), Column("id", "identity"), Column("dir", "linkDir"),
            Column("addr") { link in
                let key = AddressKey(link["owningAddr"].text ?? "")
                return key.className == "mobile" || key.className.isEmpty
                    ? key.text : "(\(key.className)) \(key.text)"
            },
            Column("cred", "creditAvailable", isOptional: true),
            Column("undel", "undeliveredCount"),
            Column("unsett", "unsettledCount"), Column("deliv", "deliveryCount"),
            Column("acc", "acceptedCount"), Column("rej", "rejectedCount"),
            Column("rel", "releasedCount"), Column("mod", "modifiedCount"),
            Column("stuck", "deliveriesStuck", isOptional: true), blocked,
        ]
    }

    private static var kind: Column {
        Column("kind") { link in
            switch link["linkType"].text {
            case "router-control": "control"
            case "inter-router": "trunk"
            default: "client"
            }
        }
    }

    private static var blocked: Column {
        Column("blkd", needing: "creditAvailable") { link in
            let seconds = link["zeroCreditSeconds"].integer ?? 0
            return seconds > 0 ? Cell.clock(seconds) : "-"
        }
    }

    /// All that there is, as `qdstat` shows it (MG-261).
    private static func classicColumns(_ choice: Choice) -> [Column] {
        let key = { (link: Entity) in AddressKey(link["owningAddr"].text ?? "") }
        var columns = [
            Column("type", "linkType"), Column("dir", "linkDir"),
            Column("conn id", "connectionId"), Column("id", "identity"), Column("peer", "peer"),
            Column("class") { key($0).className }, Column("addr") { key($0).text },
            Column("phs") { key($0).phase }, Column("cap", "capacity"),
            Column("pri", "priority", isOptional: true), Column("undel", "undeliveredCount"),
            Column("unsett", "unsettledCount"), Column("deliv", "deliveryCount"),
            Column("presett", "presettledCount"),
            Column("psdrop", "droppedPresettledCount", isOptional: true),
            Column("acc", "acceptedCount"), Column("rej", "rejectedCount"),
            Column("rel", "releasedCount"), Column("mod", "modifiedCount"),
            Column("delay", needing: "deliveriesDelayed1Sec") { link in
                String(
                    (link["deliveriesDelayed1Sec"].integer ?? 0)
                        + (link["deliveriesDelayed10Sec"].integer ?? 0))
            },
            Column("rate", needing: "deliveriesDelayed1Sec") { Cell.text($0["settleRate"]) },
            Column("stuck", "deliveriesStuck", isOptional: true),
            Column("cred", "creditAvailable", isOptional: true),
            blocked,
        ]
        if choice.isVerbose {
            columns += [
                Column("admin", "adminStatus"), Column("oper", "operStatus"),
                Column("name", "linkName"),
            ]
        }
        return columns
    }

    private static let linkAttributes = [
        "linkType", "linkDir", "connectionId", "identity", "peer", "owningAddr", "capacity",
        "undeliveredCount", "unsettledCount", "deliveryCount", "presettledCount",
        "droppedPresettledCount", "acceptedCount", "rejectedCount", "releasedCount",
        "modifiedCount", "deliveriesDelayed1Sec", "deliveriesDelayed10Sec", "deliveriesStuck",
        "creditAvailable", "zeroCreditSeconds", "adminStatus", "operStatus", "linkName",
        "priority", "settleRate",
    ]

    /// One column of a table whose rows are entities.
    struct Column {
        let head: String
        /// The column is shown if the router knows this attribute.
        var needed: String?
        let cell: (Entity) -> String

        init(_ head: String, needing needed: String? = nil, cell: @escaping (Entity) -> String) {
            self.head = head
            self.needed = needed
            self.cell = cell
        }

        init(_ head: String, _ attribute: String, isOptional: Bool = false) {
            self.init(head, needing: isOptional ? attribute : nil) { Cell.text($0[attribute]) }
        }
    }
}
