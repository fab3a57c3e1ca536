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
        package let tags: [String]
        /// The default, as text.
        package let standard: String?
        package let traits: Traits
        package let summary: String

        package init(
            _ name: String, kind: String = "string", tags: [String] = [],
            standard: String? = nil, _ traits: Traits = [], summary: String = ""
        ) {
            self.name = name
            self.kind = kind
            self.tags = tags
            self.standard = standard
            self.traits = traits
            self.summary = summary
        }
    }

    package struct Traits: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let required = Traits(rawValue: 1)
        package static let unique = Traits(rawValue: 2)
        /// CREATE may set it.
        package static let create = Traits(rawValue: 4)
        /// UPDATE may change it.
        package static let update = Traits(rawValue: 8)
        /// A number worth a graph.
        package static let graph = Traits(rawValue: 16)
        package static let deprecated = Traits(rawValue: 32)
    }

    private static let prefix = "org.apache.qpid.dispatch."

    /// The short name: `router.link`.
    package let name: String
    /// Short names of the types that it extends, the nearest first.
    package let bases: [String]
    package let isSingleton: Bool
    package let isDeprecated: Bool
    /// In order: its own first.
    package let operations: [String]
    package let attributes: [Attribute]
    package let summary: String

    package init(
        name: String, bases: [String], isSingleton: Bool = false, isDeprecated: Bool = false,
        operations: [String], attributes: [Attribute], summary: String = ""
    ) {
        self.name = name
        self.bases = bases
        self.isSingleton = isSingleton
        self.isDeprecated = isDeprecated
        self.operations = operations
        self.attributes = attributes
        self.summary = summary
    }

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
