internal import AMQP
internal import Schema

/// CREATE, READ, UPDATE and DELETE (MG-107 to MG-120).
extension Agent {
    // MARK: CREATE

    func create(
        _ request: Request, _ router: some ManagedRouter, _ requester: Requester
    ) throws(ManagementError) -> Answer {
        guard let typeName = request.type else {
            let names = request.properties.compactMap(\.key.text).joined(separator: ", ")
            throw ManagementError(.badRequest, "No 'type' attribute in {\(names)}")
        }
        let type = try type(named: typeName)
        let isCore = CoreTypes.contains(type.name)
        guard type.operations.contains("CREATE") else { throw refusal("CREATE", type, isCore) }
        guard var body = request.body.map else {
            throw ManagementError(.badRequest, "Body of request must be a map")
        }
        if !isCore {
            try checkAgreement(request, body, type)
            body["type"] = nil
            body["name"] = nil
            var faults = Faults()
            body = type.settled(body, allowing: .create, operation: "CREATE", &faults)
            faults.gather { () throws(ManagementError) in
                try checkIsNew(type, request.name, router)
            }
            router.judge(type, name: request.name, attributes: body, &faults)
            try faults.check()
        }
        let entity = try router.create(
            type, name: request.name, attributes: body, requester: requester)
        var answer = Answer(map(of: entity))
        answer.status = 201
        answer.text = "Created"
        return answer
    }

    /// What stands both in the properties and in the body must be the same (MG-114).
    private func checkAgreement(
        _ request: Request, _ body: ValueMap, _ type: EntityType
    ) throws(ManagementError) {
        if let own = body["name"]?.text, let name = request.name, own != name {
            throw ManagementError(.badRequest, "Conflicting values for 'name'")
        }
        if let own = body["type"]?.text, EntityType.longName(own) != type.longName {
            throw ManagementError(.badRequest, "Conflicting values for 'type'")
        }
    }

    private func checkIsNew(
        _ type: EntityType, _ name: String?, _ router: some ReportedRouter
    ) throws(ManagementError) {
        if type.isSingleton, !entities(of: type.name, router).isEmpty {
            throw ManagementError(
                .badRequest, "Adding \(type.longName) singleton already exists")
        }
        guard let name else { return }
        // Names are unique among all types that the core does not keep (MG-34).
        for other in schema.types where !CoreTypes.contains(other.name) {
            guard let holder = entities(of: other.name, router).first(where: { $0.name == name })
            else { continue }
            throw ManagementError(
                .badRequest,
                "adding \(type.longName)/\(name) duplicates unique attribute 'name' from existing "
                    + "\(holder.identity)")
        }
    }

    // MARK: READ, UPDATE, DELETE

    func read(_ request: Request, _ router: some ReportedRouter) throws(ManagementError) -> Answer {
        let entity = try find(request, router)
        if let wanted = request.type,
            EntityType.longName(wanted) != EntityType.longName(entity.type)
        {
            throw ManagementError(
                .notFound,
                "Entity type '\(EntityType.longName(entity.type))' does match requested type "
                    + "'\(EntityType.longName(wanted))'")
        }
        return Answer(map(of: entity))
    }

    func update(
        _ request: Request, _ router: some ManagedRouter, _ requester: Requester
    ) throws(ManagementError) -> Answer {
        let core = try coreType(of: request)
        if let core, !Self.updatable.contains(core.name) {
            throw refusal("UPDATE", core, true)
        }
        let entity: Entity
        do throws(ManagementError) {
            entity = try find(request, router)
        } catch {
            // The core says no more than this of what it cannot find (MG-195).
            let isLink =
                core?.name == LinkStatistics.type
                && request.identity.flatMap { UInt64($0) } != nil
            throw core == nil || isLink ? error : ManagementError(.badRequest)
        }
        guard let type = schema.type(entity.type) else { throw ManagementError(.notFound) }
        let isCore = CoreTypes.contains(type.name)
        guard isCore || type.operations.contains("UPDATE") else {
            throw refusal("UPDATE", type, isCore)
        }
        guard var body = request.body.map else {
            throw ManagementError(.badRequest, "Body of request must be a map")
        }
        if !isCore { body = try changes(in: body, of: entity, type) }
        return Answer(
            map(of: try router.update(entity, attributes: body, requester: requester)))
    }

    /// An attribute that may not be changed may be there with the value it has (MG-119).
    private func changes(
        in body: ValueMap, of entity: Entity, _ type: EntityType
    ) throws(ManagementError) -> ValueMap {
        var body = body
        for attribute in type.attributes where !attribute.traits.contains(.update) {
            guard body[attribute.name] == entity.value(of: attribute.name) else { continue }
            body[attribute.name] = nil
        }
        var faults = Faults()
        body = type.settled(body, allowing: .update, operation: "UPDATE", &faults)
        try faults.check()
        return body
    }

    func delete(
        _ request: Request, _ router: some ManagedRouter, _ requester: Requester
    ) throws(ManagementError) -> Answer {
        if let core = try coreType(of: request), !core.operations.contains("DELETE") {
            throw refusal("DELETE", core, true)
        }
        let entity = try find(request, router)
        guard let type = schema.type(entity.type), type.operations.contains("DELETE") else {
            throw refusal("DELETE", try self.type(named: entity.type), false)
        }
        try router.delete(entity, requester: requester)
        var answer = Answer(.map([:]))
        answer.status = 204
        answer.text = "No Content"
        return answer
    }

    // MARK: Finding

    /// Core types that may be updated (MG-177).
    private static let updatable: Set = [ConnectionFacts.type, LinkStatistics.type]

    private func coreType(of request: Request) throws(ManagementError) -> EntityType? {
        guard let name = request.type else { return nil }
        let type = try type(named: name)
        return CoreTypes.contains(type.name) ? type : nil
    }

    /// The operation is none of the type's (MG-112).
    private func refusal(
        _ operation: String, _ type: EntityType, _ isCore: Bool
    ) -> ManagementError {
        if isCore { return ManagementError(.forbidden) }
        return notImplemented(operation, type)
    }

    func notImplemented(_ operation: String, _ type: EntityType) -> ManagementError {
        let list = type.operations.map { "'\($0)'" }.joined(separator: ", ")
        return ManagementError(
            .notImplemented,
            "Operation '\(operation)' not implemented for '\(type.longName)' [\(list)]")
    }

    private func find(
        _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> Entity {
        if let type = try coreType(of: request) { return try findCore(type, request, router) }
        return try findAny(request, router)
    }

    /// The identity wins over the name (MG-110).
    private func findCore(
        _ type: EntityType, _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> Entity {
        let entities = router.entities(of: type.name)
        if type.name == RouterFacts.type, let router = entities.first { return router }
        if type.name == Schema.console.name { throw ManagementError(.forbidden) }
        let found: Entity?
        if let identity = request.identity {
            found = entities.first { $0.identity == identity }
        } else if type.name == ConnectionFacts.type {
            throw ManagementError(.badRequest, "Name not supported. Identity required")
        } else if let name = request.name {
            found = entities.first { $0.name == name }
        } else if type.name == AddressStatistics.type {
            found = nil
        } else {
            throw ManagementError(.badRequest, "No name or identity provided")
        }
        guard let found else { throw ManagementError(.notFound) }
        return found
    }

    /// Name and identity must agree; without a type, entities of all types are looked through
    /// (MG-107, MG-108).
    private func findAny(
        _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> Entity {
        guard request.name != nil || request.identity != nil else {
            guard request.isForNode, let node = entities(of: "management", router).first else {
                let type = EntityType.longName(request.type ?? "")
                throw ManagementError(.badRequest, "\(type): No name or identity provided")
            }
            return node
        }
        let found = try search(request, router)
        guard let wanted = request.type else { return found }
        let type = try type(named: wanted)
        guard schema.family(of: type).contains(where: { $0.name == found.type }) else {
            throw ManagementError(
                .badRequest,
                "Entity type '\(EntityType.longName(found.type))' does not extend requested type "
                    + "'\(type.longName)'")
        }
        return found
    }

    private func search(
        _ request: Request, _ router: some ReportedRouter
    ) throws(ManagementError) -> Entity {
        for type in try searchOrder(request) {
            for entity in listed(type, router) {
                let nameFits = request.name.map { $0 == entity.name }
                let identityFits = request.identity.map { $0 == entity.identity }
                switch (nameFits, identityFits) {
                case (true?, false?), (false?, true?):
                    throw ManagementError(
                        .badRequest,
                        "Conflicting name=\(request.name ?? "") identity=\(request.identity ?? "")")
                case (true?, true?), (true?, nil), (nil, true?): return entity
                case (false?, false?), (false?, nil), (nil, false?), (nil, nil): continue
                }
            }
        }
        let key = request.identity.map { "identity=\($0)" } ?? "name=\(request.name ?? "")"
        throw ManagementError(.notFound, "No entity with \(key)")
    }

    /// Types to look through: those asked for first, since a name is unique in its type only.
    private func searchOrder(_ request: Request) throws(ManagementError) -> [EntityType] {
        let listed = schema.types.filter(CoreTypes.isListed)
        guard let wanted = request.type else { return listed }
        let family = schema.family(of: try type(named: wanted))
        return family + listed.filter { type in !family.contains { $0.name == type.name } }
    }
}
