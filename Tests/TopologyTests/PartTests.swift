import Basis
import Testing
import Topology

/// A router with more addresses than one message holds.
@Suite struct `Many addresses` {
    private static let all = (0..<6_000).map { number in
        MobileAddress(key: "M0an/address/of/some/length/\(10_000 + number)", hint: 3)
    }

    /// Has them, and has told what it had to tell.
    private static func rich() -> Subject {
        var router = Subject("R", formerSequence: 1_000)
        for address in all { router.handle(.localAddressAdded(address)) }
        router.pass(100)
        return router
    }

    /// What R answers a MAR.
    private static func answers(have: SequenceNumber) -> [ControlMessage] {
        var router = rich()
        router.learn([("R", "A", 1)])
        router.receive(.mar(id: "A", haveSequence: have))
        return router.sent
    }

    private func octets(_ message: ControlMessage) -> Int {
        switch message {
        case .mau(_, _, .absolute(let all), _), .mau(_, _, .differential(let all, _), _):
            all.reduce(0) { $0 + $1.key.text.utf8.count }
        case .records(_, let records):
            records.reduce(0) {
                $0 + ($1.addresses?.all.reduce(0) { $0 + $1.key.text.utf8.count } ?? 0)
            }
        default: 0
        }
    }

    private func mapped(_ router: Subject) -> Set<AddressKey> {
        router.effects.reduce(into: []) { keys, effect in
            if case .addressMapped(let address, "R") = effect { keys.insert(address.key) }
        }
    }

    @Test func `are told in messages of bounded length, numbered one by one`() {
        let updates = Self.rich().everSent.filter(\.isUpdate)
        #expect(updates.count > 2)
        #expect(updates.allSatisfy { octets($0) <= 65_536 })
        var router = Subject()
        router.learn([("A", "R", 1)])
        // A Martlet's numbers go on from its instance; here the neighbour was heard from the start.
        router.receive(.mau(id: "R", sequence: 1_000, .absolute([])))
        var keys: Set<AddressKey> = []
        for update in updates {
            router.receive(update)
            keys.formUnion(mapped(router))
        }
        #expect(keys == Set(Self.all.map(\.key)))
    }

    @Test func `are answered in parts, the first absolute, the others its differentials (IR-63)`() {
        let answers = Self.answers(have: 0)
        #expect(answers.count > 2)
        #expect(answers.allSatisfy { octets($0) <= 65_536 })
        var sequences: [SequenceNumber] = []
        for (place, answer) in answers.enumerated() {
            guard case .mau("R", let sequence, let update, let part) = answer else { continue }
            sequences.append(sequence)
            #expect(Int(part.index) == place && Int(part.more) == answers.count - 1 - place)
            if case .absolute = update { #expect(place == 0) } else { #expect(place > 0) }
        }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0.next == $1 })
    }

    @Test func `that come in parts take nothing away that is in a later one`() {
        let answers = Self.answers(have: 0)
        var router = Subject()
        router.learn([("A", "R", 1)])
        let gone = MobileAddress(key: "M0gone", hint: 3)
        router.receive(.mau(id: "R", sequence: 500, .absolute(Self.all + [gone])))
        var effects: [Mesh.Effect] = []
        for answer in answers {
            router.receive(answer)
            effects += router.effects
        }
        #expect(effects == [.addressUnmapped(key: "M0gone", "R")])
        #expect(router.path("R").map { $0.addressCount } == Self.all.count)
    }

    @Test func `of which a part is missing are asked for again`() {
        let answers = Self.answers(have: 0)
        var router = Subject()
        router.learn([("A", "R", 1)])
        router.announce("R", links: 1, addresses: 2_000)
        for (place, answer) in answers.enumerated() where place != 1 { router.receive(answer) }
        #expect(router.path("R").map { $0.mobileSequence } == 0)
        router.pass(seconds: 3, with: ["R"])
        #expect(router.everSent.filter { $0 == .mar(id: "A", haveSequence: 0) }.count > 1)
    }

    @Test func `are not asked for again while they are coming`() {
        let answers = Self.answers(have: 0)
        var router = Subject()
        router.learn([("A", "R", 1)])
        router.announce("R", links: 1, addresses: 1_003)
        let asked = { router.everSent.count { $0.isAddressRequest } }
        let before = asked()
        for answer in answers {
            router.receive(answer)
            router.pass(700)
            router.hello("R")
        }
        #expect(asked() == before)
    }

    @Test func `are told a new neighbour in records of bounded length, and passed on`() {
        var rich = Self.rich()
        rich.join("A", isMartlet: true)
        rich.receive(.summary(id: "A", []))
        let told = rich.everSent.filter { if case .records = $0 { true } else { false } }
        #expect(told.count > 2)
        #expect(told.allSatisfy { octets($0) <= 70_000 })
        var router = Subject()
        router.handle(.trunkOpened(1, cost: 1, takesRecords: true))
        router.hello("R", instance: 100)
        router.join("C", on: 2, isMartlet: true)
        var passed: [ControlMessage] = []
        var keys: Set<AddressKey> = []
        for message in told {
            router.receive(message)
            keys.formUnion(mapped(router))
            passed += router.sent
        }
        #expect(keys == Set(Self.all.map(\.key)))
        var next = Subject("C")
        next.join("A", isMartlet: true)
        for message in passed { next.receive(message) }
        #expect(next.path("R").map { $0.addressCount } == Self.all.count)
    }

    @Test func `told by two neighbours at a time come whole from one of them`() {
        var rich = Self.rich()
        rich.join("A", isMartlet: true)
        rich.receive(.summary(id: "A", []))
        let told = rich.everSent.compactMap { message in
            if case .records(_, let records) = message { records } else { nil }
        }
        var router = Subject()
        router.join("B", on: 1, isMartlet: true)
        router.join("C", on: 2, isMartlet: true)
        for (place, records) in told.enumerated() {
            router.receive(.records(id: "B", records), on: 1)
            if place + 1 < told.count { router.receive(.records(id: "C", records), on: 2) }
        }
        for records in told { router.receive(.records(id: "C", records), on: 2) }
        #expect(router.path("R").map { $0.addressCount } == Self.all.count)
        #expect(router.path("R").map { $0.mobileSequence > 1_000 } == true)
    }
}
