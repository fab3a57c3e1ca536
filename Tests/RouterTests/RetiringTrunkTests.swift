import Basis
import Testing

@testable import Router

@Suite struct `A trunk that another one takes the place of` {
    let start = Instant(nanoseconds: 0)

    func looks(
        _ trunk: inout RetiringTrunk, _ look: RetiringTrunk.Look, _ count: Int = 1,
        after: UInt64 = 0
    ) -> Bool {
        (0..<count).contains { _ in trunk.isDone(look, at: start + .seconds(after)) }
    }

    func look(isReplaced: Bool = true, underWay: Int = 0, deliveries: UInt64 = 7)
        -> RetiringTrunk.Look
    {
        RetiringTrunk.Look(
            isReplaced: isReplaced, linksUnderWay: underWay, deliveries: deliveries)
    }

    @Test func `is closed when it has been quiet for two seconds`() {
        var trunk = RetiringTrunk(reason: "")
        #expect(!looks(&trunk, look(), 8))
        #expect(looks(&trunk, look(), 1))
    }

    @Test func `stays while it is the one in use, however quiet`() {
        var trunk = RetiringTrunk(reason: "")
        #expect(!looks(&trunk, look(isReplaced: false), 1_000))
        #expect(!looks(&trunk, look(), 7))
    }

    @Test func `stays while something is under way, or still comes`() {
        var trunk = RetiringTrunk(reason: "")
        #expect(!looks(&trunk, look(underWay: 1), 1_000))
        for number in 0..<100 {
            #expect(!looks(&trunk, look(deliveries: UInt64(number)), 7))
        }
    }

    @Test func `is closed at its end, whatever is under way`() {
        var trunk = RetiringTrunk(reason: "", end: start + .seconds(10))
        let busy = look(isReplaced: false, underWay: 3)
        #expect(!looks(&trunk, busy, after: 9))
        #expect(looks(&trunk, busy, after: 10))
    }

    @Test func `has the earlier of two ends`() {
        let trunk = RetiringTrunk(reason: "first")
        #expect(trunk.end == nil)
        let ending = trunk.ending(at: start + .seconds(10), reason: "second")
        #expect(ending.end == start + .seconds(10))
        #expect(ending.ending(at: start + .seconds(90), reason: "third").end == ending.end)
        #expect(ending.reason == "second")
    }
}
