internal import AMQP
internal import Schema

/// Attributes from a client, checked and brought to the types of the schema (MG-27, MG-115).
extension EntityType {
    /// The attributes under their names of today and with their right types; null is no value, and
    /// what is wrong is left out. An old name stands for the new one, as in a file (MG-31).
    func settled(
        _ body: ValueMap, allowing trait: Traits, operation: String, _ faults: inout Faults
    ) -> ValueMap {
        var settled: ValueMap = [:]
        var wrong: Set<String> = []
        for pair in body {
            let name = pair.key.text ?? ""
            let named = attribute(name) ?? attributes.first { $0.alias == name }
            let value = faults.gather { () throws(ManagementError) in
                let attribute = try permitted(named, name, trait, operation, body)
                return try attribute.settled(pair.value, of: self)
            }
            guard let attribute = named else { continue }
            if let value { settled[attribute.name] = value } else { wrong.insert(attribute.name) }
        }
        guard operation == "CREATE" else { return settled }
        for attribute in attributes
        where attribute.traits.isSuperset(of: [.required, .create]) && attribute.name != "type"
            && attribute.standard == nil && (settled[attribute.name] ?? .null).isNull
            && !wrong.contains(attribute.name)
        {
            faults.add("\(longName): Missing required attribute '\(attribute.name)'")
        }
        return settled
    }

    /// The attribute that a name stands for, if the operation may set it.
    private func permitted(
        _ attribute: Attribute?, _ name: String, _ trait: Traits, _ operation: String,
        _ body: ValueMap
    ) throws(ManagementError) -> Attribute {
        guard let attribute else {
            throw ManagementError(.badRequest, "Unknown attribute '\(name)' for '\(longName)'")
        }
        guard attribute.traits.contains(trait) else {
            let verb = operation == "CREATE" ? "set" : "update"
            throw ManagementError(
                .badRequest, "Cannot \(verb) attribute '\(name)' in \(operation)")
        }
        guard name == attribute.name || body.present(attribute.name) == nil else {
            throw ManagementError(
                .badRequest,
                "Both '\(name)' and '\(attribute.name)' cannot be specified for entity "
                    + "'\(sectionName)'")
        }
        return attribute
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
