import Basis
import Edge
import Testing

@Suite("Lookups") struct LookupsTests {
    private let start = Instant(milliseconds: 1_000)

    @Test func `are answered once, to whom they are for`() {
        var lookups = Lookups<String>()
        let first = lookups.ask(for: "a", at: start)
        let second = lookups.ask(for: "b", at: start)
        #expect(lookups.answered(second) == "b")
        #expect(lookups.answered(second) == nil)
        #expect(lookups.answered(first + 99) == nil)
        #expect(lookups.answered(first) == "a")
        #expect(lookups.due == nil)
    }

    @Test func `are waited for no longer than three seconds (IR-96)`() {
        var lookups = Lookups<String>()
        _ = lookups.ask(for: "a", at: start)
        _ = lookups.ask(for: "b", at: start + 100)
        #expect(lookups.due == start + .seconds(3))
        #expect(lookups.overdue(at: start + 2_999) == [])
        #expect(lookups.overdue(at: start + .seconds(3)) == ["a"])
        #expect(lookups.due == start + 3_100)
    }

    @Test func `end with the uplink, in their order (RS-493)`() {
        var lookups = Lookups<Int>()
        for number in 0..<20 { _ = lookups.ask(for: number, at: start) }
        lookups.forget { $0 % 2 == 0 }
        #expect(lookups.giveUp() == stride(from: 1, to: 20, by: 2).map { $0 })
        #expect(lookups.giveUp() == [])
    }
}
