package import AMQP
package import Schema

extension EntityType {
    /// The attributes with the schema's defaults for those that are not given (MG-30, MG-116).
    package func completed(_ given: ValueMap) -> ValueMap {
        var all: ValueMap = [:]
        for attribute in attributes {
            if let value = given.present(attribute.name) ?? attribute.standardValue {
                all[attribute.name] = value
            }
        }
        return all
    }
}

extension EntityType.Attribute {
    /// The default in the attribute's type; nil if it has none.
    package var standardValue: Value? {
        guard let standard else { return nil }
        switch kind {
        case .integer: return Int64(standard).map(Value.integer)
        case .boolean: return .bool(standard == "true")
        case .string, .path, .map, .list, .properties, .enumeration, .entityId:
            return .string(standard)
        }
    }
}
