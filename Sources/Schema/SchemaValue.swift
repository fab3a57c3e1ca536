/// A value of an attribute, as a configuration file or a client gives it.
package indirect enum SchemaValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case list([SchemaValue])
    case map([Member])

    /// One entry of a map; the order is that of the text.
    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: SchemaValue

        package init(key: String, value: SchemaValue) {
            self.key = key
            self.value = value
        }
    }

    /// The entry of a map; nil if there is none, or if this is no map.
    package subscript(key: String) -> SchemaValue? {
        guard case .map(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// As a person would write it.
    package var text: String {
        switch self {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .string(let text): text
        case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .map(let members):
            "{" + members.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }
}
