internal import AMQP
internal import Schema

/// `router.config.linkRoute` (MG-187).
package struct LinkRouteConfiguration: Hashable, Sendable {
    package var number: UInt64
    package var name: String?
    package var prefix: String?
    package var pattern: String?
    package var connection: String?
    package var containerID: String?
    /// `in` or `out`.
    package var direction: String
    package var isActive = false
    package var addedPrefix: String?
    package var removedPrefix: String?

    package init(number: UInt64, name: String?, direction: String) {
        self.number = number
        self.name = name
        self.direction = direction
    }
}

extension LinkRouteConfiguration: Reported {
    package static let type = "router.config.linkRoute"
    package var identity: String { String(number) }

    package static let columns: Columns<LinkRouteConfiguration> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("prefix") { .text($0.prefix) },
        Column("distribution") { _ in "linkBalanced" },
        Column("connection") { .text($0.connection) },
        Column("containerId") { .text($0.containerID) },
        Column("direction") { .string($0.direction) },
        Column("dir") { .string($0.direction) },
        Column("operStatus") { .string($0.isActive ? "active" : "inactive") },
        Column("pattern") { .text($0.pattern) },
        Column("addExternalPrefix") { .text($0.addedPrefix) },
        Column("delExternalPrefix") { .text($0.removedPrefix) },
    ]
}

/// `router.config.autoLink` (MG-188).
package struct AutoLinkConfiguration: Hashable, Sendable {
    package enum State: String, Sendable { case inactive, attaching, failed, active }

    package var number: UInt64
    package var name: String?
    package var address: String
    /// `in` or `out`.
    package var direction: String
    package var phase: Int
    package var connection: String?
    package var containerID: String?
    package var externalAddress: String?
    /// The number of its link.
    package var link: UInt64?
    package var state = State.inactive
    package var lastError: String?
    package var isFallback = false

    package init(number: UInt64, name: String?, address: String, direction: String, phase: Int) {
        self.number = number
        self.name = name
        self.address = address
        self.direction = direction
        self.phase = phase
    }
}

extension AutoLinkConfiguration: Reported {
    package static let type = "router.config.autoLink"
    package var identity: String { String(number) }

    package static let columns: Columns<AutoLinkConfiguration> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("address") { .string($0.address) },
        Column("addr") { .string($0.address) },
        Column("direction") { .string($0.direction) },
        Column("dir") { .string($0.direction) },
        Column("phase") { .small($0.phase) },
        Column("connection") { .text($0.connection) },
        Column("containerId") { .text($0.containerID) },
        Column("externalAddress") { .text($0.externalAddress) },
        Column("externalAddr") { .text($0.externalAddress) },
        Column("linkRef") { .text($0.link.map { String($0) }) },
        Column("operStatus") { .string($0.state.rawValue) },
        Column("lastError") { .text($0.lastError) },
        Column("fallback") { .bool($0.isFallback) },
    ]
}

/// `router.connection.linkRoute` (MG-190).
package struct ConnectionLinkRoute: Hashable, Sendable {
    package var number: UInt64
    package var name: String?
    package var pattern: String
    package var direction: String
    package var containerID: String?

    package init(number: UInt64, name: String?, pattern: String, direction: String) {
        self.number = number
        self.name = name
        self.pattern = pattern
        self.direction = direction
    }
}

extension ConnectionLinkRoute: Reported {
    package static let type = "router.connection.linkRoute"
    package var identity: String { String(number) }

    package static let columns: Columns<ConnectionLinkRoute> = [
        Column("name") { .text($0.name) },
        Column("identity") { .string($0.identity) },
        Column("type") { _ in .string(EntityType.longName(type)) },
        Column("pattern") { .string($0.pattern) },
        Column("direction") { .string($0.direction) },
        Column("containerId") { .text($0.containerID) },
    ]
}
