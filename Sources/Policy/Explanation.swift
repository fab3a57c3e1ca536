package import Configuration

/// What a policy says of somebody, one ruling a line, each with the rule's place.
package struct Explanation: Sendable {
    package struct Line: Hashable, Sendable {
        package let isAllowed: Bool
        /// `send to 'a'`
        package let what: String
        package let rule: String
        /// Nil if it is that there is no rule.
        package let place: Place?
    }

    package private(set) var lines: [Line] = []

    /// All that was asked for by name is allowed: the open, and the links.
    package private(set) var isAllowed = true

    /// `links` are asked for after the open; links without address are added, for what they tell.
    init(_ policy: Policy, _ visitor: Visitor, _ links: [LinkWish]) {
        guard policy.settings.isEnforced else {
            lines = [
                Line(
                    isAllowed: true, what: "everything",
                    rule: "'enableVhostPolicy: yes' is not set: no vhost is asked", place: nil)
            ]
            return
        }
        switch policy.ruling(for: visitor) {
        case .failure(let denial):
            isAllowed = false
            lines = denial.reasons.map {
                Line(isAllowed: false, what: "open", rule: $0.words, place: denial.place)
            }
        case .success(let rights): explain(rights, links)
        }
    }

    private mutating func explain(_ rights: Rights, _ links: [LinkWish]) {
        lines.append(
            Line(
                isAllowed: true, what: "open",
                rule: "vhost '\(rights.vhost)', group '\(rights.group)'",
                place: rights.settings.place))
        for wish in links {
            let ruling = rights.ruling(on: wish)
            if !ruling.isAllowed { isAllowed = false }
            lines.append(Line(ruling, on: wish))
        }
        let others = [
            LinkWish(.sender, address: nil), LinkWish(.receiver, address: nil, isDynamic: true),
        ]
        lines += others.map { Line(rights.ruling(on: $0), on: $0) }
        lines.append(
            Line(
                isAllowed: rights.mayManage, what: "manage",
                rule: "managementAccess is '\(rights.settings.management.rawValue)', "
                    + "managementScope '\(rights.settings.managementScope.rawValue)'",
                place: rights.place(of: "managementAccess", "managementScope")))
    }
}

extension Rights {
    fileprivate var mayManage: Bool {
        settings.management != .none
            && ruling(on: LinkWish(.sender, address: "$management")).isAllowed
    }
}

extension Policy {
    package func explanation(of visitor: Visitor, links: [LinkWish]) -> Explanation {
        Explanation(self, visitor, links)
    }
}

extension Explanation.Line {
    fileprivate init(_ ruling: LinkRuling, on wish: LinkWish) {
        let verb = wish.role == .sender ? "send to" : "receive from"
        let kind = wish.role == .sender ? "any address (anonymous sender)" : "a dynamic source"
        self.init(
            isAllowed: ruling.isAllowed, what: "\(verb) \(wish.address.map { "'\($0)'" } ?? kind)",
            rule: ruling.words(wish.role), place: ruling.place)
    }
}

extension LinkRuling {
    fileprivate func words(_ role: LinkWish.Role) -> String {
        let isSender = role == .sender
        return switch reason {
        case .address:
            item.map { "'\($0)'" }
                ?? "no item of \(isSender ? "targets or targetPattern" : "sources or sourcePattern")"
        case .anonymous: "allowAnonymousSender"
        case .dynamicSource: "allowDynamicSource"
        case .waypoint: "allowWaypointLinks"
        case .fallback: "allowFallbackLinks"
        case .limit: isSender ? "maxSenders" : "maxReceivers"
        case .management: "managementAccess and managementScope"
        case .nowhere: "no source is named"
        }
    }
}
