package import Addressing
package import Configuration

/// What a user may do on a connection. It holds as long as the connection does, whatever becomes of
/// the vhost (RS-320).
package struct Rights: Sendable {
    /// The vhost's own name.
    package let vhost: String
    package let group: String
    package let user: String
    package private(set) var settings: VhostGroupSettings
    /// In octets; 0 for no limit (RS-317).
    package let maxMessageSize: Int
    package private(set) var targets: AddressFilter
    private var sources: AddressFilter
    let limits: ConnectionLimits

    init(
        vhost: VhostSettings, user: String, group: String, _ known: Group, maxMessageSize: Int
    ) {
        self.vhost = vhost.hostname
        self.user = user
        self.group = group
        settings = known.settings
        self.maxMessageSize = maxMessageSize
        sources = known.sources
        targets = known.targets
        limits = ConnectionLimits(vhost, known.settings)
    }

    /// Of a user whom an authentication service limits, and no vhost (RS-539): all that is not named is
    /// forbidden, and nothing limited in number or size.
    package init(user: String, vhost: String, service: String, targets: [String], sources: [String])
    {
        var vhost = VhostSettings(hostname: vhost)
        vhost.place = Place(file: "authServicePlugin \(service)", line: 1)
        var group = VhostGroupSettings()
        group.allowed = []
        group.maxSenders = 0
        group.maxReceivers = 0
        self.init(
            vhost: vhost, user: user, group: "", Group(group), maxMessageSize: 0)
        limit(by: service, targets: targets, sources: sources)
    }

    /// An authentication service's lists win over those of the group, and allow anonymous senders and
    /// dynamic sources (RS-338).
    package mutating func limit(by service: String, targets: [String], sources: [String]) {
        settings.allowed.formUnion([.anonymousSender, .dynamicSource])
        settings.place = Place(file: "authServicePlugin \(service)", line: 1)
        settings.places = [:]
        self.targets = Self.filter(targets)
        self.sources = Self.filter(sources)
    }

    private static func filter(_ items: [String]) -> AddressFilter {
        AddressFilter(
            .names(
                items.map { item in
                    let isPrefix = item.hasSuffix("*")
                    let text = UserText(literal: isPrefix ? String(item.dropLast()) : item)
                    return AllowedName(text: text, isPrefix: isPrefix)
                }))
    }

    package func allows(_ permission: VhostGroupSettings.Permissions) -> Bool {
        settings.allowed.contains(permission)
    }

    /// Requests to other routers' management nodes may pass.
    package var reachesOtherManagement: Bool {
        settings.managementScope == .mesh && settings.management != .none
    }

    /// The rule about an option: where it is given, or else the group.
    package func place(of options: String...) -> Place {
        options.lazy.compactMap { settings.places[$0] }.first ?? settings.place
    }
}

/// How many connections there may be of a vhost, of one user and of one host (RS-304).
struct ConnectionLimits: Hashable, Sendable {
    let all: Int
    let ofUser: Int
    let ofHost: Int
    let places: [Place]

    init(_ vhost: VhostSettings, _ group: VhostGroupSettings) {
        all = vhost.maxConnections
        ofUser = group.maxConnectionsPerUser ?? vhost.maxConnectionsPerUser
        ofHost = group.maxConnectionsPerHost ?? vhost.maxConnectionsPerHost
        places = ["maxConnections", "maxConnectionsPerUser", "maxConnectionsPerHost"].map {
            ($0 == "maxConnections" ? nil : group.places[$0]) ?? vhost.places[$0] ?? vhost.place
        }
    }
}

/// A link that a peer wants to attach.
package struct LinkWish: Hashable, Sendable {
    /// Seen from the peer.
    package enum Role: String, Sendable { case sender, receiver }

    package let role: Role
    /// As the peer wrote it; nil for none (RS-311).
    package let address: String?
    package let isDynamic: Bool
    /// Its terminus has the capability of a waypoint, or of a fallback.
    package let isWaypoint: Bool
    package let isFallback: Bool
    /// It is another router's management node that messages go to.
    package let isForManagementElsewhere: Bool

    package init(
        _ role: Role, address: String?, isDynamic: Bool = false, isWaypoint: Bool = false,
        isFallback: Bool = false, isForManagementElsewhere: Bool = false
    ) {
        self.role = role
        self.address = address
        self.isDynamic = isDynamic
        self.isWaypoint = isWaypoint
        self.isFallback = isFallback
        self.isForManagementElsewhere = isForManagementElsewhere
    }
}

/// Whether a link may attach, by which rule.
package struct LinkRuling: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case limit, waypoint, fallback, address, anonymous, dynamicSource
        /// A receiver that names no source.
        case nowhere
        /// It leads to another router's management node.
        case management
    }

    package let isAllowed: Bool
    package let reason: Reason
    /// The item of a list that allows it, as it is written.
    package var item: String?
    package let place: Place
}

extension Rights {
    /// `attached` counts the links of that role that the connection has (RS-309 to RS-314, RS-501).
    package func ruling(on wish: LinkWish, attached: Int = 0) -> LinkRuling {
        let most = wish.role == .sender ? settings.maxSenders : settings.maxReceivers
        // 0 is no limit.
        if most > 0, attached >= most {
            return denied(.limit, wish.role == .sender ? "maxSenders" : "maxReceivers")
        }
        if wish.role == .receiver, wish.isDynamic {
            return ruling(.dynamicSource, .dynamicSource, "allowDynamicSource")
        }
        guard let address = wish.address, !address.isEmpty else {
            guard wish.role == .sender else { return denied(.nowhere, "sources", "sourcePattern") }
            return ruling(.anonymousSender, .anonymous, "allowAnonymousSender")
        }
        if wish.isWaypoint, !allows(.waypointLinks) {
            return denied(.waypoint, "allowWaypointLinks")
        }
        if wish.isFallback, !allows(.fallbackLinks) {
            return denied(.fallback, "allowFallbackLinks")
        }
        if wish.isForManagementElsewhere, !reachesOtherManagement {
            return denied(.management, "managementScope", "managementAccess")
        }
        let filter = wish.role == .sender ? targets : sources
        let item = filter.item(for: address, user: user)
        let options =
            wish.role == .sender ? ("targets", "targetPattern") : ("sources", "sourcePattern")
        return LinkRuling(
            isAllowed: item != nil, reason: .address, item: item,
            place: place(of: options.0, options.1))
    }

    private func ruling(
        _ permission: VhostGroupSettings.Permissions, _ reason: LinkRuling.Reason, _ option: String
    ) -> LinkRuling {
        LinkRuling(isAllowed: allows(permission), reason: reason, place: place(of: option))
    }

    private func denied(_ reason: LinkRuling.Reason, _ options: String...) -> LinkRuling {
        let place = options.lazy.compactMap { settings.places[$0] }.first ?? settings.place
        return LinkRuling(isAllowed: false, reason: reason, place: place)
    }
}

extension LinkRuling {
    /// For the log, as scripts look for it (MG-219). `host` is the peer's address, `vhost` what its
    /// open asks for.
    package func line(on wish: LinkWish, user: String, host: String, vhost: String) -> String {
        let who = "for user '\(user)', rhost '\(host)', vhost '\(vhost)'"
        let attach = "\(isAllowed ? "ALLOW" : "DENY") AMQP Attach"
        let link = "\(wish.role.rawValue) link '\(wish.address ?? "")'"
        return switch reason {
        case .limit:
            "\(attach) \(wish.role.rawValue) \(who) based on "
                + (wish.role == .sender ? "maxSenders limit" : "maxReceivers limit")
        case .waypoint: "\(attach) \(link) \(who).  Waypoint capability not permitted"
        case .fallback: "\(attach) \(link) \(who).  Fallback capability not permitted"
        case .address:
            "\(attach) \(link) \(who) based on link "
                + (wish.role == .sender ? "target name" : "source name")
        case .anonymous: "\(attach) anonymous sender \(who)"
        case .dynamicSource: "\(attach) receiver dynamic source \(who),"
        case .nowhere: "\(attach) receiver link '' \(who)"
        case .management: "\(attach) \(link) \(who).  Management of other routers not permitted"
        }
    }
}
