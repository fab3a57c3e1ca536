import Basis
import Edge
import Testing

@Suite("Dialling again") struct RediallingTests {
    private let start = Instant(milliseconds: 1_000)
    private let later = Instant(milliseconds: 11_000)

    private func pauses(_ count: Int, haste: Double, places: Int = 1) -> [UInt64] {
        var redialling = Redialling(haste: haste)
        return (0..<count).map { _ in redialling.failed(places: places).count }
    }

    @Test func `is done less often the longer the interior router is away`() {
        #expect(pauses(6, haste: 0) == [5_000, 10_000, 20_000, 40_000, 40_000, 40_000])
        #expect(pauses(5, haste: 1) == [2_500, 5_000, 10_000, 20_000, 20_000])
        #expect(pauses(100_000, haste: 0.5).last == 30_000)
    }

    @Test func `tries each of several places twice before it waits longer`() {
        #expect(
            pauses(9, haste: 0, places: 2) == [
                1_000, 1_000, 1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 4_000,
            ])
    }

    @Test func `begins anew after a connection`() {
        var redialling = Redialling(haste: 0)
        for _ in 0..<9 { _ = redialling.failed() }
        redialling.opened(at: start)
        let pauses = [
            redialling.lost(at: later), redialling.failed(),
            redialling.lost(at: later, hasPlaces: true),
        ]
        #expect(pauses == [.seconds(2), .seconds(5), .seconds(1)])
    }

    @Test func `waits longer each time that a connection is lost at once`() {
        var redialling = Redialling(haste: 0)
        let pauses = (0..<7).map { _ in
            redialling.opened(at: start)
            return redialling.lost(at: start + .seconds(9)).count / 1_000
        }
        #expect(pauses == [2, 4, 8, 16, 32, 40, 40])
        redialling.opened(at: start)
        let last = redialling.lost(at: later)
        #expect(last == .seconds(2))
    }

    @Test(arguments: [-1, 0, 0.25, 1, 7, .infinity])
    func `takes between half of the time and all of it`(haste: Double) {
        var redialling = Redialling(haste: haste)
        for _ in 0..<20 {
            let pause = redialling.failed().count
            #expect((2_500...40_000).contains(pause))
        }
        let pause = redialling.lost(at: start).count
        #expect((1_000...2_000).contains(pause))
    }
}
