package import AMQP
package import Schema

/// Attributes from a client, checked and brought to the types of the schema (MG-27, MG-115).
extension EntityType {
    /// The attributes under their names of today and with their right types; null is no value.
    /// An old name stands for the new one, as in a file (MG-31).
    package func settled(
        _ body: ValueMap, allowing trait: Traits, operation: String
    ) throws(ManagementError) -> ValueMap {
        var settled: ValueMap = [:]
        for pair in body {
            let name = pair.key.text ?? ""
            let named = attribute(name) ?? attributes.first { $0.alias == name }
            guard let attribute = named else {
                throw ManagementError(
                    .badRequest, "Unknown attribute '\(name)' for '\(longName)'")
            }
            guard attribute.traits.contains(trait) else {
                let verb = operation == "CREATE" ? "set" : "update"
                throw ManagementError(
                    .badRequest, "Cannot \(verb) attribute '\(name)' in \(operation)")
            }
            if name != attribute.name, body.present(attribute.name) != nil {
                throw ManagementError(
                    .badRequest,
                    "Both '\(name)' and '\(attribute.name)' cannot be specified for entity "
                        + "'\(sectionName)'")
            }
            settled[attribute.name] = try attribute.settled(pair.value, of: self)
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
    /// Maps and lists stay as they came.
    fileprivate func settled(
        _ value: Value, of type: EntityType
    ) throws(ManagementError) -> Value {
        if value.isNull { return value }
        guard let given = SchemaValue(value) else {
            throw ManagementError(
                .badRequest,
                "\(type.longName): Invalid value for \(kind.rawValue) '\(name)': \(value)")
        }
        do throws(Misfit) {
            let converted = try converted(given)
            switch kind {
            case .map, .list, .properties: return value
            case .string, .path, .entityId, .integer, .boolean, .enumeration:
                return Value(converted)
            }
        } catch {
            throw ManagementError(.badRequest, "\(type.longName): \(error.reason)")
        }
    }
}
