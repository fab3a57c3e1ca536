internal import AMQP
internal import Schema

/// QUERY (MG-93 to MG-106).
extension Agent {
    func query(_ request: Request, _ router: some ReportedRouter) throws(ManagementError) -> Answer
    {
        let wanted = (request.body.map?["attributeNames"]?.list ?? [])
        let page = (
            offset: max(0, try request.number("offset") ?? 0),
            count: try request.number("count") ?? 0
        )
        guard let name = request.entityType, !name.isEmpty else {
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
        for type in types where type.name == types.first?.name || isListed(type) {
            for entity in entities(of: type.name, router) {
                if page.count > 0, rows.count == page.count { break }
                let row = names.map { entity.value(of: $0) ?? .null }
                guard row.contains(where: { !$0.isNull }) else { continue }
                if toSkip > 0 { toSkip -= 1 } else { rows.append(row) }
            }
        }
        return table(names, rows)
    }

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
        let names = wanted.map { $0.text ?? "" }
        let unknown = names.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return names }
        let list = unknown.map { "'\($0)'" }.joined(separator: ", ")
        let place = type.map { " for type \($0.longName)" } ?? ""
        throw ManagementError(.notFound, "Unknown attributes [\(list)]\(place).")
    }

    /// Its entities are among those of a base type, or of no type.
    func isListed(_ type: EntityType) -> Bool { !CoreTypes.onlyByName.contains(type.name) }

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
