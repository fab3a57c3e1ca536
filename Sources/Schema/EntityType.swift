/// A kind of entity: its attributes and what may be done with it.
package struct EntityType: Sendable {
    private static let prefix = "org.apache.qpid.dispatch."

    /// The short name: `router.link`.
    package let name: String
    /// Short names of the types that it extends, the nearest first.
    package let bases: [String]
    package let isSingleton: Bool
    package let isDeprecated: Bool
    /// In order: its own first.
    package let operations: [String]
    /// In order: its own first, then what it inherits.
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

    /// A type that has, besides its own, what `base` has.
    init(
        _ name: String, extends base: EntityType? = nil, isSingleton: Bool = false,
        isDeprecated: Bool = false, operations: [String] = [], summary: String,
        attributes: [Attribute] = []
    ) {
        self.init(
            name: name, bases: base.map { [$0.name] + $0.bases } ?? [],
            isSingleton: isSingleton, isDeprecated: isDeprecated,
            operations: operations
                + (base?.operations ?? []).filter { !operations.contains($0) },
            attributes: attributes + (base?.attributes ?? []), summary: summary)
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

    /// The name of its section in a configuration file (MG-22).
    package var sectionName: String {
        let configured = "router.config."
        return name.hasPrefix(configured) ? String(name.dropFirst(configured.count)) : name
    }
}
