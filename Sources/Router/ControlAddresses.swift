internal import Addressing
internal import Management

/// The addresses of the routing protocol, which only routers send to: what control itself counts,
/// because control messages pass by the address table (MG-151).
struct ControlAddresses: Sendable {
    struct Counts: Sendable {
        var toContainer: UInt64 = 0
        var fromContainer: UInt64 = 0
        var transit: UInt64 = 0
    }

    /// By key.
    private var counts: [String: Counts] = [:]

    private static let all = [
        ("Lqdhello", "flood"), ("Lqdrouter", "flood"), ("Lqdrouter.ma", "multicast"),
        ("Tqdrouter", "flood"), ("Tqdrouter.ma", "multicast"),
    ]
    static let count = all.count

    subscript(key: String) -> Counts { counts[key] ?? Counts() }

    mutating func took(_ key: String) { counts[key, default: Counts()].toContainer += 1 }

    mutating func passed(_ key: String, copies: Int) {
        counts[key, default: Counts()].transit += UInt64(copies)
    }

    mutating func sent(_ key: String) { counts[key, default: Counts()].fromContainer += 1 }

    /// As management shows them: HELLO goes to each of `trunks` neighbours, the `T` addresses to
    /// the `routers` of the mesh.
    func rows(trunks: Int, routers: [String]) -> [AddressStatistics] {
        Self.all.map { key, distribution in
            var row = AddressStatistics(key: key, distribution: distribution)
            row.inProcess = 1
            if key == "Lqdhello" { row.subscribers = trunks }
            if key.hasPrefix("T") { row.remoteRouters = routers }
            add(to: &row)
            return row
        }
    }

    func add(to row: inout AddressStatistics) {
        let counts = self[row.key]
        row.toContainer += counts.toContainer
        row.fromContainer += counts.fromContainer
        row.transit += counts.transit
    }
}
