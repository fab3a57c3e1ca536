internal import Configuration

/// Who opens a connection, as policies ask.
package struct Visitor: Hashable, Sendable {
    /// The name that was proved; empty for none.
    package let user: String
    /// The peer's address as a number, without its port.
    package let host: String
    /// The vhost that is asked for: what the listener says, or the peer's open (RS-301).
    package let vhost: String

    package init(user: String?, host: String, vhost: String?) {
        self.user = user ?? ""
        // `fe80::1%eth0`: which of our interfaces it came by says nothing of where it comes from.
        self.host = String(host.prefix { $0 != "%" })
        self.vhost = vhost ?? ""
    }

    /// How the log names it (MG-219).
    var words: String { "user '\(user)', rhost '\(host)', vhost '\(vhost)'" }
}

extension RemoteHosts {
    /// `names` has the addresses of hosts that are given by name, as far as they are known.
    func contains(_ host: HostAddress, names: [String: [HostAddress]]) -> Bool {
        switch self {
        case .all: true
        case .range(let range): range.contains(host) || host.unmapped.map(range.contains) == true
        case .named(let name):
            names[name]?.contains { $0 == host || $0 == host.unmapped } == true
        }
    }
}
