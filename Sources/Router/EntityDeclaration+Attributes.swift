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

extension Value {
    init(_ value: SchemaValue) {
        self =
            switch value {
            case .null: .null
            case .string(let text): .string(text)
            case .real(let number): .double(number)
            case .integer(let number): .integer(number)
            case .boolean(let flag): .bool(flag)
            case .list(let values): .list(values.map(Value.init))
            case .map(let pairs):
                .map(ValueMap(pairs.map { (Value.string($0.key), Value($0.value)) }))
            }
    }
}

extension SchemaValue {
    /// Nil for a value that a configuration cannot hold.
    init?(_ value: Value) {
        if let text = value.text {
            self = .string(text)
        } else if let number = value.integer {
            self = .integer(Int(number))
        } else if let flag = value.boolean {
            self = .boolean(flag)
        } else if let list = value.list {
            self = .list(list.compactMap(SchemaValue.init))
        } else if let map = value.map {
            self = .map(
                map.compactMap { pair in
                    guard let key = pair.key.text, let value = SchemaValue(pair.value) else {
                        return nil
                    }
                    return Member(key: key, value: value)
                })
        } else {
            return nil
        }
    }
}
