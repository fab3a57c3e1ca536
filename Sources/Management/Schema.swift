/// The entity types that management knows, as far as the agent must.
package struct Schema: Sendable {
    /// In the order in which they are published.
    package let types: [EntityType]
    private let places: [String: Int]

    package init(_ types: [EntityType]) {
        self.types = types
        var places: [String: Int] = [:]
        for (place, type) in types.enumerated() { places[type.name] = place }
        self.places = places
    }

    /// The type with this short or long name.
    package func type(_ name: String) -> EntityType? {
        places[EntityType.shortName(name)].map { types[$0] }
    }

    /// The type and those that extend it.
    package func family(of type: EntityType) -> [EntityType] {
        types.filter { $0.name == type.name || $0.bases.contains(type.name) }
    }
}

/// A kind of entity: its attributes and what may be done with it.
package struct EntityType: Sendable {
    package struct Attribute: Sendable {
        package let name: String
        /// `string`, `integer`, `boolean`, `path`, `map`, `list`, `enum`…
        package let kind: String
        /// The tags of an enum.
        package var tags: [String] = []
        package var standard: String?
        package var isRequired = false
        package var isUnique = false
        package var canCreate = false
        package var canUpdate = false
        package var isCount = false
        package var isDeprecated = false
        package var summary = ""
    }

    private static let prefix = "org.apache.qpid.dispatch."

    /// The short name: `router.link`.
    package let name: String
    /// Short names of the types that it extends, the nearest first.
    package let bases: [String]
    package let isSingleton: Bool
    package var isDeprecated = false
    /// In order: its own first.
    package let operations: [String]
    package let attributes: [Attribute]
    package var summary = ""

    package var longName: String { Self.longName(name) }

    package static func longName(_ name: String) -> String {
        name.hasPrefix(prefix) ? name : prefix + name
    }

    package static func shortName(_ name: String) -> String {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    package func attribute(_ name: String) -> Attribute? {
        attributes.first { $0.name == name }
    }
}
