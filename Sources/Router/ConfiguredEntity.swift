internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Something of the configuration that management shows as it was given: a listener, a module's
/// log settings.
struct ConfiguredEntity: Sendable {
    /// The short name of its type.
    let type: String
    let name: String
    let identity: String
    /// With defaults filled in.
    var attributes: ValueMap

    /// An entity without a name is called by its identity (MG-60).
    init(type: EntityType, name: String?, id: String, attributes: ValueMap) {
        self.type = type.name
        self.name = name ?? "\(type.name)/\(id)"
        identity = "\(type.name)/\(id)"
        var given = attributes
        given["name"] = nil
        self.attributes = type.completed(given)
    }

    /// As management shows it, with values that change by themselves.
    func entity(_ others: [(String, Value)] = []) -> Entity {
        Entity(
            type: type, name: name, identity: identity,
            attributes: others
                + attributes.map { pair in
                    let name = pair.key.text ?? ""
                    return (name, Schema.secrets.contains(name) ? pair.value.asSecret : pair.value)
                })
    }
}

extension Value {
    /// A star, unless it says only where the secret is.
    fileprivate var asSecret: Value {
        guard let text else { return self }
        return text.hasPrefix("env:") || text.hasPrefix("file:") ? self : .string("*")
    }
}

extension ConfiguredEntity {
    init(_ declared: EntityDeclaration) {
        self.init(
            type: declared.type,
            name: declared.name,
            id: String(declared.standardName.drop { $0 != "/" }.dropFirst()),
            attributes: declared.attributes)
    }
}
