internal import AMQP
internal import Forwarding

/// AMQP connections that have been opened: how many there are, how many have come and gone, and what
/// those to routers and of connectors have carried.
struct ConnectionTotals: Sendable {
    enum Reason: String, CaseIterable {
        /// Either side has closed it without an error.
        case closed
        /// The peer was silent for too long.
        case idle
        /// Management, or the router's end, has closed it.
        case forced
        case error

        init(_ error: AMQPError?) {
            switch error?.name {
            case nil: self = .closed
            case "amqp:connection:forced": self = .forced
            case "amqp:resource-limit-exceeded": self = .idle
            default: self = .error
            }
        }
    }

    private var opened: [ConnectionRole: UInt64] = [:]
    private var closed: [ConnectionRole: [Reason: UInt64]] = [:]
    private var present: [ConnectionClass: Int] = [:]
    /// By the router at the other end.
    private(set) var neighbours = TrafficTotals<String>()
    /// By their tokens.
    private(set) var connectors = TrafficTotals<UInt64>()

    /// How many neighbours are told apart; all others have the empty name.
    private static let mostNeighbours = 64

    mutating func opened(_ entry: ConnectionEntry) {
        opened[entry.plan.role, default: 0] += 1
        present[ConnectionClass(entry), default: 0] += 1
        if let name = entry.neighbour {
            let isTold = neighbours.knows(name) || neighbours.count < Self.mostNeighbours
            neighbours.opened(entry.id, of: isTold ? name : "", entry.counters)
        }
        if let connector = entry.connector {
            connectors.opened(entry.id, of: connector, entry.counters)
        }
    }

    /// Management shows it no more, though its end is still to come.
    mutating func hidden(_ entry: ConnectionEntry) { present[ConnectionClass(entry)]? -= 1 }

    mutating func closed(_ entry: ConnectionEntry, _ error: AMQPError?) {
        closed[entry.plan.role, default: [:]][Reason(error), default: 0] += 1
        if !entry.isClosing { hidden(entry) }
        neighbours.closed(entry.id)
        connectors.closed(entry.id)
    }

    mutating func forget(connector: UInt64) { connectors.forget(connector) }

    /// Those that management shows.
    var count: Int { present.values.reduce(0, +) }

    func count(_ kind: ConnectionClass) -> Int { present[kind] ?? 0 }
    func opened(_ role: ConnectionRole) -> UInt64 { opened[role] ?? 0 }
    func closed(_ role: ConnectionRole, _ reason: Reason) -> UInt64 { closed[role]?[reason] ?? 0 }
}

extension ConnectionEntry {
    /// The router at the other end; an edge has its interior routers, and those have too many edges to
    /// tell of each.
    fileprivate var neighbour: String? {
        let isTold = plan.role == .interRouter || plan.role == .edge && plan.isOutgoing
        return isTold ? report?.container : nil
    }
}

/// What kind of connection it is.
struct ConnectionClass: Hashable {
    enum Transport: String, CaseIterable { case amqp, amqps, ws, wss }

    let role: ConnectionRole
    let transport: Transport

    init(role: ConnectionRole, transport: Transport) {
        self.role = role
        self.transport = transport
    }

    init(_ entry: ConnectionEntry) {
        role = entry.plan.role
        let isEncrypted = entry.report?.tls != nil
        if entry.plan.isWebSocket {
            transport = isEncrypted ? .wss : .ws
        } else {
            transport = isEncrypted ? .amqps : .amqp
        }
    }
}
