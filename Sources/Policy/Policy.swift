internal import Addressing
package import Configuration

/// The policies of a router, ready to be asked who may open a connection, and by which rule.
///
/// Pure: how many connections there are already is known to `Admissions`.
package struct Policy: Sendable {
    package private(set) var settings: PolicySettings
    private var vhosts: [String: Vhost] = [:]
    /// The vhost's own name by each name of it.
    private var names: [String: String] = [:]
    private var patterns = PatternTree<String>()
    /// Addresses of the hosts that `remoteHosts` give by name, as far as they are known.
    package var hostAddresses: [String: [HostAddress]] = [:]

    package init(_ settings: PolicySettings = PolicySettings(), vhosts: [VhostSettings] = []) {
        self.settings = settings
        for vhost in vhosts { self.vhosts[vhost.hostname] = Vhost(vhost) }
        index()
    }

    // MARK: Changes

    package mutating func set(_ settings: PolicySettings) {
        self.settings = settings
        index()
    }

    /// Adds a vhost, or changes it.
    package mutating func set(_ vhost: VhostSettings) {
        let old = vhosts.updateValue(Vhost(vhost), forKey: vhost.hostname)
        if let old, old.settings.aliases != vhost.aliases { return index() }
        if old == nil { name(vhost) }
    }

    package mutating func remove(vhost: String) {
        vhosts[vhost] = nil
        index()
    }

    private mutating func index() {
        names = [:]
        patterns = PatternTree()
        for (_, vhost) in vhosts.sorted(by: { $0.key < $1.key }) { name(vhost.settings) }
    }

    private mutating func name(_ vhost: VhostSettings) {
        let host = vhost.hostname
        for name in [host] + vhost.aliases {
            if names[name] == nil || name == host { names[name] = host }
            if settings.hasNamePatterns { _ = patterns.insert(name, host) }
        }
    }

    // MARK: Questions

    /// Names of hosts whose addresses are needed.
    package var namedHosts: Set<String> {
        vhosts.values.reduce(into: []) { $0.formUnion($1.settings.namedHosts) }
    }

    /// The name of the vhost that a name leads to (RS-302); nil for none.
    package func vhost(for name: String) -> String? {
        let found = settings.hasNamePatterns ? patterns.value(for: name) : names[name]
        if let found { return found }
        guard let other = settings.defaultVhost, vhosts[other] != nil else { return nil }
        return other
    }

    /// The settings of a vhost, by its own name.
    package func settings(ofVhost name: String) -> VhostSettings? { vhosts[name]?.settings }

    /// What a visitor may do, if it may come in; connections that are there already aside (RS-302,
    /// RS-303).
    package func ruling(for visitor: Visitor) -> Result<Rights, Denial> {
        guard let name = vhost(for: visitor.vhost), let vhost = vhosts[name] else {
            return .failure(Denial(.noVhost, vhost: nil, place: nil))
        }
        guard let group = vhost.group(of: visitor.user) else {
            let place = vhost.settings.places["allowUnknownUser"] ?? vhost.settings.place
            return .failure(Denial(.unknownUser, vhost: name, place: place))
        }
        guard vhost.allows(visitor.host, in: group, names: hostAddresses) else {
            let settings = vhost.settings.groups[group]
            let place = settings?.places["remoteHosts"] ?? settings?.place
            return .failure(Denial(.host, vhost: name, group: group, place: place))
        }
        guard let rights = rights(of: visitor.user, in: vhost, group) else {
            return .failure(Denial(.noVhost, vhost: name, place: nil))
        }
        return .success(rights)
    }

    /// What holds for what the other side of a connector does (RS-319); nil if there is no such vhost,
    /// or if it has no group for that.
    package func rights(ofConnectorIn name: String, user: String?) -> Rights? {
        guard let vhost = vhost(for: name).flatMap({ vhosts[$0] }) else { return nil }
        return rights(of: user ?? "", in: vhost, VhostSettings.connectorGroup)
    }

    private func rights(of user: String, in vhost: Vhost, _ group: String) -> Rights? {
        guard let known = vhost.groups[group] else { return nil }
        return Rights(
            vhost: vhost.settings, user: user, group: group, known,
            maxMessageSize: known.settings.maxMessageSize ?? vhost.settings.maxMessageSize
                ?? settings.maxMessageSize ?? 0)
    }
}

extension VhostSettings {
    /// Names of hosts that its groups' users come from.
    package var namedHosts: Set<String> {
        var found: Set<String> = []
        for group in groups.values {
            for case .named(let name) in group.remoteHosts { found.insert(name) }
        }
        return found
    }
}

/// A vhost, its groups ready to be asked.
struct Vhost: Sendable {
    let settings: VhostSettings
    private(set) var groups: [String: Group] = [:]
    /// By the bytes of the user's name.
    private var groupsByUser: [[UInt8]: String] = [:]

    init(_ settings: VhostSettings) {
        self.settings = settings
        for (name, group) in settings.groups {
            groups[name] = Group(group)
            for user in group.users { groupsByUser[Array(user.utf8)] = name }
        }
    }

    /// The group of a user (RS-303); nil for none.
    func group(of user: String) -> String? {
        groupsByUser[Array(user.utf8)] ?? groupsByUser[[UInt8(ascii: "*")]]
            ?? (settings.allowsUnknownUsers && groups[VhostSettings.defaultGroup] != nil
                ? VhostSettings.defaultGroup : nil)
    }

    func allows(_ host: String, in group: String, names: [String: [HostAddress]]) -> Bool {
        guard let hosts = groups[group]?.settings.remoteHosts else { return false }
        guard let address = HostAddress(host) else { return hosts.contains(.all) }
        return hosts.contains { $0.contains(address, names: names) }
    }
}

/// A group of users, its addresses ready to be looked up.
struct Group: Sendable {
    let settings: VhostGroupSettings
    let sources: AddressFilter
    let targets: AddressFilter

    init(_ settings: VhostGroupSettings) {
        self.settings = settings
        sources = AddressFilter(settings.sources)
        targets = AddressFilter(settings.targets)
    }
}

/// Why a connection may not open.
package struct Denial: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case noVhost, unknownUser, host
        /// The vhost, the user or the host has all the connections that it may have.
        case connections, connectionsOfUser, connectionsOfHost
    }

    package let reasons: [Reason]
    /// The vhost that has denied it; nil if there is none.
    package let vhost: String?
    package var group: String?
    /// The rule; nil if it is that there is none.
    package let place: Place?

    init(_ reasons: Reason..., vhost: String?, group: String? = nil, place: Place?) {
        self.init(reasons, vhost: vhost, group: group, place: place)
    }

    init(_ reasons: [Reason], vhost: String?, group: String?, place: Place?) {
        self.reasons = reasons
        self.vhost = vhost
        self.group = group
        self.place = place
    }
}

extension Denial.Reason {
    /// In the words that scripts look for (MG-219).
    package var words: String {
        switch self {
        case .noVhost: "No policy defined for vhost"
        case .unknownUser: "User is not in a user group and unknown users are denied"
        case .host: "User is not allowed to connect from this network host"
        case .connections: "Connection denied by application connection limit"
        case .connectionsOfUser: "Connection denied by application per user limit"
        case .connectionsOfHost: "Connection denied by application per host limit"
        }
    }
}

extension Denial {
    /// Lines for the log, one for each reason (MG-219).
    package func lines(for visitor: Visitor) -> [String] {
        let asked = Visitor(
            user: visitor.user, host: visitor.host, vhost: vhost ?? visitor.vhost)
        return reasons.map { "DENY AMQP Open for \(asked.words): \($0.words)" }
    }
}
