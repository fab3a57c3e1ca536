internal import Configuration

/// Connections that have not opened yet: how many there are, of all hosts and of each.
///
/// What a stranger can have without a name is bounded, so that it is a place in a queue and not the
/// router. An IPv6 network of 64 bits, which is what one customer gets, counts as one host.
package struct Newcomers: Sendable {
    /// 0 for no limit.
    private let most: Int
    private let mostOfHost: Int
    private var hosts: [UInt64: String] = [:]
    private var counts: [String: Int] = [:]
    /// How many were turned away.
    package private(set) var denied: UInt64 = 0

    package init(most: Int, mostOfHost: Int) {
        self.most = most
        self.mostOfHost = mostOfHost
    }

    package var count: Int { hosts.count }

    /// There is room for one more from a host.
    package func mayCome(from host: String) -> Bool {
        let isFull = most > 0 && hosts.count >= most
        let isHostFull = mostOfHost > 0 && counts[Self.key(host), default: 0] >= mostOfHost
        return !isFull && !isHostFull
    }

    /// One was turned away.
    package mutating func deny() { denied += 1 }

    package mutating func come(_ connection: UInt64, from host: String) {
        let key = Self.key(host)
        hosts[connection] = key
        counts[key, default: 0] += 1
    }

    /// It has opened, or is gone; one that is not counted may be named.
    package mutating func left(_ connection: UInt64) {
        guard let key = hosts.removeValue(forKey: connection) else { return }
        let rest = counts[key, default: 1] - 1
        counts[key] = rest > 0 ? rest : nil
    }

    private static func key(_ host: String) -> String {
        guard let address = HostAddress(String(host.prefix { $0 != "%" })) else { return host }
        if let mapped = address.unmapped { return "4:\(mapped.bits)" }
        return address.family == .v4 ? "4:\(address.bits)" : "6:\(address.bits >> 64)"
    }
}
