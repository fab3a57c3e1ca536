internal import AMQP
internal import Management
internal import Schema

/// Entities without any effect, with which clients of management are tried (MG-128).
extension Control {
    func createDummy(_ wanted: WantedEntity) -> Entity {
        let dummy = ConfiguredEntity(
            type: Schema.dummy, name: wanted.name, id: String(lastDummy),
            attributes: wanted.attributes)
        lastDummy += 1
        dummies.append(dummy)
        return dummy.entity()
    }

    func updateDummy(_ entity: Entity, _ attributes: ValueMap, _: Requester) -> Entity {
        guard let place = dummies.firstIndex(where: { $0.identity == entity.identity }) else {
            return entity
        }
        dummies[place].change(attributes)
        return dummies[place].entity()
    }

    func deleteDummy(_ entity: Entity) { dummies.removeAll { $0.identity == entity.identity } }
}

extension ConfiguredEntity {
    /// New values; null takes a value away (MG-119).
    mutating func change(_ new: ValueMap) {
        for pair in new {
            guard let name = pair.key.text else { continue }
            attributes[name] = pair.value.isNull ? nil : pair.value
        }
    }
}
