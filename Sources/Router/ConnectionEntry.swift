internal import AMQP
internal import Basis
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Policy
internal import Routing

/// A connection, as control and management know it.
struct ConnectionEntry {
    let id: ConnectionID
    let plan: ConnectionPlan
    let worker: Int
    let counters: ConnectionCounters
    /// The connector that dialled it.
    let connector: UInt64?
    /// What a policy lets its peer do; nil if none governs it.
    var rights: Rights?
    /// Links that the peer has attached under a policy, by their role as it sees it.
    var senders: Set<LinkPlace> = []
    var receivers: Set<LinkPlace> = []
    /// What the peer said; nil before its open.
    var report: ConnectionReport?
    var openedAt: Instant?
    /// Management has asked for its end, and shows it no more.
    var isClosing = false
    /// Management has asked for its frames.
    var tracesFrames = false
    /// So far it has done nothing but ask the management node, and it has said that it would not.
    var isOfTool = false

    /// How much its coming and going matters: tools come and go all the time.
    var logLevel: LogLevel { isOfTool ? .debug : .info }

    /// Both sides have opened it, and it goes on (MG-194, MG-296).
    var isShown: Bool { report != nil && !isClosing }

    /// Goes before its mobile addresses (RS-138, RS-432).
    var tenant: String? {
        guard plan.isMultiTenant, let host = rights?.vhost ?? report?.hostname, !host.isEmpty
        else { return nil }
        return host + "/"
    }
}

extension ConnectionReport {
    /// The peer says that it is there for the management node alone.
    var isOfTool: Bool { properties?.map?[OpenProperty.management]?.boolean == true }
}

extension LinkRequest {
    /// Requests for a management node, or a place for their answers.
    var isOfTool: Bool {
        switch direction {
        case .incoming: target.address?.hasSuffix("$management") == true
        case .outgoing: source.isDynamic
        }
    }
}
