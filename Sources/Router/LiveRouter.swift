internal import AMQP
internal import Configuration
internal import Forwarding
internal import Management
internal import Schema

/// The router as management changes it: by control, on its thread, at once.
struct LiveRouter {
    let control: Control
    let asker: ConnectionID?

    /// Made anew each time: a picture that is kept makes the next change a copy of what it shows.
    private var snapshot: RouterSnapshot { RouterSnapshot(control, for: asker) }
}

extension LiveRouter: ManagedRouter {
    var id: String { snapshot.id }
    var otherRouters: [String]? { snapshot.otherRouters }
    /// Nobody changes anything by asking.
    var health: RouterHealth? { nil }

    func entities(of type: String) -> AnyRandomAccessCollection<Entity> {
        snapshot.entities(of: type)
    }

    func logEntries(limit: Int) -> [LoggedLine] { snapshot.logEntries(limit: limit) }

    func failed(_ operation: String, _ description: String) {
        snapshot.failed(operation, description)
    }

    func judge(
        _ type: EntityType, name: String?, attributes: ValueMap, _ faults: inout Faults
    ) {
        control.judge(EntityDeclaration(type, name: name, attributes), &faults)
    }

    func create(
        _ type: EntityType, name: String?, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity {
        guard let create = EntityKind.named(type.name)?.create else {
            throw notImplemented("CREATE", type.name)
        }
        let declared = EntityDeclaration(type, name: name, attributes)
        let made = try create(control)(
            WantedEntity(
                name: name, attributes: attributes, declared: try control.revealed(declared),
                requester: requester))
        control.auditChange("created", requester, before: nil, after: made)
        return made
    }

    func update(
        _ entity: Entity, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity {
        guard let update = EntityKind.named(entity.type)?.update else {
            throw notImplemented("UPDATE", entity.type)
        }
        let changed = try update(control)(entity, attributes, requester)
        control.auditChange("updated", requester, before: entity, after: changed)
        return changed
    }

    func delete(_ entity: Entity, requester: Requester) throws(ManagementError) {
        guard let delete = EntityKind.named(entity.type)?.delete else {
            throw notImplemented("DELETE", entity.type)
        }
        try delete(control)(entity)
        control.auditChange("deleted", requester, before: entity, after: nil)
    }

    func takeLeave(
        within seconds: Int?, ends: Bool, requester: Requester
    ) throws(ManagementError) -> LeaveFacts {
        try control.takeLeave(within: seconds, ends: ends, requester)
    }

    private func notImplemented(_ operation: String, _ type: String) -> ManagementError {
        ManagementError(.notImplemented, "\(operation) of '\(type)' is not implemented")
    }
}
