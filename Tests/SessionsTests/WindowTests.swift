import AMQP
import Testing

@testable import Sessions

@Suite struct `The window towards us` {
    private let peer = PaperPeer()

    /// So many transfers; each is held if that is said.
    private func transfers(_ numbers: Range<UInt32>, _ session: Session, held: Bool) {
        for number in numbers {
            #expect(peer.transfer(number).transfer != nil)
            if held { session.hold() }
        }
    }

    private func windows() -> [Value] { peer.heard().map { $0[1] } }

    @Test func `is told anew once half of it is used`() {
        let session = peer.begin(ours: 10, most: 10)
        peer.attach(isReceiver: false)
        transfers(0..<4, session, held: false)
        #expect(windows() == [])
        transfers(4..<5, session, held: false)
        #expect(windows() == [.uint(10)])
        #expect(session.nextIncomingID == 5)
    }

    @Test func `doubles while all that comes is taken, up to the most`() {
        let session = peer.begin(ours: 4, most: 10)
        peer.attach(isReceiver: false)
        transfers(0..<2, session, held: false)
        #expect(windows() == [.uint(8)])
        transfers(2..<6, session, held: false)
        #expect(windows() == [.uint(10)])
        transfers(6..<11, session, held: false)
        #expect(windows() == [.uint(10)])
    }

    @Test func `does not count what is held, and opens as that is let go`() {
        let session = peer.begin(ours: 8, most: 64)
        peer.attach(isReceiver: false)
        transfers(0..<8, session, held: true)
        #expect(windows() == [])
        #expect(session.incomingWindow == 0)
        session.letGo(1)
        #expect(windows() == [], "too little to be told")
        session.letGo(1)
        #expect(windows() == [.uint(2)])
        session.letGo(6)
        #expect(windows() == [.uint(16)])
    }

    @Test func `may be as wide as a number allows`() {
        let session = peer.begin(ours: .max, most: .max)
        #expect(session.incomingWindow == 2_147_483_647)
        peer.attach(isReceiver: false)
        transfers(0..<3, session, held: false)
        let narrow = peer.begin(channel: 1, ours: 0, most: -1)
        #expect(narrow.incomingWindow == 1)
    }

    @Test func `is told when the peer asks, with or without a link`() {
        peer.begin(ours: 10, most: 10)
        peer.attach(isReceiver: true)
        #expect(peer.flow(isEcho: true).isWidened)
        #expect(windows() == [.uint(10)])
        #expect(peer.flow(handle: 0, isEcho: true).link != nil)
        let answer = peer.heard()
        #expect(answer.count == 1 && answer[0][4] == .uint(0))
    }
}

@Suite struct `The window towards the peer` {
    private let peer = PaperPeer(frameMax: 512)

    @Test func `counts what is under way (2.5.6)`() {
        let session = peer.begin(next: 0, window: 3)
        let link = peer.attach(isReceiver: true)
        peer.flow(window: 5, handle: 0, count: 0, credit: 10)
        for _ in 0..<2 { link.deliver([1]) }
        #expect(session.remoteWindow == 3)
        peer.flow(expected: 1, window: 5)
        #expect(session.remoteWindow == 4)
        peer.flow(expected: 2, window: 1)
        #expect(session.remoteWindow == 1)
        peer.flow(expected: nil, window: 1)
        #expect(session.remoteWindow == 0, "more is under way than it takes")
    }

    @Test(arguments: [1, 3, 4, 1_000, 0x8000_0000, .max] as [UInt32])
    func `is closed by a peer that expects what was never sent`(expected: UInt32) {
        let session = peer.begin(window: 3)
        peer.flow(expected: expected, window: 5)
        #expect(session.remoteWindow <= 5)
    }

    @Test func `goes beyond the end of the circle`() {
        let session = peer.begin(window: 3)
        let link = peer.attach(isReceiver: true)
        session.nextOutgoingID = .max
        peer.flow(expected: .max, window: 3, handle: 0, count: 0, credit: 10)
        link.deliver([1])
        link.deliver([1])
        peer.flow(expected: .max, window: 3)
        #expect(session.remoteWindow == 1)
        peer.flow(expected: 1, window: 3)
        #expect(session.remoteWindow == 3)
    }

    @Test func `has room for whole frames`() {
        peer.begin(window: 3)
        let link = peer.attach(isReceiver: true)
        peer.flow(window: 3, handle: 0, count: 0, credit: 10)
        let bytes = [UInt8](repeating: 1, count: link.room)
        link.deliver(bytes)
        let frames = peer.heard()
        #expect(frames.count == 3)
        #expect(frames.flatMap(\.payload) == bytes)
        #expect(frames.allSatisfy { $0.size <= 512 })
        #expect(frames.map { $0[5] } == [true, true, false])
        #expect(link.room == 0)
    }

    @Test func `has no room that a number cannot hold`() {
        let peer = PaperPeer(frameMax: .max)
        peer.begin(window: .max)
        #expect(peer.attach(isReceiver: true).room > 0)
    }

    @Test func `is never under zero, and an abort waits for it`() {
        let session = peer.begin(window: 1)
        let link = peer.attach(isReceiver: true)
        peer.flow(window: 1, handle: 0, count: 0, credit: 10)
        let sending = link.deliver([1], isLast: false)
        link.abort(sending)
        #expect(session.remoteWindow == 0)
        #expect(peer.heard().count == 1)
        peer.flow(expected: 1, window: 0)
        #expect(peer.heard().isEmpty)
        peer.flow(expected: 1, window: 5)
        let abort = peer.heard()
        #expect(abort.count == 1)
        #expect(abort[0].kind == .transfer && abort[0][9] == true)
        #expect(session.remoteWindow == 4)
    }

    @Test func `takes a state with the first frame`() {
        peer.begin(window: 9)
        let link = peer.attach(isReceiver: true)
        peer.flow(window: 9, handle: 0, count: 0, credit: 10)
        let state = Link.encode(.rejected(AMQPError(name: "a:b", text: "c")))
        link.deliver([UInt8](repeating: 1, count: 1_000), state: state)
        let frames = peer.heard()
        #expect(frames.count == 3)
        #expect(
            frames[0][7]
                == .described(
                    .ulong(0x25),
                    [
                        .described(.ulong(0x1D), [.symbol("a:b"), "c"])
                    ]))
        #expect(frames[1][7] == nil)
        #expect(frames.map(\.payload.count).reduce(0, +) == 1_000)
    }

    @Test(arguments: [150, 192, 250, 300, 5_000], [10, 440, 896] as [Int])
    func `is kept to with a state of any size`(size: Int, payload: Int) {
        let session = peer.begin(window: 2)
        let link = peer.attach(isReceiver: true)
        peer.flow(window: 2, handle: 0, count: 0, credit: 10)
        let text = String(repeating: "x", count: size)
        let state = Link.encode(.rejected(AMQPError(name: "a:b", text: text)))
        link.deliver([UInt8](repeating: 1, count: payload), state: state)
        let frames = peer.heard()
        #expect(frames.filter { $0.kind == .transfer }.count <= 2)
        #expect(frames.map(\.payload.count).reduce(0, +) == payload)
        #expect(frames.allSatisfy { $0.size <= 512 })
        let told = frames.contains { !($0.kind == .transfer ? $0[7] : $0[4]).isNull }
        #expect(told == (size < 400))
        #expect(session.remoteWindow <= 1)
    }
}
