package import Basis
package import Topology

/// A router as the simulator knows it: a machine for the routing protocol, and what its driver asks
/// of it between events.
package protocol Speaker {
    mutating func handle(_ event: Mesh.Event, at now: Instant, into effects: inout [Mesh.Effect])
    func nextHop(to router: RouterID) -> TrunkID?
    func isHopLimitExceeded(traceCount: Int) -> Bool
    mutating func multicastTrunks(
        for destinations: [RouterID], ingress: RouterID?, trace: [RouterID]
    ) -> [TrunkID]
    /// Whether a multicast message that has come is to be delivered and passed on.
    mutating func takesMulticast(trace: [RouterID]) -> Bool
    var radius: Int { get }
    /// Everyone it has a record of, itself included.
    var knownCount: Int { get }
}

extension Mesh: Speaker {
    package mutating func takesMulticast(trace: [RouterID]) -> Bool { isOnTree(trace: trace) }
    package var knownCount: Int { routerCount }
}
