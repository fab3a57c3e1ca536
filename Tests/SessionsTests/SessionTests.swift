import AMQP
import Testing

@testable import Sessions

@Suite struct `A session` {
    private let peer = PaperPeer()

    @Test func `is begun by the peer and answered (RS-33d)`() {
        let event = peer.say(.begin, channel: 5, [nil, .uint(0), .uint(10), .uint(10)])
        guard case .began(let session) = event else {
            Issue.record("\(event)")
            return
        }
        session.begin(window: 100, most: 100)
        let answer = peer.heard()[0]
        #expect(answer.kind == .begin && answer.channel == 0)
        #expect(answer.fields == [.ushort(5), .uint(0), .uint(100), .uint(2_147_483_647)])
        #expect(session.remoteWindow == 10)
    }

    @Test func `of ours is answered by the peer`() throws {
        let session = try #require(peer.channels.makeSession())
        session.begin(window: 100, most: 100)
        #expect(peer.heard()[0][0] == nil)
        let event = peer.say(.begin, channel: 3, [.ushort(0), .uint(0), .uint(7), .uint(10)])
        #expect(event.isWidened)
        #expect(session.remoteWindow == 7)
    }

    @Test func `that we end before it is answered is forgotten with the peer's end`() throws {
        let session = try #require(peer.channels.makeSession())
        session.begin(window: 100, most: 100)
        session.end()
        #expect(peer.heard().map(\.kind) == [.begin, .end])
        let begin: [Value] = [.ushort(0), .uint(0), .uint(7), .uint(10)]
        #expect(peer.say(.begin, channel: 3, begin).isNothing)
        #expect(peer.say(.attach, channel: 3, []).isNothing)
        #expect(peer.say(.end, channel: 3, []).isNothing)
        #expect(peer.channels.sessions.isEmpty)
        #expect(peer.begin(channel: 3).localChannel == 0, "its channel is free again")
    }

    @Test func `that we end discards all until the peer's end (2.5.5)`() {
        let session = peer.begin()
        peer.attach(isReceiver: false)
        session.end(AMQPError(name: "a:b", text: nil))
        #expect(peer.heard()[0][0].condition == "a:b")
        #expect(peer.transfer(0).isNothing)
        #expect(peer.transfer(99, handle: 42).isNothing)
        #expect(peer.flow(handle: 17).isNothing)
        #expect(peer.say(.detach, [.uint(0)]).isNothing)
        #expect(peer.say(.disposition, ["broken"]).isNothing)
        #expect(peer.say(.end, []).isNothing)
        #expect(peer.flow().broken == "connection: amqp:not-allowed")
        #expect(peer.channels.linkCount == 0)
    }

    @Test func `that the peer ends is ended, and its channel free`() {
        let session = peer.begin(channel: 2)
        #expect(peer.say(.end, channel: 2, []).isEnded)
        session.end()
        session.end()
        #expect(peer.heard().map(\.kind) == [.end])
        #expect(peer.begin(channel: 2).localChannel == 0)
    }

    @Test func `keeps the reason for which the peer has ended it`() {
        let session = peer.begin(channel: 2)
        _ = peer.attach(channel: 2, isReceiver: true)
        #expect(session.hasLinks && !session.isOver)
        let error = Value.described(
            .ulong(0x1d), .list([.symbol("amqp:not-found"), .string("no such queue")]))
        #expect(peer.say(.end, channel: 2, [error]).isEnded)
        #expect(session.remoteError?.name == "amqp:not-found")
        #expect(session.remoteError?.text == "no such queue")
        #expect(session.isOver && !session.takesLink)
    }

    @Test func `says nothing more once its connection is closed`() {
        let session = peer.begin()
        let link = peer.attach(isReceiver: true)
        peer.channels.release()
        link.detach(isClosed: true)
        session.end()
        #expect(peer.heard().isEmpty)
    }

    @Test func `may be had as often as the peer allows`() {
        let peer = PaperPeer(remoteChannelMax: 1)
        peer.begin(channel: 0)
        peer.begin(channel: 1)
        let event = peer.say(.begin, channel: 2, [nil, .uint(0), .uint(1), .uint(1)])
        #expect(event.broken == "connection: amqp:resource-limit-exceeded")
        #expect(peer.channels.makeSession() == nil)
    }

    @Test func `is on no channel above what we said`() {
        let peer = PaperPeer(channelMax: 1)
        peer.begin(channel: 1)
        let event = peer.say(.begin, channel: 2, [nil, .uint(0), .uint(1), .uint(1)])
        #expect(event.broken == "connection: amqp:connection:framing-error")
    }

    @Test func `has no more links than the peer has handles`() {
        let session = peer.begin(handleMax: .uint(0))
        let one = peer.attach("a", handle: 0, isReceiver: true)
        let other = session.makeLink(name: "b", isSender: true)
        other.attach(Link.Answer(source: [], target: []))
        #expect(one.localHandle == 0 && other.local == .unattached)
        #expect(peer.heard().isEmpty)
    }
}

@Suite struct `A peer's fault` {
    private let peer = PaperPeer()

    @Test func `on a channel without a session ends the connection`() {
        let event = peer.say(
            .attach, channel: 4, PaperPeer.attach("a", handle: 0, isReceiver: true))
        #expect(event.broken == "connection: amqp:not-allowed")
    }

    @Test func `of a second begin on one channel ends the connection`() {
        peer.begin()
        let event = peer.say(.begin, [nil, .uint(0), .uint(1), .uint(1)])
        #expect(event.broken == "connection: amqp:connection:framing-error")
    }

    @Test func `of an answer to no begin ends the connection`() {
        let event = peer.say(.begin, [.ushort(7), .uint(0), .uint(1), .uint(1)])
        #expect(event.broken == "connection: amqp:invalid-field")
        peer.begin()
        let other = peer.say(.begin, channel: 1, [.ushort(0), .uint(0), .uint(1), .uint(1)])
        #expect(other.broken == "connection: amqp:invalid-field")
    }

    @Test func `of a handle in use ends the session`() {
        peer.begin()
        peer.attach("a", handle: 1, isReceiver: true)
        let event = peer.say(.attach, PaperPeer.attach("b", handle: 1, isReceiver: true))
        #expect(event.broken == "session: amqp:session:handle-in-use")
    }

    @Test func `of a name in use ends the connection (RS-33)`() {
        peer.begin()
        peer.attach("a", handle: 1, isReceiver: true)
        let event = peer.say(.attach, PaperPeer.attach("a", handle: 2, isReceiver: true))
        #expect(event.broken == "connection: amqp:invalid-field")
        let other = PaperPeer.attach("a", handle: 2, isReceiver: false, count: 0)
        #expect(peer.say(.attach, other).link != nil, "the other direction is another link")
    }

    @Test(arguments: [0, 1, .max] as [UInt32])
    func `of a handle without a link ends the session`(handle: UInt32) {
        peer.begin()
        #expect(peer.transfer(0, handle: handle).broken == Self.unattached)
        #expect(peer.flow(handle: handle).broken == Self.unattached)
        #expect(peer.say(.detach, [.uint(handle)]).broken == Self.unattached)
    }

    private static let unattached = "session: amqp:session:unattached-handle"

    @Test func `of a transfer against the direction ends the session`() {
        peer.begin()
        peer.attach(isReceiver: true)
        #expect(peer.transfer(0).broken == "session: amqp:session:errant-link")
    }

    @Test func `of a transfer against a closed window ends the session`() {
        let session = peer.begin(ours: 2)
        let link = peer.attach(isReceiver: false)
        link.grant(10)
        for number in 0..<2 {
            session.hold()
            #expect(peer.transfer(UInt32(number)).transfer != nil)
        }
        #expect(peer.transfer(2).broken == "session: amqp:session:window-violation")
    }

    @Test func `of a delivery out of sequence ends the session`() {
        peer.begin()
        peer.attach(isReceiver: false)
        #expect(peer.transfer(.max).transfer != nil)
        #expect(peer.transfer(0).transfer != nil, "the numbers go round")
        #expect(peer.transfer(2).broken == "session: amqp:session:invalid-field")
        #expect(peer.transfer(1).transfer != nil, "the broken frame had no effect")
    }

    @Test func `of a delivery without its number ends the connection`() {
        peer.begin()
        peer.attach(isReceiver: false)
        #expect(peer.transfer(nil).broken == "connection: amqp:invalid-field")
    }

    @Test func `of another number in mid-message, or too long a tag, ends the session`() {
        peer.begin()
        peer.attach(isReceiver: false)
        let tag = [UInt8](repeating: 0, count: 33)
        #expect(peer.transfer(0, tag: tag).broken == "session: amqp:invalid-field")
        #expect(peer.transfer(0, tag: Array(tag[..<32]), hasMore: true).transfer?.tag?.count == 32)
        #expect(peer.transfer(1).broken == "session: amqp:invalid-field")
        #expect(peer.transfer(nil).transfer?.delivery == DeliveryID(number: 0))
    }

    @Test(
        arguments: [
            (.begin, []), (.begin, [nil, .uint(0)]), (.attach, []), (.attach, ["n", .uint(0)]),
            (.attach, ["n", .uint(0), true, nil, nil, "source"]), (.flow, []),
            (.flow, [nil, .uint(1)]),
            (.transfer, []), (.transfer, ["handle"]), (.disposition, [true]), (.detach, []),
            (.detach, [.uint(0), true, "error"]),
            (.disposition, [true, .uint(0), nil, nil, "state"]),
        ] as [(Performative, [Value])])
    func `in what a frame says ends the connection`(kind: Performative, fields: [Value]) {
        if kind != .begin { peer.begin() }
        let event = peer.say(kind, fields)
        #expect(event.broken == "connection: amqp:connection:framing-error")
    }

    @Test func `in a flow leaves all as it was`() {
        let session = peer.begin(window: 10)
        let link = peer.attach(isReceiver: true)
        let event = peer.say(
            .flow,
            [.uint(0), .uint(99), .uint(0), .uint(0), .uint(0), .uint(0), .uint(5), nil, "drain"])
        #expect(event.broken == "connection: amqp:connection:framing-error")
        #expect(session.remoteWindow == 10 && link.credit == 0)
        #expect(peer.flow(window: 99, handle: 7).broken != nil)
        #expect(session.remoteWindow == 10)
    }

    @Test func `in an attach leaves all as it was`() {
        let session = peer.begin()
        let event = peer.say(
            .attach, ["n", .uint(0), true, nil, nil, .described(.ulong(0x28), [nil, "durable"])])
        #expect(event.broken != nil)
        #expect(session.links.isEmpty && peer.channels.linkCount == 0)
    }
}

extension SessionEvent {
    var isWidened: Bool {
        if case .widened = self { true } else { false }
    }

    var isEnded: Bool {
        if case .ended = self { true } else { false }
    }
}

extension Performative: CustomTestStringConvertible {
    public var testDescription: String { String(rawValue, radix: 16) }
}
