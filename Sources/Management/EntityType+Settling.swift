package import AMQP
package import Schema

/// Attributes from a client, checked and brought to the types of the schema (MG-27, MG-115).
extension EntityType {
    /// The attributes with their right types; null is no value.
    package func settled(
        _ body: ValueMap, allowing trait: Traits, operation: String
    ) throws(ManagementError) -> ValueMap {
        var settled: ValueMap = [:]
        for pair in body {
            let name = pair.key.text ?? ""
            guard let attribute = attribute(name) else {
                throw ManagementError(
                    .badRequest, "Unknown attribute '\(name)' for '\(longName)'")
            }
            guard attribute.traits.contains(trait) else {
                let verb = operation == "CREATE" ? "set" : "update"
                throw ManagementError(
                    .badRequest, "Cannot \(verb) attribute '\(name)' in \(operation)")
            }
            settled[name] = try attribute.settled(pair.value, of: self)
        }
        guard operation == "CREATE" else { return settled }
        for attribute in attributes
        where attribute.traits.isSuperset(of: [.required, .create]) && attribute.name != "type"
            && attribute.standard == nil && (settled[attribute.name] ?? .null).isNull
        {
            throw ManagementError(
                .badRequest, "\(longName): Missing required attribute '\(attribute.name)'")
        }
        return settled
    }
}

extension EntityType.Attribute {
    fileprivate func settled(
        _ value: Value, of type: EntityType
    ) throws(ManagementError) -> Value {
        if value.isNull { return value }
        switch kind {
        case .integer: return try integer(value, type)
        case .boolean: return try boolean(value, type)
        case .enumeration: return try tag(value, type)
        case .map, .properties:
            guard value.map != nil else { throw wrong("\(name) must be a map", type) }
            return value
        case .list:
            guard value.list != nil else { throw wrong("\(name) must be a list", type) }
            return value
        case .string, .path, .entityId:
            if let text = value.text { return .string(text) }
            if let number = value.integer { return .string(String(number)) }
            throw wrong("Invalid value for \(kind.rawValue) '\(name)': must be a string", type)
        }
    }

    private func integer(_ value: Value, _ type: EntityType) throws(ManagementError) -> Value {
        if let number = value.integer { return .integer(number) }
        if let flag = value.boolean { return .int(flag ? 1 : 0) }
        let text = value.text ?? "\(value)"
        guard let number = Int64(trimmed(text)) else {
            throw wrong("invalid literal for int() with base 10: '\(text)'", type)
        }
        return .integer(number)
    }

    private func trimmed(_ text: String) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private func boolean(_ value: Value, _ type: EntityType) throws(ManagementError) -> Value {
        if let flag = value.boolean { return .bool(flag) }
        if let number = value.integer { return .bool(number != 0) }
        switch value.text?.lowercased() {
        case "yes", "true", "on": return true
        case "no", "false", "off": return false
        default: throw wrong("Invalid Boolean value ''\(value.text ?? "\(value)")''", type)
        }
    }

    private func tag(_ value: Value, _ type: EntityType) throws(ManagementError) -> Value {
        if let text = value.text, tags.contains(text) { return .string(text) }
        let number = value.integer ?? value.text.flatMap { Int64($0) }
        if let number, tags.indices.contains(Int(number)) { return .string(tags[Int(number)]) }
        let list = tags.map { "'\($0)'" }.joined(separator: ", ")
        throw wrong(
            "Invalid value for enum[\(list)]: '\(value.text ?? number.map(String.init) ?? "")'",
            type)
    }

    private func wrong(_ text: String, _ type: EntityType) -> ManagementError {
        ManagementError(.badRequest, "\(type.longName): \(text)")
    }
}
