package import AMQP

/// Why something asked of a peer did not happen.
package enum ClientError: Error, Hashable, Sendable {
    /// No connection could be made to this host and port, for that reason of the system's.
    case unreachable(String, reason: String)
    /// The TLS files or settings given are wrong.
    case security(String)
    /// The connection ended without a `close`.
    case disconnected(String, AMQPError?)
    /// The peer closed the connection.
    case connectionClosed(String, AMQPError?)
    /// The peer detached a link.
    case linkClosed(LinkIdentity, AMQPError?)
    /// A step took too long.
    case timedOut(String, doing: String)
    /// The peer did not accept what was sent to this address.
    case notAccepted(String, DeliveryState, AMQPError?)
    /// The peer sent what it should not.
    case protocolViolation(String)
    /// A signal asked the program to stop.
    case interrupted

    package struct LinkIdentity: Hashable, Sendable {
        package let isSender: Bool
        package let name: String
        package let address: String?
    }
}

extension ClientError: CustomStringConvertible {
    /// The word that scripts know the error by (MG-245).
    package var kind: String {
        switch self {
        case .unreachable, .disconnected: "ConnectionException"
        case .connectionClosed: "ConnectionClosed"
        case .linkClosed: "LinkDetached"
        case .timedOut: "Timeout"
        case .security: "SSLException"
        case .notAccepted: "SendException"
        case .protocolViolation: "MessageException"
        case .interrupted: "KeyboardInterrupt"
        }
    }

    package var description: String {
        switch self {
        case .unreachable(let peer, let reason): "cannot connect to \(peer): \(reason)"
        case .security(let text), .protocolViolation(let text): text
        case .disconnected(let peer, let error):
            "the connection to \(peer) broke" + Self.cause(error)
        case .connectionClosed(let peer, let error):
            "\(peer) closed the connection" + Self.cause(error)
        case .linkClosed(let link, let error):
            (link.isSender ? "the link to '" : "the link from '")
                + "\(link.address ?? "")' was closed" + Self.cause(error)
        case .timedOut(let peer, let step): "\(peer) did not answer in time: \(step)"
        case .notAccepted(let address, let state, let error):
            "the message to '\(address)' was \(state.name)" + Self.cause(error)
        case .interrupted: "interrupted"
        }
    }

    private static func cause(_ error: AMQPError?) -> String {
        guard let error else { return "" }
        return ": \(error.name)" + (error.text.map { ": \($0)" } ?? "")
    }
}
