import Basis
import Testing
import Topology

@Suite struct `Neighbours` {
    @Test func `hear a HELLO on every trunk each second, naming those heard (IR-43)`() {
        var router = Subject.withSecondTrunkToB
        router.pass(1_000)
        let hello = ControlMessage.hello(id: "A", instance: 100, seen: ["B"])
        #expect(router.past.contains(.send(hello, to: .neighbours(on: [1, 2]))))
    }

    @Test func `hear a HELLO at once on a new trunk, and again when they are first heard`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        #expect(router.sent == [.hello(id: "A", instance: 100, seen: [])])
        router.hello("B", seen: [])
        #expect(router.sent == [.hello(id: "A", instance: 100, seen: ["B"])])
        router.hello("B", seen: [])
        #expect(router.sent == [])
    }

    @Test func `are those that hear this router (IR-44)`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        router.hello("B", seen: [])
        #expect(!router.effects.contains(.neighbourUp("B", 1)))
        router.hello("B", seen: ["A"])
        #expect(router.effects.contains(.neighbourUp("B", 1)))
        router.pass(20)
        #expect(router.mesh.nextHop(to: "B") == 1)
    }

    @Test func `are lost when they say no more for three seconds that they hear (IR-44)`() {
        var router = Subject()
        router.join("B")
        for _ in 0..<2 {
            router.pass(1_000)
            router.hello("B", seen: [])
        }
        router.pass(900)
        #expect(router.mesh.nextHop(to: "B") == 1)
        router.pass(1_200)
        #expect(router.past.contains(.neighbourLost("B", 1)))
        #expect(router.mesh.nextHop(to: "B") == nil)
    }

    @Test func `are lost at once with their trunk (IR-17)`() {
        var router = Subject()
        router.join("B")
        router.handle(.trunkClosed(1))
        #expect(router.effects.contains(.neighbourLost("B", 1)))
        #expect(router.effects.contains(.routerUnreachable("B")))
    }

    @Test func `are not lost because this router stood still`() {
        var router = Subject()
        router.join("B")
        router.now = router.now + .seconds(20)
        router.handle(.timerFired)
        #expect(router.mesh.nextHop(to: "B") == 1)
    }

    @Test func `move to another way at once if there is one`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("A", "C", 1), ("B", "C", 1)])
        router.handle(.trunkClosed(1))
        #expect(
            router.effects.contains(
                .routerReachable("B", Mesh.Path(trunk: 2, nextHop: "C", cost: 2, hops: 2))))
    }

    @Test func `with two trunks use the newer, and the older when that one goes`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2)
        #expect(router.effects.contains(.neighbourMoved("B", from: 1, to: 2)))
        router.hello("B", on: 1)
        #expect(router.mesh.nextHop(to: "B") == 2)
        router.handle(.trunkClosed(2))
        #expect(router.effects.contains(.neighbourMoved("B", from: 2, to: 1)))
        #expect(router.mesh.nextHop(to: "B") == 1)
    }

    @Test func `over a newer trunk of the same cost are no change of topology`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 1)
        router.pass(1_000)
        let before = router.mesh.lastTopologyChange
        let sequence = router.mesh.rows
        router.hello("B", on: 2)
        #expect(router.mesh.nextHop(to: "B") == 2)
        #expect(router.mesh.isInUse(2))
        #expect(!router.mesh.isInUse(1))
        #expect(router.facts == [.trunkSuperseded("B", 1, by: 2)])
        #expect(router.mesh.lastTopologyChange == before)
        #expect(router.mesh.rows.map(\.linkState) == sequence.map(\.linkState))
    }

    @Test func `with two trunks hear a HELLO on the one when the other goes`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2)
        router.handle(.trunkClosed(1))
        let hello = ControlMessage.hello(id: "A", instance: 100, seen: ["B"])
        #expect(router.effects.contains(.send(hello, to: .neighbours(on: [2]))))
    }

    @Test func `that reconnect before their old connection's death leave nothing behind`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2)
        #expect(router.facts.contains(.trunkSuperseded("B", 1, by: 2)))
        router.handle(.trunkClosed(1))
        #expect(!router.effects.contains(.neighbourLost("B", 1)))
        #expect(router.mesh.nextHop(to: "B") == 2)
        router.handle(.trunkClosed(2))
        #expect(router.effects.contains(.neighbourLost("B", 2)))
        #expect(router.mesh.nextHop(to: "B") == nil)
    }

    @Test func `that restart leave none of their former connections behind (IR 3.7)`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2, instance: 201, seen: [])
        #expect(!router.effects.contains(.trunkDead(1)))
        router.hello("B", on: 2, instance: 201)
        #expect(router.effects.contains(.trunkDead(1)))
        #expect(!router.effects.contains(.trunkDead(2)))
    }

    @Test func `that speak on a newer connection only have left the older one`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 1)
        for _ in 0..<3 {
            router.hello("B", on: 2)
            #expect(!router.effects.contains(.trunkDead(1)))
            router.pass(1_000)
        }
        router.hello("B", on: 2)
        router.pass(1_100)
        #expect(router.past.contains(.trunkDead(1)))
        #expect(!router.past.contains(.trunkDead(2)))
    }

    @Test func `silent on their newest connection are not cut off from it`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2)
        for _ in 0..<6 {
            router.hello("B", on: 1)
            router.pass(1_000)
            #expect(!router.past.contains(.trunkDead(2)))
        }
        #expect(router.mesh.nextHop(to: "B") == 1)
    }

    @Test func `over two connections are said to be so whichever is heard first (IR 1.3)`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        router.handle(.trunkOpened(2, cost: 1))
        router.hello("B", on: 2)
        router.hello("B", on: 1)
        #expect(router.facts == [.trunkSuperseded("B", 1, by: 2)])
        router.hello("B", on: 1)
        #expect(router.facts == [])
        #expect(router.mesh.nextHop(to: "B") == 2)
    }

    @Test func `of another name than before replace the former, and that is said`() {
        var router = Subject()
        router.join("B")
        router.hello("C")
        #expect(router.facts.contains(.identityChanged(1, from: "B", to: "C")))
        #expect(router.effects.contains(.neighbourLost("B", 1)))
        router.pass(20)
        #expect(router.mesh.nextHop(to: "C") == 1)
        #expect(router.mesh.nextHop(to: "B") == nil)
    }

    @Test func `of this router's name are reported and ignored (IR-46)`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        router.hello("A", instance: 999)
        #expect(router.facts == [.duplicateRouterID("A")])
        router.hello("A", instance: 999)
        #expect(router.facts == [])
        router.hello("A", instance: 100)
        #expect(router.facts == [.trunkToMyself(1)])
        #expect(router.mesh.routerCount == 1)
    }

    @Test func `of one name, in turn heard of two boots, are said to be two (IR-46)`() {
        var router = Subject.withSecondTrunkToB
        router.hello("B", on: 2, instance: 201)
        #expect(!router.facts.contains(.twinRouters("B")))
        for _ in 0..<10 {
            router.hello("B", on: 1)
            #expect(!router.facts.contains(.twinRouters("B")))
            router.hello("B", on: 2, instance: 201)
            router.pass(1_000)
        }
        router.hello("B", on: 1)
        #expect(router.facts.contains(.twinRouters("B")))
        #expect(!router.effects.contains(.trunkDead(2)))
    }

    @Test func `of a later protocol are reported once (IR-42)`() {
        var router = Subject()
        router.handle(.receivedTooNew(version: 2, from: "B"))
        #expect(router.facts == [.protocolVersionTooNew("B", version: 2)])
        router.handle(.receivedTooNew(version: 2, from: "B"))
        #expect(router.facts == [])
    }

    @Test func `may be more than 128`() {
        var router = Subject()
        for number in 1...300 {
            router.handle(.trunkOpened(TrunkID(number), cost: 1))
            router.hello(RouterID("N\(number)"), on: TrunkID(number))
        }
        router.pass(20)
        #expect(router.mesh.routerCount == 301)
        #expect(router.mesh.nextHop(to: "N300") == 300)
        #expect(router.mesh.floodTargets(trace: []).count == 300)
    }

    // MARK: Silence

    private func cuts(_ router: Subject) -> [Fact] {
        router.facts.filter { if case .trunkSilent = $0 { true } else { false } }
    }

    @Test func `that say nothing on their trunk for nine seconds are cut off, to be dialled anew`()
    {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        router.pass(9_000)
        #expect(cuts(router) == [])
        router.pass(1_000)
        #expect(cuts(router) == [.trunkSilent(1, isHeard: false)])
        #expect(router.past.contains(.trunkDead(1)))
        router.pass(10_000)
        #expect(!router.past.contains(.trunkDead(1)))
    }

    @Test func `that fall silent are cut off too`() {
        var router = Subject()
        router.join("B")
        router.pass(seconds: 20, with: ["B"])
        #expect(cuts(router) == [])
        router.pass(10_100)
        #expect(cuts(router) == [.trunkSilent(1, isHeard: false)])
    }

    @Test func `that do not hear this router are cut off, and this is said`() {
        var router = Subject()
        router.join("B")
        var said: [Fact] = []
        for _ in 0..<12 {
            router.pass(1_000)
            said += cuts(router)
            router.hello("B", seen: ["C"])
        }
        #expect(said == [.trunkSilent(1, isHeard: true)])
    }

    @Test
    func
        `are not cut off for standing by, nor a connection to the router itself for leading there`()
    {
        var router = Subject.withSecondTrunkToB
        router.handle(.trunkOpened(3, cost: 1))
        for _ in 0..<30 {
            router.pass(1_000)
            #expect(cuts(router) == [])
            router.hello("B", on: 1)
            router.hello("B", on: 2)
            router.hello("A", on: 3, instance: 100, seen: [])
        }
    }

    @Test func `are not taken for silent while what they said waits to be received`() {
        var router = Subject()
        router.join("B")
        for _ in 0..<20 {
            router.handle(.fellBehind)
            router.pass(1_000)
            #expect(router.facts == [])
        }
        router.hello("B")
        router.pass(5_000)
        #expect(router.past.contains(.neighbourLost("B", 1)))
    }
}
