package import Addressing
internal import Schema

/// A `vhost` section: who may do what on connections for a host name (RS-302 to RS-318).
package struct VhostSettings: Hashable, Sendable {
    package var hostname: String
    package var aliases: [String] = []
    package var maxConnections = 65_535
    package var maxConnectionsPerUser = 65_535
    package var maxConnectionsPerHost = 65_535
    /// In octets, 0 for no limit; nil leaves it to `policy`.
    package var maxMessageSize: Int?
    /// Users of no group are of the group `$default`.
    package var allowsUnknownUsers = false
    package var groups: [String: VhostGroupSettings] = [:]
    /// Where its section begins, and where its attributes are given.
    package var place = Place(file: nil, line: 0)
    package var places: [String: Place] = [:]

    package static let defaultGroup = "$default"
    /// The group whose settings hold for a connector (RS-319).
    package static let connectorGroup = "$connector"

    package init(hostname: String) { self.hostname = hostname }
}

/// What users of one group may do (RS-303 to RS-318).
package struct VhostGroupSettings: Hashable, Sendable {
    package init() {}

    package var users: [String] = []
    package var remoteHosts: [RemoteHosts] = []
    /// Nil leaves it to the vhost.
    package var maxConnectionsPerUser: Int?
    package var maxConnectionsPerHost: Int?
    package var maxMessageSize: Int?
    /// 0 leaves it to the listener.
    package var maxFrameSize = 0
    /// In octets; 0 leaves it to the listener.
    package var maxSessionWindow = 0
    package var maxSessions = 0
    package var maxSenders = Int(Int32.max)
    package var maxReceivers = Int(Int32.max)
    package var allowed: Permissions = [
        .waypointLinks, .dynamicLinkRoutes, .adminStatusUpdate, .fallbackLinks,
    ]
    package var management = ManagementAccess.all
    package var managementScope = ManagementScope.mesh
    package var sources = AllowedAddresses.none
    package var targets = AllowedAddresses.none
    /// Where it begins, and where its options are given.
    package var place = Place(file: nil, line: 0)
    package var places: [String: Place] = [:]

    /// What users may ask of the management node.
    package enum ManagementAccess: String, CaseIterable, Sendable {
        case none
        /// What changes nothing.
        case read
        case all
    }

    /// Whose management nodes: the router's that they are connected to, or any of its network.
    package enum ManagementScope: String, CaseIterable, Sendable { case router, mesh }

    package struct Permissions: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let dynamicSource = Permissions(rawValue: 1)
        package static let anonymousSender = Permissions(rawValue: 2)
        package static let userIDProxy = Permissions(rawValue: 4)
        package static let waypointLinks = Permissions(rawValue: 8)
        package static let dynamicLinkRoutes = Permissions(rawValue: 16)
        package static let adminStatusUpdate = Permissions(rawValue: 32)
        package static let fallbackLinks = Permissions(rawValue: 64)

        /// By the attribute that says it.
        static let byAttribute: [String: Permissions] = [
            "allowDynamicSource": .dynamicSource, "allowAnonymousSender": .anonymousSender,
            "allowUserIdProxy": .userIDProxy, "allowWaypointLinks": .waypointLinks,
            "allowDynamicLinkRoutes": .dynamicLinkRoutes,
            "allowAdminStatusUpdate": .adminStatusUpdate, "allowFallbackLinks": .fallbackLinks,
        ]
    }
}
