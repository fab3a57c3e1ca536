package import AMQP
internal import Schema

/// One attribute of a kind of row, and how its value is got.
package struct Column<Row>: Sendable {
    package let name: String
    package let value: @Sendable (Row) -> Value

    package init(_ name: String, _ value: @escaping @Sendable (Row) -> Value) {
        self.name = name
        self.value = value
    }
}

/// The columns of a kind of row, found by their names.
package struct Columns<Row>: Sendable, ExpressibleByArrayLiteral {
    private let ordered: [Column<Row>]
    private let places: [String: Int]

    package init(arrayLiteral columns: Column<Row>...) {
        ordered = columns
        var places: [String: Int] = [:]
        for (place, column) in columns.enumerated() { places[column.name] = place }
        self.places = places
    }

    package var names: [String] { ordered.map(\.name) }

    package subscript(name: String) -> Column<Row>? { places[name].map { ordered[$0] } }
}

/// What management shows of one type, as a struct of plain facts.
package protocol Reported {
    /// The short name: `router.link`.
    static var type: String { get }
    /// In the order in which a query without names returns them (MG-97).
    static var columns: Columns<Self> { get }
    var name: String? { get }
    var identity: String { get }
}

/// An entity of management. Values are rendered when they are asked for.
package struct Entity {
    /// The short name: `router.link`.
    package let type: String
    package let name: String?
    package let identity: String
    private let render: (String) -> Value?

    /// An entity whose attributes are known, besides `name`, `identity` and `type`.
    package init(
        type: String, name: String?, identity: String, attributes: [(String, Value)]
    ) {
        self.type = type
        self.name = name
        self.identity = identity
        render = { wanted in attributes.first { $0.0 == wanted }?.1 }
    }

    /// A row of statistics; `others` gives attributes that its columns do not.
    package init<Row: Reported>(_ row: Row, others: [(String, Value)] = []) {
        type = Row.type
        name = row.name
        identity = row.identity
        render = { wanted in
            if let column = Row.columns[wanted] { return column.value(row) }
            return others.first { $0.0 == wanted }?.1
        }
    }

    private init(
        type: String, name: String?, identity: String, render: @escaping (String) -> Value?
    ) {
        self.type = type
        self.name = name
        self.identity = identity
        self.render = render
    }

    /// The same under another name, and with other values for some attributes.
    func renamed(
        _ name: String, identity: String, replacing values: [(String, Value)]
    ) -> Entity {
        let others = values + [("name", .string(name)), ("identity", .string(identity))]
        return Entity(type: type, name: name, identity: identity) { [render] wanted in
            others.first { $0.0 == wanted }?.1 ?? render(wanted)
        }
    }

    /// The attribute's value; nil if the entity has no such attribute.
    package func value(of attribute: String) -> Value? {
        if let value = render(attribute) { return value }
        switch attribute {
        case "name": return name.map(Value.string)
        case "identity": return .string(identity)
        case "type": return .string(EntityType.longName(type))
        default: return nil
        }
    }
}
