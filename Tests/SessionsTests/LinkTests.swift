import AMQP
import EventLoop
import Testing

@testable import Sessions

@Suite struct `A link` {
    private let peer = PaperPeer()

    @Test func `is attached by the peer and answered under its name`() throws {
        peer.begin()
        let fields = PaperPeer.attach("n", handle: 9, isReceiver: true)
        let link = try #require(peer.say(.attach, fields).link)
        #expect(link.isSender && link.name == "n" && link.remote == .attached)
        link.answer()
        let answer = peer.heard()[0]
        #expect(answer.kind == .attach)
        #expect(answer[0] == "n" && answer[1] == .uint(0) && answer[2] == false)
        #expect(answer[3] == .ubyte(2) && answer[4] == .ubyte(0))
    }

    @Test func `of ours gets the peer's answer`() throws {
        let session = peer.begin()
        let link = session.makeLink(name: "n", isSender: false)
        link.attach(Link.Answer(source: [], target: []))
        #expect(peer.heard()[0][2] == true)
        let event = peer.say(.attach, PaperPeer.attach("n", handle: 3, isReceiver: false, count: 8))
        #expect(event.link === link)
        #expect(link.remote == .attached && link.deliveryCount == 8)
    }

    @Test func `of ours says no count before the sender has said its own (2.7.4)`() {
        let session = peer.begin()
        let link = session.makeLink(name: "n", isSender: false)
        link.attach(Link.Answer(source: [], target: []))
        link.grant(5)
        let flow = peer.heard()[1]
        #expect(flow[5] == nil && flow[6] == .uint(5))
    }

    @Test func `that we detach before its attach is answered stays ours until the peer's detach`()
        throws
    {
        let session = peer.begin()
        let link = session.makeLink(name: "n", isSender: true)
        link.attach(Link.Answer(source: [], target: []))
        link.detach(isClosed: true)
        let attach = PaperPeer.attach("n", handle: 0, isReceiver: true)
        #expect(peer.say(.attach, attach).isNothing)
        #expect(peer.say(.detach, [.uint(0), true]).link === link)
        let again = try #require(peer.say(.attach, attach).link)
        #expect(again !== link && again.local == .unattached)
    }

    @Test func `may be attached again under its name before its detach is answered`() throws {
        peer.begin()
        let first = peer.attach(handle: 0, isReceiver: true)
        #expect(peer.say(.detach, [.uint(0), true]).link === first)
        let second = peer.attach(handle: 0, isReceiver: true)
        #expect(second !== first)
        first.detach(isClosed: true)
        #expect(peer.heard().map(\.kind) == [.detach])
        #expect(peer.flow(handle: 0, count: 0, credit: 3).link === second)
        #expect(second.credit == 3 && first.credit == 0)
    }

    @Test func `gets a handle that came free`() {
        peer.begin()
        let links = (0..<3).map { peer.attach("l\($0)", handle: UInt32($0), isReceiver: true) }
        #expect(links.map(\.localHandle) == [0, 1, 2])
        links[1].detach(isClosed: true)
        #expect(peer.attach("m", handle: 7, isReceiver: true).localHandle == 1)
    }

    @Test func `detached by us ignores what the peer still sends on it`() {
        let session = peer.begin()
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        link.detach(isClosed: true)
        #expect(peer.transfer(0).isNothing)
        #expect(session.incomingWindow == 99, "it takes up the window all the same")
        #expect(peer.say(.detach, [.uint(0), true]).link === link)
        #expect(peer.transfer(1).broken == "session: amqp:session:unattached-handle")
    }

    @Test func `detached with an error says it`() {
        peer.begin()
        let link = peer.attach(isReceiver: true)
        link.detach(isClosed: true, error: AMQPError(name: "amqp:not-found", text: "no"))
        link.detach(isClosed: true)
        let detaches = peer.heard()
        #expect(detaches.count == 1)
        #expect(
            detaches[0].fields == [
                .uint(0), true,
                .described(
                    .ulong(0x1D),
                    [
                        .symbol("amqp:not-found"), "no",
                    ]),
            ])
    }

    @Test func `detached by the peer tells why`() throws {
        peer.begin()
        peer.attach(isReceiver: true)
        let error = Value.described(.ulong(0x1D), [.symbol("a:b"), "c", [.symbol("k"): 1]])
        let event = peer.say(.detach, [.uint(0), nil, error])
        guard case .detached(_, let isClosed, let told) = event else {
            Issue.record("\(event)")
            return
        }
        #expect(!isClosed)
        #expect(told == AMQPError(name: "a:b", text: "c", info: [.symbol("k"): 1]))
    }

    @Test
    func `is refused beyond the bound of a connection, and the connection ends beyond twice it`()
        throws
    {
        peer.begin()
        peer.channels.linkCount = Link.most - 1
        #expect(peer.say(.attach, PaperPeer.attach("a", handle: 0, isReceiver: true)).link != nil)
        let further = PaperPeer.attach("b", handle: 1, isReceiver: true)
        #expect(peer.say(.attach, further).isNothing)
        let answer = peer.heard()
        #expect(answer.map(\.kind) == [.attach, .detach])
        #expect(answer[0][5] == nil, "the terminus is absent")
        #expect(answer[1][2].condition == "amqp:resource-limit-exceeded")
        _ = peer.say(.detach, [.uint(1), true])
        #expect(peer.channels.linkCount == Link.most, "it is forgotten")
        peer.channels.linkCount = 2 * Link.most
        let last = peer.say(.attach, PaperPeer.attach("c", handle: 2, isReceiver: true))
        #expect(last.broken == "connection: amqp:resource-limit-exceeded")
    }

    @Test(arguments: [4_096, 4_097])
    func `has a name of 4,096 octets at most`(count: Int) {
        peer.begin()
        let name = String(repeating: "n", count: count)
        let event = peer.say(.attach, PaperPeer.attach(name, handle: 0, isReceiver: false))
        #expect(event.isNothing == (count > 4_096))
    }

    @Test func `goes with its session, and the session with its connection`() {
        weak var link: Link?
        weak var session: Session?
        weak var channels: Channels?
        do {
            let peer = PaperPeer()
            channels = peer.channels
            session = peer.begin()
            link = peer.attach(isReceiver: true)
            link?.track(DeliveryID(number: 0), 1)
            #expect(peer.channels.linkCount == 1)
            peer.channels.release()
        }
        #expect(link == nil && session == nil && channels == nil)
    }

    @Test func `is small`() {
        let session = peer.begin()
        let link = peer.attach(isReceiver: true)
        link.forgetAttach()
        #expect(HeapObject.size(of: link) <= 168)
        #expect(HeapObject.size(of: session) <= 376)
    }
}

extension Value {
    /// The condition of an encoded error.
    var condition: String? {
        guard case .described(.ulong(0x1D), .list(let fields)) = self else { return nil }
        return fields.first?.text
    }
}
