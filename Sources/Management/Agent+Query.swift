internal import AMQP
internal import Schema

/// QUERY (MG-93 to MG-106).
extension Agent {
    func query(_ request: Request, _ router: some ReportedRouter) throws(ManagementError) -> Answer
    {
        let wanted = (request.body.map?["attributeNames"]?.list ?? [])
        let page = (
            offset: max(0, try request.number("offset", in: Request.anyNumber) ?? 0),
            count: try request.number("count", in: Request.anyNumber) ?? 0
        )
        guard let name = request.queriedType else {
            return try querySchema(nil, wanted, page, router)
        }
        let type = try type(named: name)
        guard CoreTypes.contains(type.name) else {
            return try querySchema(type, wanted, page, router)
        }
        guard let columns = CoreTypes.columns[type.name] else {
            throw ManagementError(.forbidden)
        }
        return queryCore(type, columns, wanted, page, router)
    }

    /// Unknown names stand for the first column; what is not a string is passed over, and too
    /// many names are none (MG-99, MG-100).
    private func queryCore(
        _ type: EntityType, _ columns: [String], _ wanted: [Value],
        _ page: (offset: Int, count: Int), _ router: some ReportedRouter
    ) -> Answer {
        var names = columns
        if !wanted.isEmpty, wanted.count <= 63 {
            names = wanted.compactMap { value in
                guard case .string(let name) = value else { return nil }
                let isKnown = columns.contains(name) || type.attribute(name) != nil
                return isKnown ? name : columns[0]
            }
        }
        let entities = router.entities(of: type.name).dropFirst(page.offset)
        let rows = entities.prefix(page.count > 0 ? page.count : .max)
        return table(names, rows.map { entity in names.map { entity.value(of: $0) ?? .null } })
    }

    private func querySchema(
        _ type: EntityType?, _ wanted: [Value], _ page: (offset: Int, count: Int),
        _ router: some ReportedRouter
    ) throws(ManagementError) -> Answer {
        let types = type.map(schema.family) ?? schema.types
        let names = try names(wanted, of: type)
        var rows: [[Value]] = []
        var toSkip = page.offset
        for type in types where CoreTypes.isListed(type) {
            for entity in listed(type, router) {
                if page.count > 0, rows.count == page.count { break }
                let row = names.map { entity.value(of: $0) ?? .null }
                guard row.contains(where: { !$0.isNull }) else { continue }
                if toSkip > 0 { toSkip -= 1 } else { rows.append(row) }
            }
        }
        return table(names, rows)
    }

    /// Several times as many as all types together have.
    private static let mostNames = 1_000

    /// The names that a query asks for; all of them if it names none (MG-97, MG-99).
    private func names(
        _ wanted: [Value], of type: EntityType?
    ) throws(ManagementError) -> [String] {
        var known: [String] = []
        for type in type.map({ [$0] }) ?? schema.types {
            for attribute in type.attributes where !known.contains(attribute.name) {
                known.append(attribute.name)
            }
        }
        guard !wanted.isEmpty else { return known }
        guard wanted.count <= Self.mostNames else {
            throw ManagementError(
                .badRequest,
                "'attributeNames' has \(wanted.count) names; there may be \(Self.mostNames)")
        }
        let names = wanted.map { $0.text ?? "" }
        let unknown = names.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return names }
        let list = unknown.map { "'\($0)'" }.joined(separator: ", ")
        let place = type.map { " for type \($0.longName)" } ?? ""
        throw ManagementError(.notFound, "Unknown attributes [\(list)]\(place).")
    }

    /// The entities of a type as they are among those of others. The router there is what was
    /// configured: it counts no rows, since those that it would count are not listed (MG-60, MG-292).
    func listed(
        _ type: EntityType, _ router: some ReportedRouter
    ) -> AnyRandomAccessCollection<Entity> {
        let entities = entities(of: type.name, router)
        guard type.name == RouterFacts.type else { return entities }
        let name = "\(type.name)/\(router.id)"
        let sizes = RouterFacts.sizes.map { ($0, Value.count(0)) }
        return AnyRandomAccessCollection(
            entities.map { $0.renamed(name, identity: name, replacing: sizes) })
    }

    /// The router's entities, and the agent's own.
    func entities(
        of type: String, _ router: some ReportedRouter
    ) -> AnyRandomAccessCollection<Entity> {
        guard type == "management" else { return router.entities(of: type) }
        let node = Entity(type: type, name: "self", identity: "self", attributes: [])
        return AnyRandomAccessCollection([node])
    }

    private func table(_ names: [String], _ rows: [[Value]]) -> Answer {
        Answer([
            "attributeNames": .list(names.map(Value.string)),
            "results": .list(Rows(rows: rows).fitting.map(Value.list)),
        ])
    }
}
