internal import Logging
internal import Topology

extension Fact {
    /// The line of log that tells of it, in the words that scripts look for (MG-218).
    var line: (LogModule, LogLevel, String) {
        switch self {
        case .duplicateRouterID(let router):
            (
                .routerHello, .critical,
                "Detected Neighbor Router with a Duplicate ID - \(router.text)"
            )
        case .twinRouters(let router):
            (
                .routerHello, .critical,
                "Two routers have the ID \(router.text), and take each other's place: give one "
                    + "another"
            )
        case .trunkToMyself(let trunk):
            (
                .router, .error,
                "[C\(trunk.number)] The connection leads back to this router: correct the "
                    + "connector's host or port"
            )
        case .protocolVersionTooNew(let router, let version):
            (
                .router, .warning,
                "Router \(router.text) speaks version \(version) of the routing protocol, which "
                    + "this router does not know: its messages are ignored"
            )
        case .identityChanged(let trunk, let old, let new):
            (
                .router, .warning,
                "[C\(trunk.number)] The neighbour was \(old.text) and is now \(new.text): is a "
                    + "load balancer in between?"
            )
        case .trunkSuperseded(let router, let old, let new):
            (
                .router, .warning,
                "[C\(old.number)] A newer connection, [C\(new.number)], to neighbour "
                    + "\(router.text) takes this one's place"
            )
        case .neighbourLost(let trunk):
            (
                .routerLS, .info,
                "Link to Neighbor Router Lost - link_tag=\(trunk.number)"
            )
        case .trunkDead(let trunk):
            (
                .router, .warning,
                "[C\(trunk.number)] The neighbour has left this connection without a word: it is cut"
            )
        case .routerRestarted(let router):
            (.routerLS, .info, "Router \(router.text) has restarted")
        case .lifeOutbid(let instance):
            (
                .router, .notice,
                "Neighbours know this router by the later instance \(instance): the clock was set "
                    + "back since. It goes on under a later one"
            )
        case .linkStateExpired(let router):
            (.routerLS, .info, "Link state of router \(router.text) has expired")
        case .routerForgotten(let router):
            (.routerLS, .info, "Router \(router.text) is forgotten")
        case .unknownSender(let router):
            (
                .routerMA, .warning,
                "A message about addresses came from an unknown router: \(router.text)"
            )
        case .tooManyRouters(let router):
            (
                .router, .error,
                "Too many routers in the mesh: \(router.text) is ignored"
            )
        case .tooMuch(let router, .peers):
            (
                .router, .error,
                "Router \(router.text) has more neighbours than are kept: paths by way of those "
                    + "beyond are not known here"
            )
        case .tooMuch(let router, .addresses):
            (
                .router, .error,
                "Router \(router.text) has more addresses than are kept: messages for those beyond "
                    + "do not go there from here"
            )
        case .trunkSilent(let trunk, let isHeard):
            (
                .router, .warning,
                "[C\(trunk.number)] "
                    + (isHeard
                        ? "The neighbour does not hear this router's HELLOs"
                        : "No HELLO of the neighbour comes in")
                    + ": the connection is cut, to be dialled anew"
            )
        case .pathsComputed(let paths): (.routerLS, .info, "Computed next hops: {\(paths.hops)}")
        }
    }
}

extension ComputedPaths {
    /// No line names more routers.
    private static let mostNamed = 250

    private func named(_ text: (Row) -> String) -> String {
        let named = rows.prefix(Self.mostNamed).map(text).joined(separator: ", ")
        let rest = rows.count - Self.mostNamed
        return rest > 0 ? "\(named), … and \(rest) more" : named
    }

    fileprivate var hops: String { named { "'\($0.router.text)': '\($0.nextHop.text)'" } }

    /// The lines after the first.
    var furtherLines: [String] {
        let costs = named { "'\($0.router.text)': \($0.cost)" }
        return ["Computed costs: {\(costs)}", "Computed radius: \(radius)"]
    }
}
