/// Connections by vhost: those that are there, and what was allowed and denied (RS-304, MG-174).
///
/// What was counted of a vhost stays when it is deleted (RS-511).
package struct Admissions: Sendable {
    package struct Counts: Sendable {
        package fileprivate(set) var approved: UInt64 = 0
        package var denied: UInt64 = 0
        package fileprivate(set) var current: UInt64 = 0
        /// The places of connections (`HOST:PORT`), by their numbers, of each user and host that has any.
        package fileprivate(set) var byUser: [String: [UInt64: String]] = [:]
        package fileprivate(set) var byHost: [String: [UInt64: String]] = [:]
        package var deniedSessions: UInt64 = 0
        package var deniedSenders: UInt64 = 0
        package var deniedReceivers: UInt64 = 0
        package var deniedMessages: UInt64 = 0
    }

    private struct Member: Sendable {
        let vhost: String
        let user: String
        let host: String
    }

    /// By the vhost's own name.
    package private(set) var counts: [String: Counts] = [:]
    /// In the order in which they became known.
    private var order: [String] = []
    private var members: [UInt64: Member] = [:]

    package init() {}

    /// A vhost is there; its statistics are shown from now on.
    package mutating func know(vhost: String) {
        guard counts[vhost] == nil else { return }
        counts[vhost] = Counts()
        order.append(vhost)
    }

    package var ordered: [(vhost: String, counts: Counts)] {
        order.compactMap { vhost in counts[vhost].map { (vhost, $0) } }
    }

    /// Decides about a connection, by its number and its place, and counts it.
    package mutating func admit(
        _ visitor: Visitor, connection: UInt64, place: String, by policy: Policy
    ) -> Result<Rights, Denial> {
        let rights: Rights
        switch policy.ruling(for: visitor) {
        case .success(let found): rights = found
        case .failure(let denial):
            if let vhost = denial.vhost { count(\.denied, in: vhost) }
            return .failure(denial)
        }
        let present = counts[rights.vhost] ?? Counts()
        if let denial = rights.limits.denial(present, visitor, rights) {
            count(\.denied, in: rights.vhost)
            return .failure(denial)
        }
        members[connection] = Member(
            vhost: rights.vhost, user: visitor.user, host: visitor.host)
        know(vhost: rights.vhost)
        counts[rights.vhost]?.come(connection, visitor, place)
        return .success(rights)
    }

    /// A connection is gone; one that was never admitted may be named.
    package mutating func left(_ connection: UInt64) {
        guard let member = members.removeValue(forKey: connection) else { return }
        counts[member.vhost]?.go(connection, user: member.user, host: member.host)
    }

    /// Counts what was denied to a connection of a vhost.
    package mutating func count(
        _ denied: WritableKeyPath<Counts, UInt64>, in vhost: String
    ) {
        know(vhost: vhost)
        counts[vhost]?[keyPath: denied] += 1
    }
}

extension Admissions.Counts {
    fileprivate mutating func come(_ connection: UInt64, _ visitor: Visitor, _ place: String) {
        approved += 1
        current += 1
        byUser[visitor.user, default: [:]][connection] = place
        byHost[visitor.host, default: [:]][connection] = place
    }

    /// Who has no connection is forgotten: names are a stranger's to choose.
    fileprivate mutating func go(_ connection: UInt64, user: String, host: String) {
        current -= 1
        byUser[user]?[connection] = nil
        if byUser[user]?.isEmpty == true { byUser[user] = nil }
        byHost[host]?[connection] = nil
        if byHost[host]?.isEmpty == true { byHost[host] = nil }
    }
}

extension ConnectionLimits {
    fileprivate func denial(
        _ counts: Admissions.Counts, _ visitor: Visitor, _ rights: Rights
    ) -> Denial? {
        let checks: [(Denial.Reason, isMet: Bool)] = [
            (.connections, counts.current < all),
            (.connectionsOfUser, counts.byUser[visitor.user]?.count ?? 0 < ofUser),
            (.connectionsOfHost, counts.byHost[visitor.host]?.count ?? 0 < ofHost),
        ]
        guard let first = checks.firstIndex(where: { !$0.isMet }) else { return nil }
        return Denial(
            checks.filter { !$0.isMet }.map(\.0), vhost: rights.vhost, group: rights.group,
            place: places[first])
    }
}
