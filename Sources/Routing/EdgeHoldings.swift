package import AMQP
package import Forwarding

/// How much edges may have at an interior router; 0 for no limit.
package struct EdgeLimits: Hashable, Sendable {
    package var edges = 10_000
    /// Of each edge.
    package var addresses = 10_000
    package var links = 32_768

    package init() {}
}

/// What each edge has at an interior router, and what was refused to edges that wanted more.
package struct EdgeHoldings: Sendable {
    package struct Holding: Hashable, Sendable {
        package fileprivate(set) var addresses = 0
        package fileprivate(set) var links = 0
    }

    package var limits = EdgeLimits()
    package private(set) var edges: [ConnectionID: Holding] = [:]
    package private(set) var deniedEdges: UInt64 = 0
    package private(set) var deniedLinks: UInt64 = 0

    init() {}

    /// An edge has opened its connection: why it may not stay.
    package mutating func admit(_ id: ConnectionID) -> AMQPError? {
        guard limits.edges == 0 || edges.count < limits.edges else {
            deniedEdges += 1
            return .tooMany("The router has \(limits.edges) edges, as many as maxEdges allows")
        }
        edges[id] = Holding()
        return nil
    }

    package mutating func left(_ id: ConnectionID) { edges[id] = nil }

    /// Why an edge may not attach one link more.
    mutating func refusalOfLink(_ id: ConnectionID) -> AMQPError? {
        guard limits.links > 0, edges[id]?.links ?? 0 >= limits.links else { return nil }
        deniedLinks += 1
        return .tooMany(
            "The edge has \(limits.links) links here, as many as maxLinksPerEdge allows")
    }

    /// Why an edge may not have one address more.
    mutating func refusalOfAddress(_ id: ConnectionID) -> AMQPError? {
        guard limits.addresses > 0, edges[id]?.addresses ?? 0 >= limits.addresses else {
            return nil
        }
        deniedLinks += 1
        return .tooMany(
            "The edge has links of \(limits.addresses) addresses here, as many as "
                + "maxAddressesPerEdge allows")
    }

    mutating func countLink(_ id: ConnectionID, by step: Int) { edges[id]?.links += step }
    mutating func countAddress(_ id: ConnectionID, by step: Int) { edges[id]?.addresses += step }
}

extension AMQPError {
    fileprivate static func tooMany(_ text: String) -> AMQPError {
        AMQPError(name: "amqp:resource-limit-exceeded", text: text)
    }
}
