import Basis
import Testing
import Topology

@Suite struct `Records` {
    /// Of C, as a neighbour of B.
    static func record(
        instance: Instance = 300, age: Milliseconds = 0, links: SequenceNumber = 1, cost: Int = 1
    ) -> RouterRecord {
        RouterRecord(
            id: "C", instance: instance, age: age,
            linkState: LinkState(sequence: links, peers: [LinkState.Peer(id: "B", cost: cost)]),
            addresses: RouterRecord.Addresses(
                sequence: links, all: [MobileAddress(key: "M0c", hint: 2)]))
    }

    static let ofB = RouterRecord(
        id: "B", instance: 200, age: 0,
        linkState: LinkState(
            sequence: 1,
            peers: [LinkState.Peer(id: "A", cost: 1), LinkState.Peer(id: "C", cost: 1)]
        ))

    private func told(_ router: Subject) -> [(routers: [RouterID], trunks: [TrunkID])] {
        router.effects.compactMap { effect in
            guard case .send(.records(_, let records), to: .neighbours(on: let trunks)) = effect
            else { return nil }
            return (records.map(\.id), trunks)
        }
    }

    @Test func `are offered to a new neighbour that is a Martlet, and to no other`() {
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1, takesRecords: true))
        router.hello("B")
        #expect(router.sent.contains { if case .summary = $0 { true } else { false } })
        router.handle(.trunkOpened(2, cost: 1))
        router.hello("C", on: 2)
        #expect(!router.sent.contains { if case .summary = $0 { true } else { false } })
    }

    @Test func `answer a summary with what it lacks`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.ofB, Self.record()]))
        router.pass(400)
        let held = [
            RouterSummary(id: "B", instance: 200, linkStateSequence: 1, mobileSequence: 0),
            RouterSummary(id: "A", instance: 100, linkStateSequence: 1, mobileSequence: 0),
        ]
        router.receive(.summary(id: "B", held))
        #expect(told(router).map(\.routers) == [["C"]])
        router.receive(
            .summary(
                id: "B",
                held + [
                    RouterSummary(id: "C", instance: 300, linkStateSequence: 1, mobileSequence: 1)
                ]))
        #expect(told(router).isEmpty)
    }

    @Test func `are believed, and the router is not asked again`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.ofB, Self.record()]))
        #expect(router.effects.contains(.addressMapped(MobileAddress(key: "M0c", hint: 2), "C")))
        router.pass(2_000)
        #expect(router.mesh.nextHop(to: "C") == 1)
        #expect(!router.sentInThePast.contains { $0.isLinkStateRequest || $0.isAddressRequest })
    }

    @Test func `that do not come are asked for a little later`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.ofB]))
        router.announce("C", instance: 300, trace: ["C", "B"])
        router.pass(100)
        #expect(!router.sentInThePast.contains(.lsr(id: "A")))
        router.pass(300)
        #expect(router.sentInThePast.contains(.lsr(id: "A")))
    }

    @Test func `go on once, to the other Martlets`() {
        var router = Subject()
        router.join("B", on: 1, isMartlet: true)
        router.join("D", on: 2, isMartlet: true)
        router.join("E", on: 3)
        router.receive(.records(id: "B", [Self.record()]), on: 1)
        #expect(told(router).map(\.trunks) == [[2]])
        router.receive(.records(id: "D", [Self.record()]), on: 2)
        #expect(told(router).isEmpty)
        router.links("E", ["A": 1])
        #expect(router.mesh.nextHop(to: "E") == 3)
    }

    @Test func `hand on what a qdrouterd answered`() {
        var router = Subject()
        router.join("B", on: 1, isMartlet: true)
        router.join("E", on: 2)
        let state = LinkState(sequence: 1, peers: [LinkState.Peer(id: "A", cost: 1)])
        router.receive(.lsu(id: "E", instance: 200, state), on: 2)
        #expect(told(router).map(\.routers) == [["E"]])
    }

    @Test func `do not raise the dead: they age as they travel`() {
        var router = Subject()
        router.now = Instant(milliseconds: 200_000)
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.record(age: 59_000)]))
        #expect(!told(router).isEmpty || router.mesh.routerCount == 3)
        router.pass(3_000)
        #expect(router.facts.contains(.linkStateExpired("C")))
        router.receive(.records(id: "B", [Self.record(age: 61_000, links: 2)]))
        #expect(!router.effects.contains(.addressMapped(MobileAddress(key: "M0c", hint: 2), "C")))
    }

    @Test func `of a former life are not believed, and of a later one tell of a restart`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.record()]))
        router.receive(.records(id: "B", [Self.record(instance: 299, links: 9)]))
        #expect(router.effects == [])
        router.receive(.records(id: "B", [Self.record(instance: 301)]))
        #expect(router.effects.contains(.log(.routerRestarted("C"))))
        #expect(router.effects.contains(.addressMapped(MobileAddress(key: "M0c", hint: 2), "C")))
    }

    @Test func `of this router's own make it count on from there (IR-54)`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        let mine = RouterSummary(
            id: "A", instance: 100, linkStateSequence: 7, mobileSequence: 5)
        router.receive(.summary(id: "B", [mine]))
        let sent = router.sent
        router.pass(400)
        let record = RouterRecord(
            id: "A", instance: 100, age: 0,
            linkState: LinkState(sequence: 8, peers: [LinkState.Peer(id: "B", cost: 1)]),
            addresses: RouterRecord.Addresses(sequence: 6, all: []))
        #expect((sent + router.sentInThePast).contains(.records(id: "A", [record])))
    }

    @Test func `are not needed for that: a MAR with a higher number tells too`() {
        var router = Subject()
        router.join("B")
        router.links("B", ["A": 1])
        router.receive(.mar(id: "B", haveSequence: 5))
        let sent = router.sent
        router.pass(400)
        #expect(
            (sent + router.sentInThePast).contains {
                if case .ra(_, _, _, mobileSequence: 6) = $0 { true } else { false }
            })
    }

    // MARK: Lives

    private func former(_ instance: Instance) -> ControlMessage {
        .records(id: "B", [RouterRecord(id: "A", instance: instance, age: 0)])
    }

    @Test func `of a later life than the present one make the router begin one that is above it`() {
        var router = Subject(formerSequence: 100)
        router.join("B", isMartlet: true)
        router.receive(former(5_000))
        #expect(router.effects.contains(.log(.lifeOutbid(5_000))))
        let life = router.mesh.instance
        #expect(life > 5_000)
        #expect(router.effects.contains(.lifeBegan(life)))
        let hello = router.sent.first { $0.isHello }
        #expect(hello.map { "\($0)".contains("\(life)") } == true)
        let sent = router.sent
        router.pass(400)
        let told = (sent + router.sentInThePast).compactMap { message in
            if case .records(_, let records) = message {
                records.first { $0.id == "A" }
            } else {
                nil
            }
        }
        #expect(told.last?.instance == life)
        #expect(told.last?.linkState.map { $0.sequence > life.firstSequence } == true)
    }

    @Test func `in a summary do so too`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        let mine = RouterSummary(
            id: "A", instance: 5_000, linkStateSequence: 7, mobileSequence: 5)
        router.receive(.summary(id: "B", [mine]))
        #expect(router.mesh.instance > 5_000)
    }

    @Test func `of two routers of one name do not outbid each other for ever`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        for _ in 0..<10 { router.receive(former(router.mesh.instance.next)) }
        let life = router.mesh.instance
        router.receive(former(life.next))
        #expect(router.mesh.instance == life)
        router.receive(former(life.next.next))
        #expect(router.effects == [.log(.duplicateRouterID("A"))])
    }

    @Test func `of its later life are told to a neighbour whose clock was set back, once`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.hello("B", instance: 150, seen: [])
        let later = ControlMessage.records(
            id: "A", [RouterRecord(id: "B", instance: 200, age: 0)])
        #expect(router.sent.contains(later))
        router.hello("B", instance: 150)
        #expect(router.sent.contains(later))
        #expect(router.effects.contains(.log(.routerRestarted("B"))))
        router.hello("B", instance: 150)
        #expect(!router.sent.contains(later))
    }

    @Test func `of another life than the one that a neighbour says it is in are not believed`() {
        var router = Subject()
        router.join("B", on: 1, isMartlet: true)
        router.join("C", on: 2, isMartlet: true)
        router.hello("C", on: 2, instance: 150)
        router.receive(.records(id: "B", [Self.record(instance: 200, links: 9)]))
        router.receive(.records(id: "B", [Self.record(instance: 300, links: 9)]))
        #expect(!router.effects.contains { if case .addressMapped = $0 { true } else { false } })
        #expect(router.facts == [])
        router.pass(11_000)
        router.hello("C", on: 2, instance: 150)
        router.receive(.records(id: "B", [Self.record(instance: 200, links: 9)]))
        #expect(router.facts == [])
    }
}
