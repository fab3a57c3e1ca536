import Seeded
import Testing

@testable import Forwarding

@Suite struct `The octets of a delivery that wait` {
    /// Takes up to `most` octets of the next piece.
    private func take(
        _ waiting: inout WaitingBytes, most: Int, into taken: inout [UInt8]
    ) -> Bool {
        let count = min(most, waiting.piece.count)
        taken += waiting.piece.prefix(count)
        return waiting.sent(count)
    }

    @Test func `leave in their order, whatever the pieces are that came`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(300) {
            var (came, taken): ([UInt8], [UInt8]) = (seed.bytes(1 + seed.below(600)), [])
            var waiting = WaitingBytes(Chunk(came))
            var isLeft = true
            for _ in 0..<seed.below(400) where isLeft {
                if seed.once(in: 2) {
                    let piece = seed.bytes(1 + seed.below([2, 66, 700][seed.below(3)]))
                    came += piece
                    waiting.append(Chunk(piece))
                } else {
                    isLeft = take(&waiting, most: 1 + seed.below(300), into: &taken)
                }
                #expect(waiting.count == came.count - taken.count)
            }
            while isLeft {
                let isLast = waiting.isLastPiece && waiting.piece.count <= 1_000
                isLeft = take(&waiting, most: 1_000, into: &taken)
                #expect(isLeft == !isLast)
            }
            #expect(taken == came)
        }
    }

    @Test func `are few pieces, however small those were that came`() {
        var waiting = WaitingBytes(Chunk([0]))
        for number in 1..<100_000 { waiting.append(Chunk([UInt8(truncatingIfNeeded: number)])) }
        var pieces = 1
        while waiting.sent(waiting.piece.count) { pieces += 1 }
        #expect(pieces < 250)
    }
}
