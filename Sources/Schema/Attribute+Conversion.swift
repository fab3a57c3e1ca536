/// Why a value is none for an attribute (MG-27).
package enum Misfit: Error, Hashable, Sendable {
    case noInteger(String)
    case noBoolean(String)
    case noTag(String, of: [String])
    case noText(attribute: String)
    case noMap(attribute: String)
    case noList(attribute: String)
    case noProperties
    /// A key of properties that is not ASCII.
    case propertyKey(String)

    /// In the words that scripts look for.
    package var reason: String {
        switch self {
        case .noInteger(let text): "invalid literal for int() with base 10: '\(text)'"
        case .noBoolean(let text): "Invalid Boolean value ''\(text)''"
        case .noTag(let text, let tags):
            "Invalid value for enum[\(tags.map { "'\($0)'" }.joined(separator: ", "))]: '\(text)'"
        case .noText(let attribute): "'\(attribute)' must be a text"
        case .noMap(let attribute): "'\(attribute)' must be a map"
        case .noList(let attribute): "'\(attribute)' must be a list"
        case .noProperties: "Properties must be a map"
        case .propertyKey: "Property keys must be ASCII encoded"
        }
    }
}

/// Values from a file or from a client, brought to the types of the schema (MG-27).
extension EntityType.Attribute {
    package func converted(_ value: SchemaValue) throws(Misfit) -> SchemaValue {
        switch kind {
        case .integer: return .integer(try integer(value))
        case .boolean: return .boolean(try boolean(value))
        case .enumeration: return .string(try tag(value))
        case .string, .path, .entityId: return .string(try text(value))
        case .map:
            guard case .map = value else { throw .noMap(attribute: name) }
            return value
        case .list:
            guard case .list = value else { throw .noList(attribute: name) }
            return value
        case .properties:
            guard case .map(let members) = value else { throw .noProperties }
            for member in members where !member.key.allSatisfy(\.isASCII) {
                throw .propertyKey(member.key)
            }
            return value
        }
    }

    private func integer(_ value: SchemaValue) throws(Misfit) -> Int {
        if case .integer(let number) = value { return number }
        if case .boolean(let flag) = value { return flag ? 1 : 0 }
        guard case .string(let text) = value, let number = Self.number(text) else {
            throw .noInteger(value.text)
        }
        return number
    }

    /// Decimal digits with a sign, blanks around them; single `_` between digits mean nothing.
    private static func number(_ text: String) -> Int? {
        var digits = text.drop(while: \.isWhitespace)
        while digits.last?.isWhitespace == true { digits.removeLast() }
        guard digits.contains("_") else { return Int(digits) }
        let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
        let isRight =
            groups.allSatisfy { $0.last?.isWholeNumber == true }
            && groups.dropFirst().allSatisfy { $0.allSatisfy(\.isWholeNumber) }
        return isRight ? Int(groups.joined()) : nil
    }

    private func boolean(_ value: SchemaValue) throws(Misfit) -> Bool {
        if case .boolean(let flag) = value { return flag }
        switch value.text.lowercased() {
        case "yes", "true", "on": return true
        case "no", "false", "off": return false
        case "1" where value == .integer(1): return true
        case "0" where value == .integer(0): return false
        default: throw .noBoolean(value.text)
        }
    }

    /// The tag, or its number in the list.
    private func tag(_ value: SchemaValue) throws(Misfit) -> String {
        let text = value.text
        if tags.contains(text) { return text }
        if let index = Int(text), tags.indices.contains(index) { return tags[index] }
        throw .noTag(text, of: tags)
    }

    private func text(_ value: SchemaValue) throws(Misfit) -> String {
        switch value {
        case .string, .integer, .real, .boolean: return value.text
        case .null: return ""
        case .list, .map: throw .noText(attribute: name)
        }
    }
}

extension EntityType.Attribute {
    /// The default in the attribute's type.
    package var standardValue: SchemaValue? {
        guard let standard else { return nil }
        switch kind {
        case .integer: return Int(standard).map(SchemaValue.integer)
        case .boolean: return .boolean(standard == "true")
        case .string, .path, .enumeration, .entityId: return .string(standard)
        case .map, .list, .properties: return nil
        }
    }
}
