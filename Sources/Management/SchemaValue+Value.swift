package import AMQP
package import Schema

extension Value {
    package init(_ value: SchemaValue) {
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
    package init?(_ value: Value) {
        if let text = value.text {
            self = .string(text)
        } else if let number = value.integer {
            self = .integer(Int(number))
        } else if let flag = value.boolean {
            self = .boolean(flag)
        } else if case .double(let number) = value {
            self = .real(number)
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
