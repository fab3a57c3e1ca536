internal import AMQP
internal import Options

extension View {
    // MARK: Routes

    static let autoLinks = View(
        name: "autolinks", option: Option(nil, "autolinks", help: "Show automatic links"),
        summary: "Show automatic links"
    ) { node, choice in
        let attributes = [
            "address", "direction", "phase", "externalAddress", "linkRef", "operStatus",
            "lastError",
        ]
        let links = try node.query(
            EntityType.long("autoLink"), attributes: attributes, limit: choice.rows)
        guard !links.isEmpty else {
            return Report([.line("AutoLinks"), .line("No AutoLinks found")], data: .list([]))
        }
        let table = Table(
            "AutoLinks", heads: ["addr", "dir", "phs", "extAddr", "link", "status", "lastErr"],
            rows: links.map { link in
                attributes.map { $0 == "phase" ? Cell.number(link[$0]) : Cell.text(link[$0]) }
            })
        return Report([table.sorted(by: "addr")], links)
    }

    static let linkRoutes = View(
        name: "linkroutes", option: Option(nil, "linkroutes", help: "Show link routes"),
        summary: "Show link routes"
    ) { node, choice in
        let attributes = [
            "prefix", "direction", "distribution", "operStatus", "pattern", "addExternalPrefix",
            "delExternalPrefix",
        ]
        let routes = try node.query(
            EntityType.long("linkRoute"), attributes: attributes, limit: choice.rows)
        guard !routes.isEmpty else {
            return Report([.line("Link Routes"), .line("No Link Routes found")], data: .list([]))
        }
        let prefixes = ["addExternalPrefix", "delExternalPrefix"]
        let hasPrefixes = routes.contains { route in
            prefixes.contains { !Cell.text(route[$0]).isEmpty }
        }
        let rows = routes.map { route in
            let prefix = Cell.text(route["prefix"])
            return [prefix.isEmpty ? Cell.text(route["pattern"]) : prefix]
                + ["direction", "distribution", "operStatus"].map { Cell.text(route[$0]) }
                + (hasPrefixes ? prefixes.map { Cell.text(route[$0]) } : [])
        }
        let heads =
            ["address", "dir", "distrib", "status"]
            + (hasPrefixes ? ["add-ext-prefix", "del-ext-prefix"] : [])
        return Report(
            [Table("Link Routes", heads: heads, rows: rows).sorted(by: "address")], routes)
    }

    // MARK: Policy

    static let policy = View(
        name: "policy", option: Option("p", "policy", help: "Show what the policy is and did"),
        summary: "Show what a router's policy is and did"
    ) { node, _ in
        guard let policy = try node.query(EntityType.long("policy")).first else {
            throw Failure("IndexError", "the router has no policy entity")
        }
        let heads = ["attr", "value"]
        let name = { (attribute: String) in
            let text = Cell.text(policy[attribute])
            return text.isEmpty ? "(nil)" : text
        }
        let row = { (label: String, attribute: String) in
            [label, Cell.number(policy[attribute])]
        }
        var rules = [row("Maximum Concurrent Connections", "maxConnections")]
        if policy.has("maxMessageSize") {
            rules.append(row("Maximum Message Size", "maxMessageSize"))
        }
        rules += [
            ["Enable Vhost Policy", Cell.text(policy["enableVhostPolicy"])],
            ["Enable Vhost Name Patterns", Cell.text(policy["enableVhostNamePatterns"])],
            ["Policy Directory", name("policyDir")], ["Default Vhost", name("defaultVhost")],
        ]
        var counts = [
            row("Connections Processed", "connectionsProcessed"),
            row("Connections Denied", "connectionsDenied"),
            row("Connections Current", "connectionsCurrent"), row("Links Denied", "linksDenied"),
        ]
        if policy.has("maxMessageSizeDenied") {
            counts.append(row("Maximum Message Size Denied", "maxMessageSizeDenied"))
        }
        counts.append(row("Total Denials", "totalDenials"))
        return Report(
            [
                Table("Policy Configuration", heads: heads, rows: rules),
                Table("\nPolicy Status", heads: heads, rows: counts),
            ], [policy])
    }

    static let vhosts = View(
        name: "vhosts", option: Option(nil, "vhosts", help: "Show virtual hosts"),
        summary: "Show virtual hosts", hasHeading: false
    ) { node, _ in
        let vhosts = try node.query(EntityType.long("vhost"))
        guard let first = vhosts.first else {
            return Report([.line("No Vhosts")], data: .list([]))
        }
        let counts =
            ["maxConnections"] + (first.has("maxMessageSize") ? ["maxMessageSize"] : [])
            + ["maxConnectionsPerUser", "maxConnectionsPerHost"]
        let rows = vhosts.map { vhost in
            [Cell.text(vhost["hostname"])] + counts.map { Cell.number(vhost[$0]) }
                + [
                    Cell.text(vhost["allowUnknownUser"]),
                    String(vhost["groups"].map?.count ?? 0),
                ]
        }
        let heads = ["hostname"] + counts + ["allowUnknownUser", "groups"]
        return Report([Table("Vhosts", heads: heads, rows: rows)], vhosts)
    }

    static let vhostStatistics = View(
        name: "vhoststats",
        option: Option(nil, "vhoststats", help: "Show what virtual hosts' policies did"),
        summary: "Show what virtual hosts' policies did", hasHeading: false
    ) { node, _ in
        let vhosts = try node.query(EntityType.long("vhostStats"))
        guard let first = vhosts.first else {
            return Report([.line("No Vhost Stats")], data: .list([]))
        }
        let counts =
            [
                "connectionsApproved", "connectionsDenied", "connectionsCurrent", "sessionDenied",
                "senderDenied", "receiverDenied",
            ] + (first.has("maxMessageSizeDenied") ? ["maxMessageSizeDenied"] : [])
        let rows = vhosts.map { vhost in
            [Cell.text(vhost["hostname"])] + counts.map { Cell.number(vhost[$0]) }
        }
        let users = vhosts.flatMap { vhost in
            (vhost["perUserState"].map ?? ValueMap()).map { user in
                [Cell.text(vhost["hostname"]), Cell.text(user.key), Cell.text(user.value)]
            }
        }
        return Report(
            [
                Table("Vhost Stats", heads: ["hostname"] + counts, rows: rows),
                Table("\nVhost User Stats", heads: ["vhost", "user", "remote hosts"], rows: users),
            ], vhosts)
    }
}
