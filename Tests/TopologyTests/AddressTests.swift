import Basis
import Testing
import Topology

@Suite struct `Mobile addresses` {
    static func address(_ key: AddressKey) -> MobileAddress { MobileAddress(key: key, hint: 3) }

    @Test func `are told together, before the number is announced (IR-60, IR-61)`() {
        var router = Subject()
        router.join("B")
        router.handle(.localAddressAdded(Self.address("M0b")))
        router.handle(.localAddressAdded(Self.address("M0a")))
        router.pass(20)
        let update = AddressUpdate.differential(
            adding: [Self.address("M0a"), Self.address("M0b")], removing: [])
        let told = router.sentInThePast.filter { !$0.isHello }
        #expect(
            told == [
                .mau(id: "A", sequence: 1, update),
                .ra(id: "A", instance: 100, linkStateSequence: 1, mobileSequence: 1),
            ])
    }

    @Test func `are told at most once a second where a qdrouterd is known (IR-60)`() {
        var router = Subject()
        router.join("B")
        router.handle(.localAddressAdded(Self.address("M0a")))
        router.pass(20)
        router.handle(.localAddressRemoved(key: "M0a"))
        router.pass(900)
        #expect(!router.sentInThePast.contains { $0.id == "A" && $0.isUpdate })
        router.pass(100)
        #expect(
            router.sentInThePast.contains(
                .mau(id: "A", sequence: 2, .differential(adding: [], removing: ["M0a"]))))
    }

    @Test func `are told at once among Martlets, however often they change`() {
        var router = Subject(formerSequence: 1_000)
        router.join("B", isMartlet: true)
        for number in 0..<5 {
            router.handle(.localAddressAdded(Self.address("M0a/\(number)")))
            router.pass(20)
            let update = AddressUpdate.differential(
                adding: [Self.address("M0a/\(number)")], removing: [])
            #expect(
                router.sentInThePast == [
                    .mau(id: "A", sequence: SequenceNumber(bounded: 1_001 + UInt64(number)), update)
                ])
        }
    }

    @Test func `are told on the gather timer, and not to whoever happens to come`() {
        var router = Subject()
        router.join("B")
        router.handle(.trunkOpened(2, cost: 1))
        router.handle(.localAddressAdded(Self.address("M0a")))
        router.now = router.now + 40
        router.hello("C", on: 2)
        #expect(router.sent.contains { $0.isHello } && !router.sent.contains { $0.isUpdate })
        router.handle(.timerFired)
        #expect(router.sent.contains { $0.isUpdate })
    }

    @Test func `that only look alike are different ones (RS-111)`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        let both = [Self.address("M0\u{E9}"), Self.address("M0e\u{301}")]
        router.receive(.mau(id: "B", sequence: 1, .absolute(both)))
        #expect(router.effects == both.map { .addressMapped($0, "B") })
        router.receive(
            .mau(id: "B", sequence: 2, .differential(adding: [], removing: [both[0].key])))
        #expect(router.effects == [.addressUnmapped(key: both[0].key, "B")])
    }

    @Test func `that come and go at once are not told`() {
        var router = Subject()
        router.join("B")
        router.handle(.localAddressAdded(Self.address("M0a")))
        router.handle(.localAddressRemoved(key: "M0a"))
        router.pass(2_000)
        #expect(!router.sentInThePast.contains { $0.isUpdate })
    }

    @Test func `are mapped by a differential of the next number only (IR-62)`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        router.receive(
            .mau(
                id: "B", sequence: 1,
                .differential(
                    adding: [Self.address("M0a")], removing: [])))
        #expect(router.effects.contains(.addressMapped(Self.address("M0a"), "B")))
        router.pass(3_000)
        router.receive(
            .mau(
                id: "B", sequence: 3,
                .differential(
                    adding: [Self.address("M0c")], removing: ["M0a"])))
        #expect(!router.effects.contains(.addressMapped(Self.address("M0c"), "B")))
        #expect(router.sent.contains(.mar(id: "A", haveSequence: 1)))
    }

    @Test func `told twice change nothing (IR-73)`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        let update = ControlMessage.mau(
            id: "B", sequence: 1, .differential(adding: [Self.address("M0a")], removing: []))
        router.receive(update)
        router.receive(update)
        #expect(router.effects == [])
    }

    @Test func `told all at once replace those before (IR-64)`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        router.receive(
            .mau(
                id: "B", sequence: 1,
                .differential(
                    adding: [Self.address("M0a"), Self.address("M0b")], removing: [])))
        router.receive(
            .mau(id: "B", sequence: 4, .absolute([Self.address("M0b"), Self.address("M0c")])))
        #expect(
            router.effects == [
                .addressMapped(Self.address("M0c"), "B"), .addressUnmapped(key: "M0a", "B"),
            ])
    }

    @Test func `are asked for when a higher number is announced`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        router.pass(3_000)
        router.announce("B", links: 1, addresses: 2)
        #expect(router.sent.contains(.mar(id: "A", haveSequence: 0)))
    }

    @Test func `of a router never heard of are refused, and that is said`() {
        var router = Subject()
        router.join("B")
        router.receive(.mau(id: "X", sequence: 1, .absolute([Self.address("M0a")])))
        #expect(router.effects == [.log(.unknownSender("X"))])
    }

    @Test
    func `of a qdrouterd that restarted are asked for once more when none of before can come`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        router.hello("B", instance: 201)
        router.links("B", instance: 201, ["A": 1])
        // Of the former life, though it is the number that the present one begins with.
        router.receive(
            .mau(
                id: "B", sequence: 1,
                .differential(adding: [Self.address("M0former")], removing: [])))
        router.receive(
            .mau(
                id: "B", sequence: 1,
                .differential(adding: [Self.address("M0present")], removing: [])))
        router.announce("B", instance: 201, addresses: 1)
        func asked() -> [ControlMessage] { router.everSent.filter(\.isAddressRequest) }
        let before = asked()
        router.pass(seconds: 11, with: ["B"], instance: 201)
        #expect(asked().dropFirst(before.count).first == .mar(id: "A", haveSequence: 0))
        router.receive(.mau(id: "B", sequence: 1, .absolute([Self.address("M0present")])))
        #expect(router.effects.contains(.addressUnmapped(key: "M0former", "B")))
        #expect(router.effects.contains(.addressMapped(Self.address("M0present"), "B")))
        let after = asked()
        router.pass(seconds: 20, with: ["B"], instance: 201)
        #expect(asked() == after)
    }

    @Test func `are answered to who has older ones, without what is yet to be told (IR-63)`() {
        var router = Subject()
        router.learn([("A", "B", 1)])
        router.handle(.localAddressAdded(Self.address("M0a")))
        router.pass(20)
        router.handle(.localAddressAdded(Self.address("M0b")))
        router.receive(.mar(id: "B", haveSequence: 0))
        #expect(
            router.sent == [.mau(id: "A", sequence: 1, .absolute([Self.address("M0a")]))])
        router.receive(.mar(id: "B", haveSequence: 1))
        #expect(router.sent == [])
    }
}
