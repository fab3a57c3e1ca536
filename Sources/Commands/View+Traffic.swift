internal import AMQP
internal import Options

extension View {
    // MARK: Connections

    static let connections = View(
        name: "connections", option: Option("c", "connections", help: "Show connections"),
        summary: "Show connections"
    ) { node, choice in
        let connections = try node.query(EntityType.long("connection"), limit: choice.rows)
        let hasLast = connections.first?.has("lastDlvSeconds") ?? false
        let hasUptime = connections.first?.has("uptimeSeconds") ?? false
        let heads =
            [
                "id", "host", "container", "role", "proto", "dir", "security", "authentication",
                "tenant",
            ] + (hasLast ? ["last dlv"] : []) + (hasUptime ? ["uptime"] : [])
        let rows = connections.map { connection in
            var row = ["identity", "host", "container", "role", "protocol", "dir"].map {
                Cell.text(connection[$0])
            }
            row += protection(connection)
            if hasLast { row.append(time(connection["lastDlvSeconds"])) }
            if hasUptime { row.append(time(connection["uptimeSeconds"])) }
            return row
        }
        return Report([Table("Connections", heads: heads, rows: rows)], connections)
    }

    static let edges = View(
        name: "edges", option: Option("e", "edge", help: "Show connections of edge routers"),
        summary: "Show connections of edge routers"
    ) { node, choice in
        let connections = try node.query(EntityType.long("connection"), limit: choice.rows)
        guard let first = connections.first else {
            return Report([.line("No Edge Router Connections")], data: .list([]))
        }
        let hasActive = first.has("active")
        let heads =
            ["id", "host", "container", "role", "dir", "security", "authentication", "tenant"]
            + (hasActive ? ["active"] : [])
        let edges = connections.filter { $0["role"].text == "edge" }
        guard !edges.isEmpty else { return Report([], data: .list([])) }
        let rows = edges.map { connection in
            ["identity", "host", "container", "role", "dir"].map { Cell.text(connection[$0]) }
                + protection(connection)
                + (hasActive ? [connection["active"].boolean == true ? "yes" : "no"] : [])
        }
        return Report([Table("Connections", heads: heads, rows: rows)], edges)
    }

    private static func time(_ seconds: Value) -> String {
        seconds.integer.map(Cell.longTime) ?? "-"
    }

    /// Security, authentication and tenant (MG-259).
    private static func protection(_ connection: Entity) -> [String] {
        let tenant = Cell.text(connection["tenant"])
        return [
            security(connection), authentication(connection),
            tenant.hasSuffix("/") ? String(tenant.dropLast()) : tenant,
        ]
    }

    static func security(_ connection: Entity) -> String {
        guard connection["isEncrypted"].boolean == true else { return "no-security" }
        if connection["sasl"].text == "GSSAPI" { return "Kerberos" }
        return "\(Cell.number(connection["sslProto"]))(\(Cell.number(connection["sslCipher"])))"
    }

    static func authentication(_ connection: Entity) -> String {
        guard connection["isAuthenticated"].boolean == true else { return "no-auth" }
        let mechanism: String
        switch connection["sasl"].text {
        case "ANONYMOUS": return "anonymous-user"
        case "GSSAPI": mechanism = "Kerberos"
        case "EXTERNAL": mechanism = "x.509"
        case let other: mechanism = other ?? ""
        }
        guard let user = connection["user"].text, !user.isEmpty else { return mechanism }
        return "\(user)(\(mechanism))"
    }

    // MARK: Addresses

    static let addresses = View(
        name: "addresses", option: Option("a", "address", help: "Show addresses"),
        summary: "Show addresses"
    ) { node, choice in
        let addresses = try node.query(
            EntityType.prefix + "router.address", attributes: addressAttributes, limit: choice.rows)
        let columns = addressColumns(choice).filter { column in
            guard let needed = column.needed else { return true }
            return addresses.first?.has(needed) ?? false
        }
        let table = Table(
            "Router Addresses", heads: columns.map(\.head),
            rows: addresses.map { address in columns.map { $0.cell(address) } })
        return Report([table.sorted(by: "addr")], addresses)
    }

    private static func addressColumns(_ choice: Choice) -> [Column] {
        let key = { (address: Entity) in address["name"].text ?? "" }
        let count = { (head: String, attribute: String) in
            Column(head) { Cell.commas(Cell.number($0[attribute])) }
        }
        var columns = [
            Column("class") { AddressKey(key($0)).className },
            Column("addr") { AddressKey(key($0)).text },
            Column("phs") { AddressKey(key($0)).phase }, Column("distrib", "distribution"),
            Column("pri", needing: "priority") { address in
                let priority = address["priority"].integer ?? -1
                return priority >= 0 ? String(priority) : "-"
            },
        ]
        if choice.isVerbose { columns.append(count("in-proc", "inProcess")) }
        columns += [
            Column("local") { address in
                let isOfLinkRoute = AddressKey.isOfLinkRoute(key(address))
                return Cell.commas(
                    Cell.number(address[isOfLinkRoute ? "containerCount" : "subscriberCount"]))
            },
            count("remote", "remoteCount"), count("in", "deliveriesIngress"),
            count("out", "deliveriesEgress"), count("thru", "deliveriesTransit"),
            Column("fallback") { address in
                let name = "deliveriesRedirectedToFallback"
                return address.has(name) ? Cell.commas(Cell.number(address[name])) : "-"
            },
        ]
        if choice.isVerbose {
            columns += [
                count("to-proc", "deliveriesToContainer"),
                count("from-proc", "deliveriesFromContainer"),
            ]
        }
        return columns
    }

    private static let addressAttributes = [
        "distribution", "inProcess", "subscriberCount", "remoteCount", "containerCount",
        "deliveriesIngress", "deliveriesEgress", "deliveriesRedirectedToFallback",
        "deliveriesTransit", "deliveriesToContainer", "deliveriesFromContainer", "name",
        "priority",
    ]
}
