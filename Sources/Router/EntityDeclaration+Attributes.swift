internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Declarations from attributes that a client gives.
extension EntityDeclaration {
    init(_ type: EntityType, name: String?, _ attributes: ValueMap) {
        var given: [String: SchemaValue] = [:]
        for pair in attributes {
            guard let key = pair.key.text, !pair.value.isNull else { continue }
            given[key] = SchemaValue(pair.value)
        }
        given["name"] = name.map(SchemaValue.string)
        self.init(type: type, line: 0, given: given)
    }

    /// As management shows them, without defaults.
    var attributes: ValueMap {
        ValueMap(given.map { (.string($0.key), Value($0.value)) })
    }
}
