internal import AMQP
internal import Forwarding

/// How many AMQP connections have come and gone.
struct ConnectionEnds: Sendable {
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

    private(set) var opened: [ConnectionRole: UInt64] = [:]
    private var closed: [ConnectionRole: [Reason: UInt64]] = [:]

    mutating func opened(_ role: ConnectionRole) { opened[role, default: 0] += 1 }

    mutating func closed(_ role: ConnectionRole, _ error: AMQPError?) {
        closed[role, default: [:]][Reason(error), default: 0] += 1
    }

    func count(_ role: ConnectionRole, _ reason: Reason) -> UInt64 { closed[role]?[reason] ?? 0 }
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
