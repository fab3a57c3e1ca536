extension EntityType {
    /// One attribute of a kind of entity.
    package struct Attribute: Sendable {
        package let name: String
        package let kind: Kind
        /// The tags of an enum.
        package let tags: [String]
        /// The default, as text.
        package let standard: String?
        /// An older name for it, which files and clients may still use (MG-31).
        package let alias: String?
        package let traits: Traits
        package let summary: String

        package init(
            _ name: String, kind: Kind = .string, tags: [String] = [], standard: String? = nil,
            alias: String? = nil, _ traits: Traits = [], _ summary: String = ""
        ) {
            self.name = name
            self.kind = kind
            self.tags = tags
            self.standard = standard
            self.alias = alias
            self.traits = traits
            self.summary = summary
        }

        /// A number that the router counts or measures.
        static func count(_ name: String, _ summary: String) -> Attribute {
            Attribute(name, kind: .integer, .graph, summary)
        }
    }

    /// What values an attribute takes. The raw value is the name that is published.
    package enum Kind: String, Sendable {
        case string, integer, boolean, path, map, list, properties
        case enumeration = "enum"
        case entityId
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
        /// Not to be shown in the log.
        package static let hidden = Traits(rawValue: 64)
    }
}
