internal import Sessions
package import Addressing
package import Forwarding

/// Attaches that go on to a container, or to a router that knows one: which they are, and where to
/// (RS-250 to RS-273, IR 7.1).
///
/// Pure. A *rule* is a `linkRoute` entity, or what a connection has asked for itself. All rules and
/// all routers of one pattern and direction share one entry, which is an address of the mesh.
package struct LinkRoutes: Sendable {
    package struct Rule: Hashable, Sendable {
        /// Who serves it.
        package enum Server: Hashable, Sendable {
            /// Containers of other routers (RS-460).
            case others
            case container(String)
            /// The connections of a listener or a connector.
            case connection(String)
            /// The connection that asked for it (RS-271).
            case asker(ConnectionID)
        }

        package let number: UInt64
        package let name: String?
        package let match: AddressMatch
        /// Of the peers' links, as the router sees it: incoming for clients that send.
        package let direction: LinkDirection
        package let server: Server
        package var addedPrefix = ""
        package var removedPrefix = ""

        package init(
            number: UInt64, name: String?, match: AddressMatch, direction: LinkDirection,
            server: Server
        ) {
            self.number = number
            self.name = name
            self.match = match
            self.direction = direction
            self.server = server
        }

        /// As the log calls it (MG-216).
        package var title: String { name ?? String(number) }
    }

    package enum Effect: Equatable, Sendable {
        /// The pattern has its first container here, or no longer has one.
        case announce(key: String)
        case withdraw(key: String)
        /// A connection serves a rule, or no longer does.
        case activated(Rule, ConnectionID)
        case deactivated(Rule, ConnectionID)
    }

    /// Where an attach goes on to.
    package enum Destination: Equatable, Sendable {
        case container(ConnectionID, Rule)
        case router(RouterIndex)
        /// There is a rule, and nobody who serves it (RS-252).
        case nobody
    }

    /// A pattern in one direction.
    package struct Entry: Sendable {
        package let key: String
        var ruleCount = 0
        /// Connections that serve a rule each.
        package fileprivate(set) var containers: [(connection: ConnectionID, rule: Rule)] = []
        package fileprivate(set) var routers: [RouterIndex] = []
        var turn = 0

        var isUnused: Bool { ruleCount == 0 && containers.isEmpty && routers.isEmpty }
    }

    package private(set) var entries: [String: Entry] = [:]
    private var incoming = PatternTree<String>()
    private var outgoing = PatternTree<String>()
    package private(set) var rules: [UInt64: Rule] = [:]
    private var servers: [ConnectionID: RouteContainer] = [:]

    package init() {}

    /// Rules with a number each, in the order of their making.
    package var ordered: [Rule] { rules.values.sorted { $0.number < $1.number } }

    /// Those that an operator has made.
    package var configured: [Rule] {
        ordered.filter { if case .asker = $0.server { false } else { true } }
    }

    /// Those that a connection has made for itself.
    package func rules(of connection: ConnectionID) -> [Rule] {
        ordered.filter { $0.server == .asker(connection) }
    }

    package func isActive(_ rule: Rule) -> Bool {
        entries[Self.key(of: rule)]?.containers.contains { $0.rule == rule } ?? false
    }

    // MARK: Rules

    /// Adds a rule; false, and nothing is changed, if its pattern can be none.
    @discardableResult
    package mutating func add(_ rule: Rule, into effects: inout [Effect]) -> Bool {
        let key = Self.key(of: rule)
        guard open(key) else { return false }
        rules[rule.number] = rule
        entries[key]?.ruleCount += 1
        for (connection, server) in servers.sorted(by: { $0.key < $1.key })
        where Self.serves(server, rule) {
            activate(rule, connection, into: &effects)
        }
        if case .asker(let connection) = rule.server { activate(rule, connection, into: &effects) }
        return true
    }

    package mutating func remove(_ number: UInt64, into effects: inout [Effect]) {
        guard let rule = rules.removeValue(forKey: number) else { return }
        let key = Self.key(of: rule)
        for container in entries[key]?.containers ?? [] where container.rule == rule {
            deactivate(rule, container.connection, into: &effects)
        }
        entries[key]?.ruleCount -= 1
        closeIfUnused(key)
    }

    private static func serves(_ server: RouteContainer, _ rule: Rule) -> Bool {
        switch rule.server {
        case .container(let id): server.id == id
        case .connection(let name): server.connectionName == name
        case .others, .asker: false
        }
    }

    // MARK: Containers

    /// A connection of role `route-container` is open.
    package mutating func opened(
        _ connection: ConnectionID, _ server: RouteContainer, into effects: inout [Effect]
    ) {
        servers[connection] = server
        for rule in ordered where Self.serves(server, rule) {
            activate(rule, connection, into: &effects)
        }
    }

    /// A connection is gone, and with it the rules that it has made.
    package mutating func closed(_ connection: ConnectionID, into effects: inout [Effect]) {
        let wasServer = servers.removeValue(forKey: connection) != nil
        for rule in ordered {
            if rule.server == .asker(connection) {
                remove(rule.number, into: &effects)
            } else if wasServer {
                deactivate(rule, connection, into: &effects)
            }
        }
    }

    private mutating func activate(
        _ rule: Rule, _ connection: ConnectionID, into effects: inout [Effect]
    ) {
        let key = Self.key(of: rule)
        guard let entry = entries[key],
            !entry.containers.contains(where: { $0.connection == connection && $0.rule == rule })
        else { return }
        entries[key]?.containers.append((connection, rule))
        effects.append(.activated(rule, connection))
        if entry.containers.isEmpty { effects.append(.announce(key: key)) }
    }

    private mutating func deactivate(
        _ rule: Rule, _ connection: ConnectionID, into effects: inout [Effect]
    ) {
        let key = Self.key(of: rule)
        guard
            let place = entries[key]?.containers.firstIndex(where: {
                $0.connection == connection && $0.rule == rule
            })
        else { return }
        entries[key]?.containers.remove(at: place)
        effects.append(.deactivated(rule, connection))
        if entries[key]?.containers.isEmpty ?? false { effects.append(.withdraw(key: key)) }
    }

    // MARK: The mesh

    /// A router has containers for the pattern, or no longer has.
    package mutating func setRouter(_ router: RouterIndex, key: String, isMapped: Bool) {
        if isMapped {
            guard open(key), entries[key]?.routers.contains(router) == false else { return }
            entries[key]?.routers.append(router)
        } else {
            entries[key]?.routers.removeAll { $0 == router }
            closeIfUnused(key)
        }
    }

    // MARK: Attaches

    /// Where a link for an address goes on to; nil if it ends here. Containers here before those of
    /// other routers, each in turn (RS-255).
    package mutating func destination(
        of address: String, _ direction: LinkDirection
    ) -> Destination? {
        let tree = direction == .incoming ? incoming : outgoing
        guard let key = tree.value(for: address), var entry = entries[key] else { return nil }
        defer { entries[key] = entry }
        entry.turn &+= 1
        if !entry.containers.isEmpty {
            let (connection, rule) = entry.containers[entry.turn % entry.containers.count]
            return .container(connection, rule)
        }
        guard !entry.routers.isEmpty else { return .nobody }
        return .router(entry.routers[entry.turn % entry.routers.count])
    }

    /// Whether somebody would serve a link for an address; nil if it ends here.
    package func isServed(_ address: String, _ direction: LinkDirection) -> Bool? {
        let tree = direction == .incoming ? incoming : outgoing
        guard let entry = tree.value(for: address).flatMap({ entries[$0] }) else { return nil }
        return !entry.containers.isEmpty || !entry.routers.isEmpty
    }

    // MARK: Keys

    /// A routing key is one of a link route (RS-273).
    package static func isKey(_ key: String) -> Bool {
        switch key.utf8.first {
        case UInt8(ascii: "C"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "F"): true
        default: false
        }
    }

    /// `C` or `D` with a prefix, `E` or `F` with another pattern; the first of each for links on which
    /// clients send.
    static func key(of rule: Rule) -> String {
        let isIncoming = rule.direction == .incoming
        let pattern = AddressMatch.trimmed(rule.match.pattern)
        if let prefix = prefix(of: pattern) { return (isIncoming ? "C" : "D") + prefix }
        return (isIncoming ? "E" : "F") + pattern
    }

    /// The prefix that says the same as a pattern whose only wildcard is a `#` at its end.
    private static func prefix(of pattern: String) -> String? {
        guard pattern != "#" else { return "" }
        guard pattern.hasSuffix("/#") || pattern.hasSuffix(".#") else { return nil }
        let prefix = pattern.dropLast(2)
        let tokens = prefix.split(whereSeparator: { $0 == "/" || $0 == "." })
        return tokens.contains("*") || tokens.contains("#") ? nil : String(prefix)
    }

    /// What a key of a link route stands for.
    package static func pattern(ofKey key: String) -> (pattern: String, isIncoming: Bool) {
        let text = String(key.dropFirst())
        switch key.utf8.first {
        case UInt8(ascii: "C"): return (AddressMatch.prefix(text).pattern, true)
        case UInt8(ascii: "D"): return (AddressMatch.prefix(text).pattern, false)
        case UInt8(ascii: "E"): return (text, true)
        default: return (text, false)
        }
    }

    /// Makes the entry, if there is none; false if the pattern can be none.
    private mutating func open(_ key: String) -> Bool {
        guard entries[key] == nil else { return true }
        let (pattern, isIncoming) = Self.pattern(ofKey: key)
        let isNew =
            isIncoming ? incoming.insert(pattern, key) : outgoing.insert(pattern, key)
        guard isNew else { return false }
        entries[key] = Entry(key: key)
        return true
    }

    private mutating func closeIfUnused(_ key: String) {
        guard let entry = entries[key], entry.isUnused else { return }
        entries[key] = nil
        let (pattern, isIncoming) = Self.pattern(ofKey: key)
        if isIncoming { incoming.remove(pattern) } else { outgoing.remove(pattern) }
    }
}

extension LinkRequest {
    /// The address by which a link goes on to a container, if one matches (RS-251, RS-253, RS-254).
    package func routedAddress(tenant: String?, router: RouterIdentity) -> String? {
        if local.kind == .coordinator { return "$coordinator" }
        guard let text = local.isDynamic ? local.wantedAddress : local.address,
            case .mobile(let address) = ParsedAddress(text, router: router)
        else { return nil }
        return (tenant ?? "") + address
    }
}
