internal import AMQP
internal import Schema

/// A request as far as it is understood (MG-73). Texts may be strings or symbols (MG-74).
struct Request {
    let operation: String
    let properties: ValueMap
    let body: Value

    init(_ message: Message) throws(ManagementError) {
        properties = message.applicationProperties ?? [:]
        guard let operation = properties["operation"]?.text else {
            let names = properties.compactMap(\.key.text).joined(separator: ", ")
            throw ManagementError(.badRequest, "No 'operation' property: {\(names)}")
        }
        self.operation = operation
        for name in ["type", "entityType", "name", "identity"] {
            guard let value = properties.present(name), value.text == nil else { continue }
            // No identity is a number on the wire: it is looked for in vain (MG-110).
            if name == "identity", value.integer != nil { continue }
            throw ManagementError(.badRequest, "Property '\(name)' must be a string")
        }
        if case .value(let value) = message.body { body = value } else { body = .null }
    }

    var name: String? { properties["name"]?.text }
    var identity: String? {
        guard let value = properties.present("identity") else { return nil }
        return value.text ?? value.integer.map { "number \($0)" }
    }
    var type: String? { properties["type"]?.text }
    var entityType: String? { properties["entityType"]?.text }

    /// A number, written as such or in decimal digits (MG-102); nil if the property is absent.
    func number(_ name: String, in range: ClosedRange<Int>) throws(ManagementError) -> Int? {
        guard let value = properties.present(name) else { return nil }
        guard let number = value.integer ?? value.text.flatMap({ Int64($0) }) else {
            throw ManagementError(.badRequest, "Property '\(name)' must be an integer")
        }
        guard let number = Int(exactly: number), range.contains(number) else {
            throw ManagementError(
                .badRequest,
                "Property '\(name)' must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    /// For what only chooses among things that are there: any number will do.
    static let anyNumber = Int.min...Int.max

    /// The type that a QUERY asks for: `entityType`, or where that is absent `type` unless it is the
    /// management node's (MG-80, MG-93, MG-94); nil for all types.
    var queriedType: String? {
        if let entityType { return entityType.isEmpty ? nil : entityType }
        guard let type, !type.isEmpty, !Self.nodeTypes.contains(EntityType.shortName(type)) else {
            return nil
        }
        return type
    }

    /// The request asks the management node itself (MG-93).
    var isForNode: Bool {
        if let type, !Self.nodeTypes.contains(EntityType.shortName(type)) { return false }
        return (name ?? identity ?? "self") == "self"
    }

    private static let nodeTypes: Set = ["org.amqp.management", "management"]
}
