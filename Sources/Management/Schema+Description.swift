internal import AMQP
internal import Schema

/// The schema as GET-SCHEMA gives it (MG-124). What is empty, zero or false is left out.
extension Schema {
    var description: ValueMap {
        [
            "prefix": "org.apache.qpid.dispatch",
            "entityTypes": .map(
                ValueMap(types.map { (.string($0.publishedName), .map($0.description)) })),
        ]
    }
}

extension EntityType {
    private static let configurationPrefix = "router.config."

    fileprivate var publishedName: String {
        name.hasPrefix(Self.configurationPrefix)
            ? String(name.dropFirst(Self.configurationPrefix.count)) : name
    }

    fileprivate var description: ValueMap {
        var map: ValueMap = [:]
        let shown = attributes.filter { $0.name != "type" }
        if !shown.isEmpty {
            map["attributes"] = .map(
                ValueMap(shown.map { (.string($0.name), .map($0.description)) }))
        }
        if !operations.isEmpty { map["operations"] = .list(operations.map(Value.string)) }
        if !summary.isEmpty { map["description"] = .string(summary) }
        map["fullyQualifiedType"] = .string(longName)
        if isDeprecated { map["deprecated"] = true }
        if isSingleton { map["singleton"] = true }
        return map
    }
}

extension EntityType.Attribute {
    fileprivate var description: ValueMap {
        var map: ValueMap = [:]
        map["type"] = tags.isEmpty ? .string(kind.rawValue) : .list(tags.map(Value.string))
        if let shownDefault { map["default"] = shownDefault }
        if traits.contains(.required) { map["required"] = true }
        if traits.contains(.unique) { map["unique"] = true }
        if traits.contains(.deprecated) { map["deprecated"] = true }
        if !summary.isEmpty { map["description"] = .string(summary) }
        if traits.contains(.graph) { map["graph"] = true }
        return map
    }

    private var shownDefault: Value? {
        guard let standard, !["", "0", "false"].contains(standard) else { return nil }
        switch kind {
        case .integer: return Int64(standard).map(Value.integer)
        case .boolean: return .bool(standard == "true")
        case .string, .path, .map, .list, .properties, .enumeration, .entityId:
            return .string(standard)
        }
    }
}
