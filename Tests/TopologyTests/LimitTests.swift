import Basis
import Testing
import Topology

/// What is kept of a router that tells too much.
@Suite struct `The most that is kept` {
    private func address(_ key: AddressKey) -> MobileAddress { MobileAddress(key: key, hint: 3) }

    @Test func `of neighbours is bounded, and that is said once for each router`() {
        var limits = Limits()
        limits.peers = 10
        var router = Subject(limits: limits)
        router.join("B")
        let peers = (0..<2_500).map { LinkState.Peer(id: RouterID("P\($0)"), cost: 1) }
        for sequence in 1...3 {
            let all = [LinkState.Peer(id: "A", cost: 1)] + peers.dropFirst(sequence)
            let state = LinkState(sequence: SequenceNumber(bounded: UInt64(sequence)), peers: all)
            router.receive(.lsu(id: "B", instance: 200, state))
            let said = router.effects.contains(.log(.tooMuch("B", .peers)))
            #expect(said == (sequence == 1))
        }
        router.pass(400)
        #expect(router.path("B").map { $0.linkState.count } == 10)
        #expect(router.path("B").map { $0.linkState.first } == "A")
    }

    @Test func `of the neighbours of all routers is bounded`() {
        var limits = Limits()
        limits.peersInAll = 30
        var router = Subject(limits: limits)
        router.join("B", on: 1)
        router.join("C", on: 2)
        for (trunk, id) in [(1, "B"), (2, "C")] as [(TrunkID, RouterID)] {
            let peers = (0..<20).map { LinkState.Peer(id: RouterID("\(id)\($0)"), cost: 1) }
            router.receive(
                .lsu(id: id, instance: 200, LinkState(sequence: 1, peers: peers)), on: trunk)
        }
        #expect(router.path("B").map { $0.linkState.count } == 20)
        #expect(router.path("C").map { $0.linkState.count } == 10)
        #expect(router.effects.contains(.log(.tooMuch("C", .peers))))
        router.links("B", sequence: 2, ["A": 1])
        router.links("C", sequence: 2, ["A": 1, "X": 1])
        #expect(router.path("C").map { $0.linkState.count } == 2)
    }

    @Test
    func `of addresses is bounded, and that is said once; there is room again for as many as go`() {
        var limits = Limits()
        limits.addressOctets = 10_000
        var router = Subject(limits: limits)
        router.learn([("A", "B", 1)])
        func told(_ range: Range<Int>, _ removed: Range<Int>) -> AddressUpdate {
            .differential(
                adding: range.map { address("M0\($0)") },
                removing: removed.map { "M0\($0)" })
        }
        router.receive(.mau(id: "B", sequence: 1, told(0..<500, 0..<0)))
        let count = router.path("B").map { $0.addressCount } ?? 0
        #expect(count > 10 && count < 30)
        #expect(router.effects.contains(.log(.tooMuch("B", .addresses))))
        router.receive(.mau(id: "B", sequence: 2, told(500..<600, 0..<10)))
        #expect(!router.effects.contains(.log(.tooMuch("B", .addresses))))
        #expect(router.path("B").map { $0.addressCount } == count - 10)
        router.receive(.mau(id: "B", sequence: 3, told(600..<800, 0..<0)))
        #expect(router.path("B").map { $0.addressCount } == count)
        router.receive(.mau(id: "B", sequence: 4, .absolute([])))
        #expect(router.path("B").map { $0.addressCount } == 0)
    }

    @Test func `of the addresses of all routers is bounded`() {
        var limits = Limits()
        limits.addressOctetsInAll = 10_000
        var router = Subject(limits: limits)
        router.learn([("A", "B", 1), ("A", "C", 1)])
        func fill(_ id: RouterID) {
            let all = (0..<15).map { address("M0\(id)\($0)") }
            router.receive(.mau(id: id, sequence: 1, .absolute(all)), on: 2)
        }
        fill("B")
        fill("C")
        #expect(router.path("B").map { $0.addressCount } == 15)
        #expect(router.path("C").map { $0.addressCount < 15 } == true)
        router.handle(.trunkClosed(1))
        router.pass(seconds: 70, with: ["X", "C"])
        fill("C")
        #expect(router.path("B") == nil)
        #expect(router.path("C").map { $0.addressCount } == 15)
    }

    @Test func `and the most that is asked at once are bounded; the rest is asked soon`() {
        var router = Subject()
        router.join("B")
        let peers = (0..<1_000).map { LinkState.Peer(id: RouterID("P\($0)"), cost: 1) }
        let state = LinkState(sequence: 1, peers: peers + [LinkState.Peer(id: "A", cost: 1)])
        router.receive(.lsu(id: "B", instance: 200, state))
        var asked: Set<Mesh.Effect> = []
        var most = 0
        for _ in 0..<30 {
            router.pass(10)
            let now = router.past.filter { effect in
                if case .send(.lsr, to: .router) = effect { true } else { false }
            }
            most = max(most, now.count)
            asked.formUnion(now)
        }
        #expect(asked.count >= 1_000)
        #expect(most <= 2 * 257)
    }
}
