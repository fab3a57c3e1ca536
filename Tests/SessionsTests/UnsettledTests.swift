import AMQP
import Seeded
import Testing

@testable import Sessions

@Suite struct `Unsettled deliveries` {
    private let peer = PaperPeer()

    @Test func `are found by any range, in order, beyond the end of the circle too`() {
        var seed = Seed()
        let session = peer.begin()
        let link = peer.attach(isReceiver: true)
        let start = UInt32.max - 100
        var twin: [UInt32: UInt64] = [:]
        for _ in 0..<Seed.rounds(500) {
            let number = start &+ UInt32(seed.below(300))
            let delivery = DeliveryID(number: number)
            if seed.once(in: 3) {
                link.forget(delivery)
                twin[number] = nil
            } else {
                link.track(delivery, UInt64(number) + 1)
                twin[number] = UInt64(number) + 1
            }
            #expect(session.sent.count == twin.count)
            let first = start &+ UInt32(seed.below(300))
            let disposition = Self.disposition(first, first &+ UInt32(seed.below(200)))
            var found: [UInt32] = []
            session.forEach(in: disposition) { delivery, context in
                #expect(context == UInt64(delivery.number) + 1)
                found.append(delivery.number)
            }
            let span = disposition.last.number &- first
            let expected = twin.keys.filter { $0 &- first <= span }
                .sorted { $0 &- first < $1 &- first }
            #expect(found == expected, "MARTLET_SEED=\(seed.number)")
        }
        #expect(link.unsettled.map(\.0.number) == twin.keys.sorted { $0 &- start < $1 &- start })
        let removed = session.sent.removeAll()
        #expect(removed.count == twin.count)
        #expect(link.unsettled.isEmpty)
    }

    static func disposition(_ first: UInt32, _ last: UInt32) -> Disposition {
        Disposition(
            isOfReceiver: true, first: DeliveryID(number: first), last: DeliveryID(number: last),
            isSettled: true, outcome: Outcome(.accepted))
    }

    @Test(arguments: [10, 1_000] as [UInt32])
    func `are not told of again once an earlier one has settled them`(last: UInt32) {
        let session = peer.begin()
        let link = peer.attach(isReceiver: true)
        for number in UInt32(0)..<5 { link.track(DeliveryID(number: number), 1) }
        var told = 0
        session.forEach(in: Self.disposition(0, last)) { _, _ in
            told += 1
            for number in UInt32(0)..<5 { link.forget(DeliveryID(number: number)) }
        }
        #expect(told == 1)
    }

    @Test func `are of one link or of another`() {
        peer.begin()
        let one = peer.attach("a", handle: 0, isReceiver: true)
        let other = peer.attach("b", handle: 1, isReceiver: true)
        one.track(DeliveryID(number: 1), 10)
        other.track(DeliveryID(number: 2), 20)
        #expect(one.unsettled.map(\.1) == [10])
        #expect(other.unsettled.map(\.1) == [20])
        #expect(one.context(of: DeliveryID(number: 2)) == 20, "a session counts, not a link")
    }
}

@Suite struct `A range of dispositions` {
    @Test func `takes in what follows and is the same`() {
        var range = DispositionRange()
        let said1 = range.add(.max, state: 0x24, isSettled: true)
        #expect(said1)
        let said2 = range.add(0, state: 0x24, isSettled: true)
        #expect(said2)
        #expect(range.first == .max && range.last == 0)
        let said3 = range.add(2, state: 0x24, isSettled: true)
        #expect(!said3)
        let said4 = range.add(1, state: 0x25, isSettled: true)
        #expect(!said4)
        let said5 = range.add(1, state: 0x24, isSettled: false)
        #expect(!said5)
    }

    @Test func `settles the delivery whose state it has`() {
        var range = DispositionRange()
        let said6 = range.add(4, state: 0x24, isSettled: false)
        #expect(said6)
        let said7 = range.add(4, state: 0, isSettled: true)
        #expect(said7)
        #expect(range.state == 0x24 && range.isSettled && range.last == 4)
        range.clear()
        #expect(range.isEmpty)
    }

    @Test func `says no other state of a delivery in one frame`() {
        var range = DispositionRange()
        let said8 = range.add(4, state: 0, isSettled: false)
        #expect(said8)
        let said9 = range.add(4, state: 0x24, isSettled: true)
        #expect(!said9)
    }
}
