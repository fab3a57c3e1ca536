import Basis
import Testing
import Topology

@Suite struct `Paths` {
    @Test func `are the cheapest (IR 4.1)`() {
        var router = Subject()
        router.learn([("A", "B", 10), ("A", "C", 1), ("C", "D", 1), ("D", "B", 1)])
        let path = router.path("B")
        #expect(path?.cost == 3)
        #expect(path?.nextHop == "C")
        #expect(router.mesh.radius == 3)
    }

    @Test func `among equals pass the router whose id is first (IR-57)`() {
        var router = Subject()
        router.learn([("A", "C", 1), ("A", "B", 1), ("B", "D", 1), ("C", "D", 1)])
        #expect(router.path("D")?.nextHop == "B")
    }

    @Test func `order ids by their code points`() {
        #expect(RouterID("Z") < "a")
        #expect(RouterID("R10") < "R9")
        #expect(RouterID("z") < "é")
    }

    @Test func `lead to routers that have not told their neighbours yet (IR 4.1)`() {
        var router = Subject()
        router.join("B")
        router.links("B", ["A": 1, "C": 4])
        #expect(router.path("C")?.cost == 5)
    }

    @Test func `of routers out of reach end, and the addresses stay (IR 3.6)`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("B", "C", 1)])
        router.receive(
            .mau(
                id: "C", sequence: 1,
                .differential(adding: [MobileAddress(key: "M0a", hint: 3)], removing: [])))
        router.handle(.trunkClosed(1))
        #expect(router.effects.contains(.routerUnreachable("C")))
        #expect(!router.effects.contains(.addressUnmapped(key: "M0a", "C")))
    }

    @Test func `give up messages that came farther than any path goes (IR-28)`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("B", "C", 1)])
        #expect(router.mesh.radius == 2)
        #expect(!router.mesh.isHopLimitExceeded(traceCount: 3))
        #expect(router.mesh.isHopLimitExceeded(traceCount: 4))
    }

    @Test func `as long as others in cost but longer in hops count for the limit`() {
        var router = Subject()
        router.learn([("A", "B", 4), ("A", "C", 1), ("C", "D", 1), ("D", "E", 1), ("E", "B", 1)])
        #expect(router.path("B")?.cost == 4)
        #expect(router.mesh.radius == 4)
    }

    // MARK: Valid origins (IR 4.2)

    @Test func `make valid origins in a line`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1)])
        #expect(router.validOrigins(of: "C") == ["A", "B"])
        #expect(router.validOrigins(of: "A") == ["B", "C"])
        var end = Subject("A")
        end.learn([("A", "B", 1), ("B", "C", 1)])
        #expect(end.validOrigins(of: "C") == ["A"])
        #expect(end.validOrigins(of: "X") == [])
    }

    @Test func `make valid origins in a ring`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1), ("C", "D", 1), ("D", "A", 1)])
        #expect(router.validOrigins(of: "C") == ["A", "B"])
        #expect(router.validOrigins(of: "A") == ["B", "C"])
        #expect(router.validOrigins(of: "D") == ["B"])
    }

    @Test func `make no valid origins but oneself in a triangle`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1), ("C", "A", 1)])
        #expect(router.validOrigins(of: "A") == ["B"])
        #expect(router.validOrigins(of: "C") == ["B"])
    }

    // MARK: Multicast (IR 6)

    @Test func `carry one copy each to the next hops`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1), ("C", "D", 1)])
        let trunks = router.multicastTrunks(["A", "C", "D"], from: nil, trace: [])
        #expect(trunks == [1, 2])
        #expect(
            router.multicastTrunks(["A", "C", "D"], from: "A", trace: ["A"]) == [2])
    }

    @Test func `carry no copy round a triangle`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1), ("C", "A", 1)])
        #expect(router.multicastTrunks(["A", "C"], from: "A", trace: ["A"]) == [])
        #expect(router.isOnTree(["A"]))
        #expect(!router.isOnTree(["A", "C"]))
    }

    @Test func `carry nothing that entered at a router never heard of`() {
        var router = Subject("B")
        router.learn([("A", "B", 1), ("B", "C", 1)])
        #expect(router.multicastTrunks(["A", "C"], from: "X", trace: ["X"]) == [])
    }
}
