import AMQP
import Testing

@testable import Sessions

@Suite struct `Credit` {
    private let peer = PaperPeer()

    @Test(
        arguments: [
            (0, 0, 10, 10), (0, 0, .max, 4_294_967_295), (0, 0, 0x8000_0000, 2_147_483_648),
            (3, 1, 10, 8), (3, 1, 1, 0), (3, 3, 0, 0), (3, 1_000, 10, 10),
        ] as [(UInt32, UInt32, UInt32, Int)])
    func `counts from what the receiver has seen (2.6.7)`(
        sent: UInt32, seen: UInt32, given: UInt32, credit: Int
    ) {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        link.deliveryCount = sent
        peer.flow(handle: 0, count: seen, credit: given)
        #expect(link.credit == credit)
        #expect(peer.flow(handle: 0, count: nil, credit: nil).link != nil)
        #expect(link.credit == credit, "a flow that says nothing of it leaves it")
    }

    @Test func `counts beyond the end of the circle`() {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        link.deliveryCount = .max
        peer.flow(handle: 0, count: .max, credit: 4)
        link.deliver([1])
        link.deliver([1])
        #expect(link.credit == 2 && link.deliveryCount == 1)
        peer.flow(handle: 0, count: .max, credit: 4)
        #expect(link.credit == 2)
        peer.flow(handle: 0, count: 1, credit: 4)
        #expect(link.credit == 4)
    }

    @Test func `counts from the first when the receiver has not seen our attach`() {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        link.deliveryCount = 2
        peer.flow(handle: 0, count: nil, credit: 5)
        #expect(link.credit == 3)
    }

    @Test func `that we give is told with the sender's count`() {
        peer.begin()
        let link = peer.attach(isReceiver: false, count: 0xFFFF_FFFF)
        link.grant(5)
        peer.transfer(0)
        link.grant(2)
        let flows = peer.heard()
        #expect(flows.map { $0[5] } == [.uint(.max), .uint(0)])
        #expect(flows.map { $0[6] } == [.uint(5), .uint(6)])
    }

    @Test func `is taken by what comes without it, and never told below nothing`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        peer.transfer(0)
        #expect(link.credit == -1)
        link.grant(0)
        #expect(peer.heard()[0][6] == .uint(0))
    }

    @Test func `is given back when the receiver drains`() {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        peer.flow(handle: 0, count: 0, credit: 10, isDrain: true)
        #expect(link.isDraining)
        link.deliver([1])
        link.drained()
        let frames = peer.heard()
        #expect(frames.map(\.kind) == [.transfer, .flow])
        #expect(frames[1][5] == .uint(10) && frames[1][6] == .uint(0) && frames[1][8] == true)
        #expect(!link.isDraining && link.credit == 0)
        link.drained()
        #expect(peer.heard().isEmpty)
    }

    @Test func `of more than half a circle is given back`() {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        peer.flow(handle: 0, count: 0, credit: .max, isDrain: true)
        link.drained()
        #expect(peer.heard()[0][5] == .uint(.max))
    }

    @Test func `is asked for once, and taken note of as it comes back`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        link.drain()
        link.drain()
        #expect(peer.heard().map { $0[8] } == [false, true])
        peer.transfer(0)
        peer.flow(handle: 0, count: 10, credit: 0, isDrain: true)
        #expect(link.credit == 0)
        #expect(link.takeReturned() == 9)
        #expect(link.takeReturned() == 0)
        link.endDrain()
        link.grant(3)
        let flow = peer.heard()[0]
        #expect(flow[5] == .uint(10) && flow[6] == .uint(3) && flow[8] == false)
    }

    @Test func `comes back in mid-message from a sender that counts whole messages`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        peer.transfer(0, hasMore: true)
        link.drain()
        peer.flow(handle: 0, count: 10, credit: 0, isDrain: true)
        peer.transfer(0)
        #expect(link.takeReturned() == 9)
        #expect(link.credit == 0 && link.deliveryCount == 11)
    }

    @Test func `is left alone by a sender that says in mid-message what it has begun`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        peer.transfer(0, hasMore: true)
        peer.flow(handle: 0, count: 1, credit: 9)
        peer.transfer(0)
        #expect(link.takeReturned() == 0)
        #expect(link.credit == 9 && link.deliveryCount == 1)
    }

    @Test(arguments: [0, 1, 11, 0x7FFF_FFFF, 0x8000_0000, .max] as [UInt32])
    func `comes back no more than it was, whatever the sender counts`(count: UInt32) {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        peer.flow(handle: 0, count: count)
        #expect((0...10).contains(link.credit))
        #expect(link.takeReturned() + link.credit == 10)
    }
}

@Suite struct `Settlement` {
    private let peer = PaperPeer()

    @Test func `of deliveries that follow one another is one frame`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        for number in UInt32(0)..<5 {
            link.dispose(DeliveryID(number: number), .accepted, isSettled: true)
        }
        link.dispose(DeliveryID(number: 7), .accepted, isSettled: true)
        let frames = peer.heard()
        #expect(frames.map(\.kind) == [.disposition, .disposition])
        let accepted = Value.described(.ulong(0x24), [])
        #expect(frames[0].fields == [true, .uint(0), .uint(4), true, accepted])
        #expect(frames[1][1] == .uint(7))
    }

    @Test func `of both roles is told apart`() {
        peer.begin()
        let incoming = peer.attach("a", handle: 0, isReceiver: false)
        let outgoing = peer.attach("b", handle: 1, isReceiver: true)
        incoming.dispose(DeliveryID(number: 0), .accepted, isSettled: true)
        outgoing.dispose(DeliveryID(number: 1), .none, isSettled: true)
        #expect(
            peer.heard().map(\.fields) == [
                [true, .uint(0), .uint(0), true, .described(.ulong(0x24), [])],
                [false, .uint(1), .uint(1), true],
            ])
    }

    @Test func `tells a state's fields`() {
        peer.begin()
        let link = peer.attach(isReceiver: false)
        let details = Outcome.Details(undeliverableHere: true, annotations: [.symbol("k"): 1])
        let outcome = Outcome(.modified, details: details)
        link.dispose(DeliveryID(number: 0), outcome, isSettled: true)
        let state = Value.described(.ulong(0x27), [true, true, [.symbol("k"): 1]])
        #expect(peer.heard()[0][4] == state)
    }

    @Test func `leaves out of a state what the peer has no room for`() {
        let peer = PaperPeer(frameMax: 512)
        peer.begin()
        let link = peer.attach(isReceiver: false)
        let long = String(repeating: "x", count: 600)
        let errors = [
            AMQPError(name: "a:b", text: "t", info: .string(long)),
            AMQPError(name: "a:b", text: long), AMQPError(name: long, text: "t"),
        ]
        var outcomes = errors.map { Outcome.rejected($0) }
        let here = Outcome.Details(undeliverableHere: true, annotations: .string(long))
        outcomes.append(Outcome(.modified, details: here))
        let foreign = Outcome.Details(fields: [.string(long)])
        outcomes.append(Outcome(DeliveryState(rawValue: 0x34), details: foreign))
        for (number, outcome) in outcomes.enumerated() {
            link.dispose(DeliveryID(number: UInt32(number)), outcome, isSettled: true)
        }
        func error(_ fields: [Value]) -> Value {
            .described(.ulong(0x25), [.described(.ulong(0x1D), .list(fields))])
        }
        #expect(
            peer.heard().map { $0[4] } == [
                error([.symbol("a:b"), "t"]), error([.symbol("a:b"), nil]),
                error([.symbol("amqp:internal-error"), nil]),
                .described(.ulong(0x27), [true, true]),
                .described(.ulong(0x34), []),
            ])
    }

    @Test(
        arguments: [
            .described(.ulong(0x24), []), .described(.ulong(0x26), []),
            .described(.ulong(0x25), [.described(.ulong(0x1D), [.symbol("a"), "b", ["c": 1]])]),
            .described(.ulong(0x27), [true, true, ["k": 1]]),
            .described(.ulong(0x23), [.uint(.max), .ulong(.max)]),
            .described(.ulong(0x34), [.binary([1]), .described(.ulong(0x24), [])]),
        ] as [Value])
    func `is read as it is written`(state: Value) throws {
        let bytes = state.encoded()
        let outcome = try Outcome(0..<bytes.count, of: bytes.span)
        #expect(try Value(decoding: outcome.encoded()) == state || !outcome.hasFields)
        #expect(outcome.state.rawValue == UInt64(bytes[2]))
    }

    @Test func `of a state under an unknown name is none`() throws {
        let bytes = Value.described(.symbol("x:y"), [1]).encoded()
        let outcome = try Outcome(0..<bytes.count, of: bytes.span)
        #expect(outcome.state == .none && outcome.details == nil)
    }

    @Test(arguments: [(5, 4), (0, 0x8000_0000), (1, 0)] as [(UInt32, UInt32)])
    func `of a range that runs backwards is nothing`(first: UInt32, last: UInt32) {
        peer.begin()
        #expect(peer.say(.disposition, [true, .uint(first), .uint(last), true]).isNothing)
    }

    @Test func `of half a circle is read in no time`() {
        let session = peer.begin()
        let link = peer.attach(isReceiver: true)
        for number in [0, 1_000_000, 0x7FFF_FFFF] {
            link.track(DeliveryID(number: UInt32(number)), 1)
        }
        let event = peer.say(.disposition, [true, .uint(0), .uint(0x7FFF_FFFF), true])
        guard case .disposition(_, let disposition) = event else {
            Issue.record("\(event)")
            return
        }
        var told: [UInt32] = []
        session.forEach(in: disposition) { delivery, _ in told.append(delivery.number) }
        #expect(told == [0, 1_000_000, 0x7FFF_FFFF])
    }
}
