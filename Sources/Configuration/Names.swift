internal import Schema

/// Names that entities get from the router (MG-60 to MG-63).
enum Names {
    /// Gives each entity its standard name.
    static func assign(_ entities: inout [EntityDeclaration]) {
        var counts: [String: Int] = [:]
        for index in entities.indices {
            let entity = entities[index]
            let count = counts[entity.type.name, default: 0]
            counts[entity.type.name] = count + 1
            entities[index].standardName = standard(entity, count)
        }
    }

    /// `listener/0.0.0.0:5672`; `count` others of its type come before it.
    static func standard(_ entity: EntityDeclaration, _ count: Int) -> String {
        "\(entity.type.sectionName)/\(ownIdentifier(entity) ?? String(count))"
    }

    /// What tells it from others of its type; nil for types whose entities are counted.
    static func ownIdentifier(_ entity: EntityDeclaration) -> String? {
        switch entity.type.name {
        case "listener", "connector":
            let place = "\(entity.text("host") ?? ""):\(entity.text("port") ?? "amqp")"
            return entity.name.map { "\(place):\($0)" } ?? place
        case "log": return entity.text("module") ?? ""
        case "sslProfile", "authServicePlugin": return entity.name ?? ""
        case "vhost": return entity.text("hostname") ?? ""
        case "router": return entity.text("id") ?? "None"
        case "policy": return "None"
        default: return nil
        }
    }
}
