internal import AMQP
internal import Options

/// One kind of report on a running router.
struct View: Sendable {
    /// The command's name.
    let name: String
    /// The option that chooses it in `qdstat`.
    let option: Option
    let summary: String
    /// The time and the router's name come before the report.
    var hasHeading = true
    /// The newest is at the end: what does not fit a screen is left out at the beginning.
    var endsWithNewest = false
    let report: @Sendable (ManagementNode, Choice) throws -> Report

    /// What the user wants to see of a view.
    struct Choice: Sendable {
        var isVerbose = false
        /// What scripts know from `qdstat`, to the byte, and not what is better for people.
        var isClassic = false
        /// The links between routers, too.
        var hasEveryLink = false
        /// No more rows than this; nil for all.
        var limit: Int?

        var rows: Int { limit ?? 0 }
    }

    /// What a view found.
    struct Report {
        enum Part {
            case table(Table)
            /// Without the line's end.
            case line(String)
        }

        var parts: [Part]
        /// The same as data.
        var data: Value

        init(_ parts: [Part], data: Value) {
            self.parts = parts
            self.data = data
        }

        init(_ tables: [Table], _ entities: [Entity]) {
            self.init(
                tables.map(Part.table), data: .list(entities.map { .map($0.attributes) }))
        }

        func text(_ format: Format, _ style: TextStyle) -> String {
            var text = ""
            for part in parts {
                switch part {
                case .table(let table): text += format == .csv ? table.csv : table.text(style)
                case .line(let line): text += line + "\n"
                }
            }
            return text
        }
    }

    enum Format { case text, csv, json }
}

extension View {
    static let all: [View] = [
        .general, .connections, .links, .nodes, .edges, .addresses, .memory, .policy, .autoLinks,
        .linkRoutes, .vhosts, .vhostGroups, .vhostStatistics, .log, .everything,
    ]

    /// The views that `everything` is made of, in order (MG-271).
    private static let parts: [View] = [
        .links, .addresses, .connections, .autoLinks, .linkRoutes, .general, .memory, .policy,
        .vhosts, .vhostStatistics,
    ]

    static let everything = View(
        name: "all", option: Option(nil, "all-entities", help: "Show all of a router's entities"),
        summary: "Show all of a router's entities"
    ) { node, choice in
        var parts: [Report.Part] = []
        var data = ValueMap()
        var choice = choice
        choice.hasEveryLink = true
        for view in Self.parts {
            let report = try view.report(node, choice)
            parts += report.parts + [.line("")]
            data[view.name] = report.data
        }
        return Report(parts, data: .map(data))
    }
}
