internal import AMQP
internal import Basis
internal import EventLoop
internal import Options

extension View {
    static let general = View(
        name: "status", option: Option("g", "general", help: "Show the router's own figures"),
        summary: "Show a router's own figures"
    ) { node, choice in
        let router = try node.router()
        let rows = figures(router, choice)
        return Report(
            [Table("Router Statistics", heads: ["attr", "value"], rows: rows)], [router])
    }

    /// In groups: of each group, those up to the first that the router lacks.
    private static func figures(_ router: Entity, _ choice: Choice) -> [[String]] {
        var rows = [
            ["Version", Cell.text(router["version"])], ["Mode", Cell.text(router["mode"])],
            ["Router Id", Cell.text(router["id"])],
        ]
        if router.has("workerThreads") {
            rows.append(["Worker Threads", Cell.number(router["workerThreads"])])
        }
        if let seconds = router["uptimeSeconds"].integer {
            rows.append(["Uptime", Cell.longTime(seconds)])
        }
        if let bytes = router["residentMemoryUsage"].integer, bytes > 0, !choice.isClassic {
            rows.append(["Memory", Cell.bytes(bytes)])
        }
        if let bytes = router["memoryUsage"].integer, bytes > 0 {
            rows.append(["VmSize", Cell.bytes(bytes)])
        }
        rows.append(["Area", Cell.text(router["area"])])
        rows += counts(router, sizes)
        let before = counts(router, outcomes)
        rows += before
        guard before.count == outcomes.count else { return rows }
        return rows + counts(router, delays) + counts(router, directions)
    }

    private static func counts(
        _ router: Entity, _ names: [(label: String, attribute: String)]
    ) -> [[String]] {
        names.prefix { router.has($0.attribute) }.map { name in
            [name.label, Cell.number(router[name.attribute])]
        }
    }

    private static let sizes = [
        ("Link Routes", "linkRouteCount"), ("Auto Links", "autoLinkCount"), ("Links", "linkCount"),
        ("Nodes", "nodeCount"), ("Addresses", "addrCount"), ("Connections", "connectionCount"),
    ]
    private static let outcomes = [
        ("Presettled Count", "presettledDeliveries"),
        ("Dropped Presettled Count", "droppedPresettledDeliveries"),
        ("Accepted Count", "acceptedDeliveries"), ("Rejected Count", "rejectedDeliveries"),
        ("Released Count", "releasedDeliveries"), ("Modified Count", "modifiedDeliveries"),
    ]
    private static let delays = [
        ("Deliveries Delayed > 1sec", "deliveriesDelayed1Sec"),
        ("Deliveries Delayed > 10sec", "deliveriesDelayed10Sec"),
        ("Deliveries Stuck > 10sec", "deliveriesStuck"),
        ("Deliveries to Fallback", "deliveriesRedirectedToFallback"),
        ("Links Blocked", "linksBlocked"),
    ]
    private static let directions = [
        ("Ingress Count", "deliveriesIngress"), ("Egress Count", "deliveriesEgress"),
        ("Transit Count", "deliveriesTransit"),
        ("Deliveries from Route Container", "deliveriesIngressRouteContainer"),
        ("Deliveries to Route Container", "deliveriesEgressRouteContainer"),
    ]

    static let nodes = View(
        name: "nodes", option: Option("n", "nodes", help: "Show the routers of the network"),
        summary: "Show the routers of the network"
    ) { node, choice in
        let routers = try node.query(EntityType.long("node"), limit: choice.rows)
        guard !routers.isEmpty else {
            return Report([.line("Router is Standalone - No Router List")], data: .list([]))
        }
        var title = "Routers in the Network"
        if let change = routers.compactMap({ $0["lastTopoChange"].integer }).max(), change > 1 {
            title += "\nLast Topology Change: \(CalendarTime(seconds: change).day)"
        }
        let more = choice.isVerbose ? ["ver", "cost", "neighbors", "valid-origins"] : []
        let table = Table(
            title, heads: ["router-id", "next-hop", "link"] + more,
            rows: routers.map { hop($0) + (choice.isVerbose ? topology($0) : []) })
        return Report([table.sorted(by: "router-id")], routers)
    }

    private static func hop(_ router: Entity) -> [String] {
        let id = Cell.text(router["id"])
        let (next, link) = (router["nextHop"], router["routerLink"])
        guard next.isNull else { return [id, Cell.text(next), "-"] }
        return [id, "-", link.isNull ? "(unreachable)" : Cell.number(link)]
    }

    private static func topology(_ router: Entity) -> [String] {
        let cost = router["cost"]
        return [
            Cell.number(router["protocolVersion"]),
            cost.isNull || cost.integer == 0 ? "" : Cell.number(cost),
            Cell.texts(router["linkState"]), Cell.texts(router["validOrigins"]),
        ]
    }

    static let memory = View(
        name: "memory", option: Option("m", "memory", help: "Show the router's use of memory"),
        summary: "Show a router's use of memory"
    ) { node, choice in
        let pools = try node.query(
            EntityType.long("allocator"), attributes: ["identity"] + poolFigures)
        let isCounted = pools.allSatisfy { !$0["totalAllocFromHeap"].isNull }
        guard !pools.isEmpty, isCounted else {
            return Report([.line("No memory statistics available")], data: .list([]))
        }
        let rows = pools.map { pool in
            [pool["identity"].text.map(poolName) ?? "-"]
                + poolFigures.map { name in
                    let number = Cell.number(pool[name])
                    return name == "transferBatchSize" ? number : Cell.commas(number)
                }
        }
        let heads = [
            "type", "size", "batch", "thread-max", "total", "in-threads", "rebal-in", "rebal-out",
        ]
        let pooled = pools.reduce(Int64(0)) { sum, pool in
            sum + (pool["typeSize"].integer ?? 0) * (pool["totalAllocFromHeap"].integer ?? 0)
        }
        let used = try memory(of: node, choice)
        let summary = Table(
            "\nMemory Summary", heads: used.map(\.head) + ["Pooled"],
            rows: [used.map(\.size) + [Cell.bytes(pooled)]])
        return Report(
            [Table("Memory Pools", heads: heads, rows: rows).sorted(by: "type"), summary], pools)
    }

    /// What the process has of the machine, the part that is really there first.
    private static func memory(
        of node: ManagementNode, _ choice: Choice
    ) throws(Failure) -> [(head: String, size: String)] {
        var columns = [("VmSize", "memoryUsage")]
        if !choice.isClassic { columns.insert(("Memory", "residentMemoryUsage"), at: 0) }
        let router = try node.query(
            EntityType.long("router"), attributes: columns.map(\.1)
        ).first
        return columns.map { head, attribute in
            (head, router?[attribute].integer.map(Cell.bytes) ?? "-")
        }
    }

    private static let poolFigures = [
        "typeSize", "transferBatchSize", "localFreeListMax", "totalAllocFromHeap",
        "heldByThreads", "batchesRebalancedToThreads", "batchesRebalancedToGlobal",
    ]

    /// What follows the slash of `allocator/NAME`.
    private static func poolName(_ identity: String) -> String {
        identity.firstIndex(of: "/").map { String(identity[$0...].dropFirst()) } ?? identity
    }

    static let log = View(
        name: "log", option: Option(nil, "log", help: "Show the newest entries of the log"),
        summary: "Show the newest entries of a router's log", hasHeading: false,
        endsWithNewest: true
    ) { node, choice in
        var limit = ValueMap()
        limit["limit"] = choice.limit.map { .long(Int64($0)) }
        let entries = try node.callSelf("GET-LOG", limit).list ?? []
        let lines = entries.compactMap(\.list).map { entry in
            let field = { (place: Int) in entry.indices ~= place ? entry[place] : .null }
            let time = TimeText.format(
                "%a %b %e %H:%M:%S %Y", seconds: Int(field(5).integer ?? 0))
            let text = "\(Cell.text(field(0))) (\(Cell.text(field(1)))) \(Cell.text(field(2)))"
            return "\(time) \(text.harmless)"
        }
        return Report(lines.map(Report.Part.line), data: .list(entries))
    }
}

extension ManagementNode {
    /// The router's own entity.
    func router() throws(Failure) -> Entity {
        guard let router = try query(EntityType.long("router")).first else {
            throw Failure("IndexError", "the router does not describe itself")
        }
        return router
    }
}
