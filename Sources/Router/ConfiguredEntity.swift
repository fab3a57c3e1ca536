internal import AMQP
internal import Configuration
internal import Management
internal import Schema

/// Something of the configuration that management shows as it was given: a listener, a module's
/// log settings.
struct ConfiguredEntity: Sendable {
    /// The short name of its type.
    let type: String
    /// Nil for one that was created without (MG-117).
    let name: String?
    let identity: String
    /// With defaults filled in.
    var attributes: ValueMap

    init(type: EntityType, name: String?, id: String, attributes: ValueMap) {
        self.type = type.name
        self.name = name
        identity = "\(type.name)/\(id)"
        var given = attributes
        given["name"] = nil
        self.attributes = type.completed(given)
    }

    /// As management shows it, with values that change by themselves.
    func entity(_ others: [(String, Value)] = []) -> Entity {
        Entity(
            type: type, name: name, identity: identity,
            attributes: others + attributes.map { ($0.key.text ?? "", $0.value) })
    }
}

/// From the configuration file, where an entity without a name gets its identity as name (MG-60).
extension ConfiguredEntity {
    init(_ declaration: EntityDeclaration) {
        self.init(
            type: declaration.type, name: declaration.fullName,
            id: String(declaration.standardName.drop { $0 != "/" }.dropFirst()),
            attributes: declaration.attributes)
    }
}

extension Schema {
    /// Host and port, and the name if there is one, tell listeners and connectors apart (MG-60).
    static func placeID(host: String, port: String, name: String?) -> String {
        "\(host):\(port)" + (name.map { ":\($0)" } ?? "")
    }
}
