internal import Schema

/// What makes one configuration of another, while the router runs.
package struct ConfigurationChanges: Sendable {
    /// An entity that is in both, with other attributes.
    package struct Update: Sendable {
        package let old: EntityDeclaration
        package let new: EntityDeclaration
    }

    /// In the order of the old file.
    package private(set) var deleted: [EntityDeclaration] = []
    /// In the order of the new file.
    package private(set) var updated: [Update] = []
    package private(set) var created: [EntityDeclaration] = []
    /// What only another start of the router can change, one sentence each.
    package private(set) var left: [String] = []

    package var isEmpty: Bool {
        deleted.isEmpty && updated.isEmpty && created.isEmpty && left.isEmpty
    }

    package init(from old: RouterConfiguration, to new: RouterConfiguration) {
        compareRouters(old.router.given, new.router.given)
        let before = Self.keyed(old)
        let after = Self.keyed(new)
        for (key, declaration) in before.ordered where after.byKey[key] == nil {
            deleted.append(declaration)
        }
        for (key, declaration) in after.ordered {
            guard let existing = before.byKey[key] else {
                created.append(declaration)
                continue
            }
            guard !existing.isSame(as: declaration) else { continue }
            updated.append(Update(old: existing, new: declaration))
        }
    }

    // MARK: The router itself

    /// Attributes of `router` that may change at any time.
    fileprivate static let changeable: Set = ["timestampsInUTC", "timestampFormat", "metadata"]

    private mutating func compareRouters(_ old: EntityDeclaration, _ new: EntityDeclaration) {
        var hasChanged = false
        for name in Set(old.given.keys).union(new.given.keys).sorted() {
            guard old[name] != new[name] else { continue }
            guard !Self.changeable.contains(name) else {
                hasChanged = true
                continue
            }
            let value = old[name].map { "'\($0.text)'" } ?? "what the router chose"
            left.append(
                "'\(name)' of 'router' cannot change while the router runs: it stays \(value)")
        }
        if hasChanged { updated.append(Update(old: old, new: new)) }
    }

    // MARK: Everything else

    private struct Keyed {
        var ordered: [(key: String, declaration: EntityDeclaration)] = []
        var byKey: [String: EntityDeclaration] = [:]
    }

    private static func keyed(_ configuration: RouterConfiguration) -> Keyed {
        var keyed = Keyed()
        for declaration in configuration.effective where declaration.type.name != "router" {
            let key = declaration.key
            keyed.ordered.append((key, declaration))
            keyed.byKey[key] = declaration
        }
        return keyed
    }
}

extension RouterConfiguration {
    /// Takes of the `router` section only what may change while the router of `old` runs.
    package mutating func keepRouter(of old: RouterConfiguration) {
        var kept = old.router.given
        for name in ConfigurationChanges.changeable {
            kept.given[name] = router.given.given[name]
        }
        router = RouterSettings(kept)
    }
}

extension EntityDeclaration {
    /// The same in two files if it means the same entity. An address without a name is told by its
    /// pattern: its number depends on what stands before it.
    fileprivate var key: String {
        if name == nil, type.name == "router.config.address" {
            return "address \(text("prefix") ?? "") \(text("pattern") ?? "")"
        }
        return "\(type.name) \(fullName)"
    }

    fileprivate func isSame(as other: EntityDeclaration) -> Bool {
        given == other.given && secrets == other.secrets
    }
}
