import AMQP
import Seeded
import Testing

@Suite struct `A buffer of octets` {
    @Test func `holds what an array would hold`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(20) {
            var buffer = OctetBuffer()
            var twin: [UInt8] = []
            for _ in 0..<400 {
                switch seed.below(8) {
                case 0..<4:
                    let bytes = seed.bytes(seed.below(seed.once(in: 10) ? 9_000 : 200))
                    buffer.append(bytes)
                    twin += bytes
                case 4:
                    let number = UInt32(truncatingIfNeeded: seed.next() >> seed.next() % 64)
                    buffer.reserve(19)
                    let place = buffer.end
                    buffer.put64(0x0102_0304_0506_0708)
                    buffer.put32(0)
                    buffer.put16(0xABCD)
                    buffer.putUInt(number)
                    buffer.set32(0xAABB_CCDD, at: place + 8)
                    buffer.set(9, at: place)
                    twin += [9, 2, 3, 4, 5, 6, 7, 8, 0xAA, 0xBB, 0xCC, 0xDD, 0xAB, 0xCD]
                    twin += uint(number)
                case 5..<7:
                    let count = seed.once(in: 3) ? twin.count : seed.below(twin.count + 1)
                    buffer.removeFirst(count)
                    twin.removeFirst(count)
                default:
                    buffer.reserve(seed.below(1_000))
                    let room = buffer.free
                    guard room.count > 0 else { continue }
                    room[0] = 77
                    buffer.appended(1)
                    twin.append(77)
                }
                let (bytes, isEmpty) = (Array(buffer.bytes), buffer.isEmpty)
                #expect(isEmpty == twin.isEmpty)
                #expect(bytes == twin, "MARTLET_SEED=\(seed.number)")
            }
        }
    }

    private func uint(_ number: UInt32) -> [UInt8] {
        switch number {
        case 0: [0x43]
        case 1...255: [0x52, UInt8(number)]
        default: [0x70] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
    }

    @Test func `gives much memory back when it is empty, and keeps a little`() {
        var buffer = OctetBuffer()
        buffer.append([UInt8](repeating: 1, count: 100))
        buffer.removeFirst(100)
        let freeCount = buffer.free.count
        #expect(freeCount == 512)
        buffer.append([UInt8](repeating: 1, count: 100_000))
        buffer.removeFirst(100_000)
        let freeCountAgain = buffer.free.count
        #expect(freeCountAgain == 0)
        buffer.append([1])
        let freeCountThen = buffer.free.count
        #expect(freeCountThen >= 99_999, "the next use begins with what the last has needed")
        buffer.clear()
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
    }

    @Test func `takes nothing for nothing`() {
        var buffer = OctetBuffer()
        buffer.append([])
        buffer.removeFirst(0)
        let bytesCount = buffer.bytes.count
        #expect(bytesCount == 0)
        let freeCountLast = buffer.free.count
        #expect(freeCountLast == 0)
    }
}
