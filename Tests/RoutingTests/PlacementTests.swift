import Testing

@testable import Routing

@Suite struct `The placement of connections` {
    private let quiet: [UInt64] = [0, 0, 0]

    @Test func `puts the first ones together on the first worker`() {
        var placement = Placement(workerCount: 3)
        let places = (0..<Placement.packing).map { _ in placement.place(busyness: quiet) }
        #expect(Set(places) == [0])
    }

    @Test func `goes to the next worker when the first is busy`() {
        var placement = Placement(workerCount: 3)
        #expect(placement.place(busyness: quiet) == 0)
        #expect(placement.place(busyness: [Placement.busy, 0, 0]) == 1)
        #expect(placement.place(busyness: [Placement.busy, 0, 0]) == 1)
    }

    @Test func `takes the worker with the fewest when all are busy`() {
        var placement = Placement(workerCount: 3)
        placement.placed(on: 0)
        placement.placed(on: 0)
        placement.placed(on: 1)
        let busy = Array(repeating: Placement.busy, count: 3)
        #expect(placement.place(busyness: busy) == 2)
        #expect(placement.place(busyness: busy) == 1)
        #expect(placement.place(busyness: busy) == 2)
    }

    @Test func `never lets a quiet worker have much more than another`() {
        var placement = Placement(workerCount: 3)
        var counts = [0, 0, 0]
        for _ in 0..<1_000 { counts[placement.place(busyness: quiet)] += 1 }
        let difference = (counts.max() ?? 0) - (counts.min() ?? 0)
        #expect(difference <= Placement.packing + Placement.together)
    }

    @Test func `keeps neighbours together when the workers share`() {
        var placement = Placement(workerCount: 2)
        let places = (0..<1_000).map { _ in placement.place(busyness: [0, 0]) }
        let changes = zip(places, places.dropFirst()).filter { $0 != $1 }.count
        #expect(changes <= 1_000 / Placement.together + 1)
    }

    @Test func `fills the place of connections that left`() {
        var placement = Placement(workerCount: 2)
        for _ in 0..<500 { _ = placement.place(busyness: [0, 0]) }
        for _ in 0..<200 { placement.left(0) }
        let places = (0..<100).map { _ in placement.place(busyness: [0, 0]) }
        #expect(places.filter { $0 == 0 }.count >= 100 - Placement.together)
    }
}
