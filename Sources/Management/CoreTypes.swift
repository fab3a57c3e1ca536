internal import Schema

/// The types whose entities the routing core keeps (MG-80), and their columns (MG-97).
enum CoreTypes {
    /// By short name. The columns of a type that is here but has none are the schema's.
    static let columns: [String: [String]] = [
        RouterFacts.type: names(RouterFacts.self),
        ConnectionFacts.type: names(ConnectionFacts.self),
        LinkStatistics.type: names(LinkStatistics.self),
        AddressStatistics.type: names(AddressStatistics.self),
        AddressConfiguration.type: names(AddressConfiguration.self),
        LinkRouteConfiguration.type: names(LinkRouteConfiguration.self),
        AutoLinkConfiguration.type: names(AutoLinkConfiguration.self),
        ExchangeConfiguration.type: names(ExchangeConfiguration.self),
        BindingConfiguration.type: names(BindingConfiguration.self),
        ConnectionLinkRoute.type: names(ConnectionLinkRoute.self),
    ]

    static func contains(_ type: String) -> Bool { columns[type] != nil || type == "console" }

    /// Its entities are among those of a base type, or of no type (MG-292).
    static func isListed(_ type: EntityType) -> Bool {
        !contains(type.name) || type.name == RouterFacts.type
    }

    private static func names<Row: Reported>(_ rows: Row.Type) -> [String] {
        rows.columns.names
    }
}
