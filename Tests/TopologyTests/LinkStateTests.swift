import Basis
import Testing
import Topology

@Suite struct `Link states` {
    @Test func `are announced when they change, four seconds in flux, then every thirty (IR-47)`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1))
        router.hello("B")
        let first = ControlMessage.ra(
            id: "A", instance: 100, linkStateSequence: 1, mobileSequence: 0)
        #expect(router.sent.contains(first))
        var times: [UInt64] = []
        let start = router.now
        for _ in 0..<800 {
            if router.now.nanoseconds % 1_000_000_000 < 100_000_000 { router.hello("B") }
            router.pass(100)
            if router.sentInThePast.contains(first) { times.append(router.now.since(start).count) }
        }
        #expect(times.count == 4, "\(times)")
        #expect(zip(times, times.dropFirst()).map { ($1 - $0 + 500) / 1_000 } == [4, 30, 30])
    }

    @Test func `count each change of neighbours once (IR-53)`() {
        var router = Subject()
        router.join("B", on: 1)
        router.join("C", on: 2, cost: 7)
        router.receive(.lsr(id: "B"))
        let state = LinkState(
            sequence: 2,
            peers: [LinkState.Peer(id: "B", cost: 1), LinkState.Peer(id: "C", cost: 7)])
        #expect(
            router.effects == [
                .send(.lsu(id: "A", instance: 100, state), to: .router("B", via: 1))
            ])
    }

    @Test func `of a router that leaves are the dearest, and its addresses are withdrawn`() {
        var router = Subject()
        router.join("B", on: 1)
        router.join("C", on: 2, cost: 1 << 24)
        router.handle(.localAddressAdded(MobileAddress(key: "M0a", hint: nil)))
        router.pass(1_100)
        router.handle(.leaving)
        router.receive(.lsr(id: "B"))
        let state = LinkState(
            sequence: 3,
            peers: [LinkState.Peer(id: "B", cost: 1 << 20), LinkState.Peer(id: "C", cost: 1 << 24)])
        #expect(
            router.effects == [
                .send(.lsu(id: "A", instance: 100, state), to: .router("B", via: 1))
            ])
        router.handle(.localAddressAdded(MobileAddress(key: "M0b", hint: nil)))
        router.pass(1_100)
        router.receive(.mar(id: "B", haveSequence: 0))
        #expect(!"\(router.effects)".contains("M0"))
    }

    @Test func `are asked for when a newer one is announced (IR-49)`() {
        var router = Subject()
        router.join("B")
        router.links("B", sequence: 3, ["A": 1])
        router.announce("B", links: 3)
        #expect(!router.sent.contains(.lsr(id: "A")))
        router.announce("B", links: 4)
        #expect(router.sent.contains(.lsr(id: "A")))
    }

    @Test func `are asked for again, more and more seldom, until they come`() {
        var router = Subject()
        router.join("B")
        router.links("B", ["A": 1])
        router.announce("B", links: 2)
        var asked = 0
        for _ in 0..<16 {
            router.pass(1_000)
            asked += router.sentInThePast.count { $0.isLinkStateRequest }
            router.hello("B")
        }
        #expect(asked == 6)
        router.links("B", sequence: 2, ["A": 1])
        router.pass(30_000)
        #expect(!router.sentInThePast.contains { $0.isLinkStateRequest })
    }

    @Test func `are kept only if they are newer (IR-51)`() {
        var router = Subject()
        router.join("B")
        router.links("B", sequence: 5, ["A": 1, "C": 1])
        router.links("B", sequence: 5, ["A": 1])
        router.links("B", sequence: 4, ["A": 1])
        #expect(router.mesh.nextHop(to: "C") == 1)
        router.links("B", sequence: 6, ["A": 1])
        #expect(router.mesh.nextHop(to: "C") == nil)
    }

    @Test func `name routers that are then asked for theirs (IR-52)`() {
        var router = Subject()
        router.join("B")
        router.handle(
            .received(
                .lsu(
                    id: "B", instance: 200,
                    LinkState(sequence: 1, peers: [LinkState.Peer(id: "C", cost: 2)])),
                Mesh.Arrival(trunk: 1, trace: ["B"], isFlooded: false)))
        #expect(router.effects.contains(.send(.lsr(id: "A"), to: .router("C", via: 1))))
    }

    @Test func `of a router not heard of for a minute are forgotten, then the router (IR-55)`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("B", "C", 1)])
        router.receive(
            .mau(
                id: "C", sequence: 1,
                .differential(adding: [MobileAddress(key: "M0a", hint: 3)], removing: [])))
        router.links("B", sequence: 2, ["A": 1])
        #expect(router.mesh.nextHop(to: "C") == nil)
        router.pass(.seconds(55))
        #expect(!router.past.contains(.addressUnmapped(key: "M0a", "C")))
        router.pass(.seconds(10))
        let gone: [Mesh.Effect] = [.addressUnmapped(key: "M0a", "C"), .routerForgotten("C")]
        #expect(router.past.filter { gone.contains($0) } == gone)
        #expect(router.facts.contains(.linkStateExpired("C")))
    }

    @Test func `of a former life are forgotten with the addresses (IR-54, IR-70)`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("B", "C", 1)])
        router.receive(
            .mau(
                id: "B", sequence: 1,
                .differential(adding: [MobileAddress(key: "M0a", hint: 3)], removing: [])))
        router.announce("B", instance: 201, links: 1, addresses: 0)
        #expect(router.facts.contains(.routerRestarted("B")))
        #expect(router.effects.contains(.addressUnmapped(key: "M0a", "B")))
        #expect(router.sent.contains(.lsr(id: "A")))
        router.links("B", instance: 201, ["A": 1])
        #expect(router.mesh.nextHop(to: "C") == nil)
    }

    @Test func `of a former life that come late are not believed`() {
        var router = Subject()
        router.join("B")
        router.announce("B", instance: 201, links: 1)
        router.announce("B", instance: 200, links: 9)
        #expect(router.effects == [])
        router.receive(
            .lsu(
                id: "B", instance: 200,
                LinkState(sequence: 9, peers: [LinkState.Peer(id: "X", cost: 1)])))
        router.pass(20)
        #expect(router.path("X") == nil)
    }

    @Test func `of an instance that returns after long are believed`() {
        var router = Subject()
        router.join("B")
        router.announce("B", instance: 201)
        router.pass(seconds: 11, with: ["B"], instance: 201)
        router.announce("B", instance: 200)
        #expect(router.facts.contains(.routerRestarted("B")))
    }

    /// So that a qdrouterd that took a former life's LSU for the present one's still asks for it.
    @Test func `have numbers above those of a former life, and so have addresses`() {
        var router = Subject(formerSequence: 5_000)
        router.join("B")
        router.receive(.lsr(id: "B"))
        let state = LinkState(sequence: 5_001, peers: [LinkState.Peer(id: "B", cost: 1)])
        #expect(router.sent.contains(.lsu(id: "A", instance: 100, state)))
        let address = MobileAddress(key: "M0a", hint: 3)
        router.handle(.localAddressAdded(address))
        router.pass(20)
        let update = AddressUpdate.differential(adding: [address], removing: [])
        #expect(
            router.sentInThePast == [
                .mau(id: "A", sequence: 5_001, update),
                .ra(id: "A", instance: 100, linkStateSequence: 5_001, mobileSequence: 5_001),
            ])
    }

    @Test func `that keep lower numbers than are stored tell of a restart within one instance`() {
        var router = Subject()
        router.join("B")
        router.links("B", sequence: 9, ["A": 1, "C": 1])
        router.announce("B", links: 1)
        #expect(router.mesh.nextHop(to: "C") == 1)
        router.pass(.seconds(3))
        router.announce("B", links: 1)
        #expect(router.facts.contains(.routerRestarted("B")))
        router.links("B", sequence: 1, ["A": 1])
        #expect(router.path("C")?.cost == nil)
    }

    @Test func `are flooded once, though many copies come (IR-48, IR-73)`() {
        var router = Subject()
        router.learn([("A", "B", 1), ("A", "C", 1), ("A", "D", 1), ("B", "C", 1), ("B", "D", 1)])
        router.announce("B", links: 1, on: 1)
        #expect(router.effects.contains(.relay(on: [2, 3])))
        router.announce("B", links: 1, on: 2, trace: ["B", "C"])
        #expect(!router.effects.contains(.relay(on: [3])))
        router.announce("B", links: 2, on: 2, trace: ["B", "C"])
        #expect(router.effects.contains(.relay(on: [3])))
        router.pass(seconds: 4, with: ["B", "C", "D"])
        router.announce("B", links: 2, on: 1)
        #expect(router.effects.contains(.relay(on: [2, 3])))
    }
}
