import Basis
import RouterSimulation
import Testing
import Topology

@Suite struct `Digests` {
    /// Of a Martlet: its numbers are above its instance.
    private static let ofC = RouterRecord(
        id: "C", instance: 300, age: 0,
        linkState: LinkState(sequence: 301, peers: [LinkState.Peer(id: "B", cost: 1)]),
        addresses: RouterRecord.Addresses(sequence: 300, all: []))

    private static func ofQdrouterd(_ id: RouterID) -> RouterRecord {
        RouterRecord(
            id: id, instance: 300, age: 0,
            linkState: LinkState(sequence: 1, peers: [LinkState.Peer(id: "B", cost: 1)]))
    }

    private func digests(_ router: Subject) -> [UInt64?] {
        router.past.compactMap { effect in
            guard case .send(.hello(_, _, _, let digest), _) = effect else { return nil }
            return digest
        }
    }

    private func hears(_ digest: UInt64?, _ router: inout Subject) {
        router.receive(.hello(id: "B", instance: 200, seen: ["A"], digest: digest))
    }

    @Test func `are told Martlets in every HELLO, and nobody else`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.join("D", on: 2)
        router.pass(1_000)
        let told = router.past.compactMap { effect -> (Bool, [TrunkID])? in
            guard case .send(.hello(_, _, _, let digest), .neighbours(let trunks)) = effect
            else { return nil }
            return (digest != nil, trunks)
        }
        #expect(told.map(\.0) == [false, true])
        #expect(told.map(\.1) == [[2], [1]])
    }

    @Test func `change with what is known, and do not tell in which order it came`() {
        var one = Subject()
        one.join("B", isMartlet: true)
        var other = one
        one.pass(1_000)
        let before = digests(one)
        one.receive(.records(id: "B", [Self.ofC]))
        one.receive(.records(id: "B", [Self.ofQdrouterd("D")]))
        other.receive(.records(id: "B", [Self.ofQdrouterd("D"), Self.ofC]))
        one.pass(1_000)
        other.pass(2_000)
        #expect(digests(one) != before)
        #expect(digests(one).last == digests(other).last)
    }

    @Test func `that stay different make each tell the numbers of what it knows, ever less often`()
    {
        var router = Subject()
        router.join("B", isMartlet: true)
        var summaries: [Int] = []
        for second in 0..<20 {
            router.pass(1_000)
            hears(7, &router)
            if router.sent.contains(where: \.isSummary) { summaries.append(second) }
        }
        #expect(summaries == [1, 3, 5, 7, 9, 13])
    }

    @Test func `that differ while both go on to learn are given two seconds`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        var summaries: [Int] = []
        for second in 0..<6 {
            router.pass(1_000)
            hears(UInt64(second), &router)
            if router.sent.contains(where: \.isSummary) { summaries.append(second) }
        }
        #expect(summaries == [2, 4])
    }

    @Test func `that agree again are forgotten to have differed`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.pass(1_000)
        let own = digests(router).last ?? nil
        for digest in [7, own, 7] {
            hears(digest, &router)
            #expect(!router.sent.contains { $0.isSummary })
            router.pass(1_000)
        }
    }

    @Test func `spare a mesh of Martlets the announcement of changes`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.ofC]))
        router.handle(.localAddressAdded(MobileAddress(key: "M0a", hint: 3)))
        router.pass(20)
        #expect(router.sentInThePast.contains { $0.id == "A" && $0.isUpdate })
        router.pass(seconds: 20, with: ["B"])
        #expect(!router.everSent.contains { $0.isAnnouncement })
        router.pass(seconds: 10, with: ["B"])
        #expect(router.everSent.count { $0.isAnnouncement } == 1)
    }

    @Test func `do not spare it once a qdrouterd is heard of`() {
        var router = Subject()
        router.join("B", isMartlet: true)
        router.receive(.records(id: "B", [Self.ofQdrouterd("D")]))
        router.pass(1_000)
        #expect(router.sentInThePast.contains { $0.isAnnouncement })
        router.handle(.localAddressAdded(MobileAddress(key: "M0a", hint: 3)))
        router.pass(20)
        #expect(router.sentInThePast.contains { $0.isAnnouncement })
    }

    /// Nothing but the digest tells before the next announcement, which is 30 s away.
    @Test func `bring what was lost within seconds`() {
        let network = Network(seed: 1, shape: .line(4))
        network.startAll()
        network.run(for: 10_000)
        network.setWays(1) { $0.lost = 1_000 }
        network.addAddress("M0a", at: 0)
        network.cut(2, isSilent: false)
        network.run(for: 1_000)
        #expect(network.errors(isLong: false) != [])
        network.setWays(1) { $0.lost = 0 }
        network.run(for: 5_000)
        #expect(network.errors(isLong: false) == [])
    }
}
