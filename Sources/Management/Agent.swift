package import AMQP
package import Schema

/// Answers management requests (MG-66 to MG-128).
///
/// The types that the routing core keeps are answered in another manner than the rest: other
/// descriptions, nulls written out, unknown names borne (MG-80, MG-90). Both manners are kept.
package struct Agent {
    let schema: Schema

    package init(schema: Schema) { self.schema = schema }

    /// Whether the request wants something changed, so that only the router itself can answer it.
    package static func isChange(_ message: Message) -> Bool {
        switch message.applicationProperties?["operation"]?.text?.uppercased() {
        case "CREATE", "UPDATE", "DELETE", "DRAIN", "SHUTDOWN": true
        default: false
        }
    }

    /// Whether the request is for the router's health, which takes a look at all of its threads.
    package static func asksForHealth(_ message: Message) -> Bool {
        message.applicationProperties?["operation"]?.text?.uppercased() == "GET-HEALTH"
    }

    /// The response to a request; nil if it asks for none (MG-75).
    package func respond(
        to message: Message, from router: some ManagedRouter, requester: Requester
    ) -> Message? {
        respond(to: message, router) { request throws(ManagementError) in
            switch request.operation.uppercased() {
            case "CREATE": return try create(request, router, requester)
            case "UPDATE": return try update(request, router, requester)
            case "DELETE": return try delete(request, router, requester)
            case "DRAIN" where request.isForNode:
                return try takeLeave(request, ends: false, router, requester)
            case "SHUTDOWN" where request.isForNode:
                return try takeLeave(request, ends: true, router, requester)
            default: return try answer(request, from: router)
            }
        }
    }

    /// The response to a request that changes nothing; nil if it asks for none.
    package func respond(toReading message: Message, from router: some ReportedRouter) -> Message? {
        guard message.properties?.replyTo != nil else { return nil }
        return respond(to: message, router) { request throws(ManagementError) in
            try answer(request, from: router)
        }
    }

    /// The response to a request whose sender may not ask that; nil if it asks for none.
    package func refuse(
        _ message: Message, from router: some ReportedRouter, _ error: ManagementError
    ) -> Message? {
        respond(to: message, router) { _ throws(ManagementError) in throw error }
    }

    private func respond(
        to message: Message, _ router: some ReportedRouter,
        answering: (Request) throws(ManagementError) -> Answer
    ) -> Message? {
        let answer = answer(message, router, answering)
        guard let properties = message.properties, let replyTo = properties.replyTo else {
            return nil
        }
        return Message(
            header: Message.Header(durable: false),
            properties: Message.Properties(
                to: replyTo, correlationID: properties.correlationID ?? properties.messageID),
            applicationProperties: [
                "statusCode": .int(answer.status), "statusDescription": .string(answer.text),
            ],
            body: .value(answer.body))
    }

    /// What a response says.
    struct Answer {
        var status: Int32 = 200
        var text = "OK"
        var body: Value

        init(_ body: Value) { self.body = body }

        init(_ error: ManagementError, body: Value = .map([:])) {
            status = error.status.rawValue
            text = error.description
            self.body = body
        }
    }

    private func answer(
        _ message: Message, _ router: some ReportedRouter,
        _ answering: (Request) throws(ManagementError) -> Answer
    ) -> Answer {
        let request: Request
        do throws(ManagementError) {
            request = try Request(message)
        } catch {
            router.failed("None", error.description)
            return Answer(error)
        }
        do throws(ManagementError) {
            return try answering(request)
        } catch {
            let isCore = isCore(request)
            if !isCore { router.failed(request.operation, error.description) }
            return Answer(error, body: errorBody(request, error, isCore: isCore))
        }
    }

    private func answer(
        _ request: Request, from router: some ReportedRouter
    ) throws(ManagementError) -> Answer {
        switch request.operation.uppercased() {
        case "READ": return try read(request, router)
        case let operation: return try ask(operation, request, router)
        }
    }

    /// The body of a response that says no (MG-86).
    private func errorBody(
        _ request: Request, _ error: ManagementError, isCore: Bool
    ) -> Value {
        guard isCore else { return .map([:]) }
        switch (request.operation, error.status) {
        case ("CREATE", _): return .null
        case ("QUERY", .forbidden): return ["attributeNames": .list([]), "results": .list([])]
        default: return .map([:])
        }
    }

    /// The request is about a type that the routing core keeps (MG-80, MG-82).
    private func isCore(_ request: Request) -> Bool {
        let name = request.entityType ?? request.type ?? ""
        return CoreTypes.contains(EntityType.shortName(name))
    }

    /// The type with this name, which the client has given.
    func type(named name: String) throws(ManagementError) -> EntityType {
        guard let type = schema.type(name) else {
            throw ManagementError(.badRequest, "No such entity type '\(name)'")
        }
        return type
    }

    /// All attributes of an entity as the body of a response (MG-91). A neighbour's `nextHop` is
    /// null, and there.
    func map(of entity: Entity) -> Value {
        var map: ValueMap = [:]
        if let columns = CoreTypes.columns[entity.type] {
            for column in columns {
                map.append(.string(column), entity.value(of: column) ?? .null)
            }
        } else {
            for attribute in schema.type(entity.type)?.attributes ?? [] {
                guard let value = entity.value(of: attribute.name),
                    !value.isNull || attribute.name == "nextHop"
                else { continue }
                map.append(.string(attribute.name), value)
            }
        }
        return .map(map)
    }
}
