internal import AMQP
internal import Schema

/// Operations of the management node itself (MG-121 to MG-128).
extension Agent {
    func ask(
        _ operation: String, _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> Answer {
        guard request.isForNode || operation == "QUERY" else {
            return try call(operation, request)
        }
        switch operation {
        case "QUERY": return try query(request, router)
        case "GET-TYPES": return Answer(.map(try types(request)))
        case "GET-ATTRIBUTES":
            return try byType(request) { $0.attributes.map(\.name) }
        case "GET-OPERATIONS": return try byType(request, \.operations)
        case "GET-ANNOTATIONS": return Answer(.map([:]))
        case "GET-MGMT-NODES": return Answer(.list(nodes(router)))
        case "GET-SCHEMA": return Answer(.map(schema.description))
        case "GET-JSON-SCHEMA":
            let indent = try request.number("indent", in: 0...JSONText.mostIndent)
            return Answer(.string(JSONText(indent: indent).text(.map(schema.description))))
        case "GET-LOG": return Answer(.list(try log(request, router)))
        case "GET-HEALTH": return Answer(try health(router))
        default:
            throw notImplemented(request.operation, try type(named: "management"))
        }
    }

    private func call(_ operation: String, _ request: Request) throws(ManagementError) -> Answer {
        let type = try type(named: request.type ?? "management")
        guard type.operations.contains(operation), operation == "CALLME" else {
            throw notImplemented(request.operation, type)
        }
        return Answer(.map(request.properties))
    }

    private func types(_ request: Request) throws(ManagementError) -> ValueMap {
        var types = schema.types
        if let name = request.entityType, !name.isEmpty {
            types = schema.family(of: try type(named: name))
        }
        return ValueMap(
            types.map { type in
                let bases = type.bases.map { Value.string(EntityType.longName($0)) }
                return (.string(type.longName), .list(bases))
            })
    }

    private func byType(
        _ request: Request, _ names: (EntityType) -> [String]
    ) throws(ManagementError) -> Answer {
        var types = schema.types
        if let name = request.entityType, !name.isEmpty { types = [try type(named: name)] }
        return Answer(
            .map(
                ValueMap(
                    types.map {
                        (.string($0.longName), .list(names($0).map(Value.string)))
                    })))
    }

    private func nodes(_ router: some ReportedRouter) -> [Value] {
        guard let others = router.otherRouters else { return [] }
        return ([router.id] + others).map { .string("amqp:/_topo/0/\($0)/$management") }
    }

    private func health(_ router: some ReportedRouter) throws(ManagementError) -> Value {
        guard let health = router.health else {
            throw ManagementError(.internalError, "nobody has looked at the router's health")
        }
        return health.value
    }

    private func log(
        _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> [Value] {
        let limit: Int?
        do throws(ManagementError) {
            limit = try request.number("limit", in: Request.anyNumber)
        } catch {
            let text = request.properties["limit"].map { $0.text ?? "\($0)" } ?? ""
            throw ManagementError(
                .internalError,
                "ValueError: invalid literal for int() with base 10: '\(text)'")
        }
        return router.logEntries(limit: limit ?? 0).map { line in
            [
                .string(line.module), .string(line.level), .string(line.text),
                line.file.map(Value.string) ?? .null, line.line.map(Value.integer) ?? .null,
                .integer(line.seconds),
            ]
        }
    }
}
