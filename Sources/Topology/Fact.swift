/// Something worth a line of log.
package enum Fact: Hashable, Sendable {
    /// Another router calls itself as this one does.
    case duplicateRouterID(RouterID)
    /// Two other routers have this name.
    case twinRouters(RouterID)
    /// A connection leads back to this router.
    case trunkToMyself(TrunkID)
    case protocolVersionTooNew(RouterID, version: Int)
    /// The trunk led to one router, and now to another.
    case identityChanged(TrunkID, from: RouterID, to: RouterID)
    /// A second trunk to the same neighbour is used in place of the first.
    case trunkSuperseded(RouterID, TrunkID, by: TrunkID)
    case neighbourLost(TrunkID)
    /// The other end of the trunk has gone without a word.
    case trunkDead(TrunkID)
    case routerRestarted(RouterID)
    /// Others hold this router in a life that is above its present one.
    case lifeOutbid(Instance)
    case linkStateExpired(RouterID)
    case routerForgotten(RouterID)
    /// Addresses of, or a request from, a router that was never heard of.
    case unknownSender(RouterID)
    case tooManyRouters(RouterID)
    /// More is told of the router than is kept.
    case tooMuch(RouterID, Excess)
    case pathsComputed(ComputedPaths)
    /// No HELLO has come on the trunk for long, or none that says that the neighbour hears this router.
    case trunkSilent(TrunkID, isHeard: Bool)

    package enum Excess: Hashable, Sendable { case peers, addresses }
}

/// The outcome of a path computation.
package struct ComputedPaths: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package let router: RouterID
        package let nextHop: RouterID
        package let cost: Int
    }

    /// Every router that can be reached, in order of their ids.
    package let rows: [Row]
    package let radius: Int

    init(_ mesh: Mesh) {
        rows = mesh.nodes.ranked.compactMap { number in
            let node = mesh.nodes[number]
            return node.path.map { path in
                Row(router: node.id, nextHop: mesh.nodes[path.nextHop].id, cost: path.cost)
            }
        }
        radius = mesh.radius
    }
}
