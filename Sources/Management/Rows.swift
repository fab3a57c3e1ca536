internal import AMQP

/// The rows of a QUERY's response.
///
/// Clients that are built on Proton hold at most 65,535 values of a message, and the command line
/// here 60,000. 500 links with 128 numbers each would be more (MG-146, MG-152), so the zeros at the
/// end of such lists are left out where a page does not fit otherwise.
struct Rows {
    /// With room for what else is in a message.
    private static let mostValues = 55_000

    var rows: [[Value]]

    var fitting: [[Value]] {
        let count = rows.reduce(0) { $0 + $1.reduce(1) { $0 + $1.size } }
        guard count > Self.mostValues else { return rows }
        return rows.map { $0.map(\.withoutZerosAtEnd) }
    }
}

extension Value {
    /// How many values it is, those within it included.
    fileprivate var size: Int {
        if let list { return list.reduce(1) { $0 + $1.size } }
        if let map { return map.reduce(1) { $0 + $1.key.size + $1.value.size } }
        return 1
    }

    fileprivate var withoutZerosAtEnd: Value {
        guard let list else { return self }
        guard let last = list.lastIndex(where: { $0.integer != 0 }) else { return .list([]) }
        return .list(Array(list[...last]))
    }
}
