import Addressing
import Testing

@testable import Forwarding
@testable import Routing

@Suite struct `Link routes` {
    typealias Rule = LinkRoutes.Rule
    private let one = ConnectionID(number: 1)
    private let broker = RouteContainer(id: "broker", connectionName: nil)
    private let two = ConnectionID(number: 2)

    private func rule(
        _ number: UInt64, _ match: AddressMatch = .prefix("lr"),
        _ direction: LinkDirection = .incoming, _ server: Rule.Server = .container("broker")
    ) -> Rule {
        Rule(number: number, name: "r\(number)", match: match, direction: direction, server: server)
    }

    private func run(
        _ routes: inout LinkRoutes, _ body: (inout LinkRoutes, inout [LinkRoutes.Effect]) -> Void
    ) -> [LinkRoutes.Effect] {
        var effects: [LinkRoutes.Effect] = []
        body(&routes, &effects)
        return effects
    }

    /// RS-250
    @Test func `a prefix or pattern matches in its direction alone`() {
        var routes = LinkRoutes()
        _ = run(&routes) { $0.add(rule(1), into: &$1) }
        _ = run(&routes) { $0.add(rule(2, .pattern("*/q/#"), .outgoing), into: &$1) }
        #expect(routes.destination(of: "lr", .incoming) == .nobody)
        #expect(routes.destination(of: "lr.a/b", .incoming) == .nobody)
        #expect(routes.destination(of: "lrx", .incoming) == nil)
        #expect(routes.destination(of: "lr", .outgoing) == nil)
        #expect(routes.destination(of: "a.q", .outgoing) == .nobody)
        #expect(routes.entries.keys.sorted() == ["Clr", "F*/q/#"])
    }

    /// RS-255
    @Test func `containers take turns and come before other routers`() {
        var routes = LinkRoutes()
        let here = rule(1)
        _ = run(&routes) { $0.add(here, into: &$1) }
        routes.setRouter(RouterIndex(number: 7), key: "Clr", isMapped: true)
        #expect(routes.destination(of: "lr", .incoming) == .router(RouterIndex(number: 7)))
        var effects = run(&routes) { $0.opened(one, broker, into: &$1) }
        #expect(effects == [.activated(here, one), .announce(key: "Clr")])
        effects = run(&routes) { $0.opened(two, broker, into: &$1) }
        #expect(effects == [.activated(here, two)])
        let places = (0..<4).map { _ in routes.destination(of: "lr", .incoming) }
        #expect(places[0] != places[1] && places[0] == places[2] && places[1] == places[3])
        effects = run(&routes) { $0.closed(one, into: &$1) }
        #expect(effects == [.deactivated(here, one)])
        effects = run(&routes) { $0.closed(two, into: &$1) }
        #expect(effects == [.deactivated(here, two), .withdraw(key: "Clr")])
        #expect(!routes.isActive(here))
    }

    /// RS-271
    @Test func `a route that a connection made ends with it`() {
        var routes = LinkRoutes()
        let own = rule(1, .pattern("a/*"), .outgoing, .asker(one))
        var effects = run(&routes) { $0.add(own, into: &$1) }
        #expect(effects == [.activated(own, one), .announce(key: "Fa/*")])
        #expect(routes.destination(of: "a/b", .outgoing) == .container(one, own))
        effects = run(&routes) { $0.closed(one, into: &$1) }
        #expect(effects == [.deactivated(own, one), .withdraw(key: "Fa/*")])
        #expect(routes.entries.isEmpty)
        #expect(routes.destination(of: "a/b", .outgoing) == nil)
    }

    /// RS-460
    @Test func `a pattern that another router announces is routed until it is withdrawn`() {
        var routes = LinkRoutes()
        routes.setRouter(RouterIndex(number: 3), key: "Dlr", isMapped: true)
        routes.setRouter(RouterIndex(number: 3), key: "Dlr", isMapped: true)
        #expect(routes.destination(of: "lr/q", .outgoing) == .router(RouterIndex(number: 3)))
        routes.setRouter(RouterIndex(number: 3), key: "Dlr", isMapped: false)
        #expect(routes.destination(of: "lr/q", .outgoing) == nil)
        #expect(routes.entries.isEmpty)
    }

    @Test func `a pattern of too many tokens is none`() {
        var routes = LinkRoutes()
        let long = String(repeating: "a/", count: 300) + "b"
        routes.setRouter(RouterIndex(number: 3), key: "E" + long, isMapped: true)
        let effects = run(&routes) { $0.add(rule(1, .pattern(long)), into: &$1) }
        #expect(effects.isEmpty)
        #expect(routes.entries.isEmpty && routes.rules.isEmpty)
    }

    /// RS-259
    @Test func `a prefix is cut before another is set, and both are undone`() {
        let both = AddressTranslation("ext/q", full: "ext/q", adding: "in/", removing: "ext/")
        #expect(both?.far == "in/q")
        #expect(both?.back("in/q") == "ext/q")
        #expect(both?.back("in/other") == "ext/other")
        #expect(both?.back("strange") == "strange")
        #expect(AddressTranslation("a", full: "a", adding: "", removing: "a") == nil)
        #expect(AddressTranslation("a", full: "h/a", adding: "", removing: "")?.far == "h/a")
    }
}
