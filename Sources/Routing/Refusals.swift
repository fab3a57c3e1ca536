package import AMQP

/// Why a link may not attach, in the words that clients know (RS-53).
extension AMQPError {
    package static let forbidden = AMQPError(
        name: "qd:forbidden", text: "Connectivity to the node is forbidden")
    package static let notFound = AMQPError(name: "amqp:not-found", text: "Node not found")
    package static let linkExpiration = AMQPError(
        name: "qd:link-expiration", text: "Requested link expiration not allowed")
    package static let noCoordinator = AMQPError(
        name: "amqp:precondition-failed",
        text: "The router can't coordinate transactions by itself, a linkRoute to a coordinator "
            + "must be configured to use transactions.")
}

extension Value {
    /// The phase that a `qd.waypoint` capability names (RS-134): 1 to 9.
    package var waypointPhase: Int? {
        switch self {
        case .symbol(let text): Self.waypointPhase(text)
        case .array(let array): array.elements.lazy.compactMap(\.waypointPhase).first
        case .list(let values): values.lazy.compactMap(\.waypointPhase).first
        default: nil
        }
    }

    private static func waypointPhase(_ text: String) -> Int? {
        let name = "qd.waypoint"
        guard text.hasPrefix(name) else { return nil }
        let rest = text.dropFirst(name.count)
        if rest.isEmpty { return 1 }
        guard rest.count == 2, let phase = rest.last?.wholeNumberValue, (1...9).contains(phase)
        else { return nil }
        return phase
    }
}
