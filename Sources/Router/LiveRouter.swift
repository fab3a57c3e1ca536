internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// The router as management changes it: by control, on its thread, at once.
struct LiveRouter {
    let control: Control

    /// Made anew each time: a picture that is kept makes the next change a copy of what it shows.
    private var snapshot: RouterSnapshot { RouterSnapshot(control) }
}

extension LiveRouter: ManagedRouter {
    var id: String { snapshot.id }
    var otherRouters: [String]? { snapshot.otherRouters }

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
        let declared = try control.revealed(EntityDeclaration(type, name: name, attributes))
        switch type.name {
        case Schema.listener.name: return try control.createListener(declared)
        case Schema.connector.name: return control.createConnector(declared)
        case AddressConfiguration.type:
            return try control.createAddress(name: name, attributes)
        case Schema.dummy.name: return control.createDummy(name: name, attributes)
        case let name where Control.passiveTypes.contains(name):
            return control.keep(declared).entity()
        default:
            throw ManagementError(.notImplemented, "CREATE of '\(type.name)' is not implemented")
        }
    }

    func update(
        _ entity: Entity, attributes: ValueMap, requester: Requester
    ) throws(ManagementError) -> Entity {
        switch entity.type {
        case ConnectionFacts.type:
            return try control.updateConnection(entity, attributes, requester)
        case Schema.log.name: return try control.updateLog(entity, attributes)
        case LinkStatistics.type: return entity
        case Schema.dummy.name: return control.updateDummy(entity, attributes)
        case Schema.vhost.name: return try control.updatePassive(entity, attributes)
        default:
            throw ManagementError(
                .notImplemented, "UPDATE of '\(entity.type)' is not implemented")
        }
    }

    func delete(_ entity: Entity, requester: Requester) throws(ManagementError) {
        switch entity.type {
        case Schema.listener.name: control.deleteListener(entity.identity)
        case Schema.connector.name: control.deleteConnector(entity.identity)
        case AddressConfiguration.type:
            if let number = UInt64(entity.identity) { control.deleteAddress(number: number) }
        case let type where Control.passiveTypes.contains(type):
            control.deletePassive(entity.identity)
        case Schema.dummy.name: control.dummies.removeAll { $0.identity == entity.identity }
        default:
            throw ManagementError(
                .notImplemented, "DELETE of '\(entity.type)' is not implemented")
        }
    }
}
