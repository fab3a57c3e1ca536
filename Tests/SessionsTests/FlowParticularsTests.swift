import AMQP
import Testing

@testable import Sessions

/// What flows say beside credit matters only where a link goes on (AMQP 2.7.4).
@Suite struct `What a flow says beside credit` {
    private let peer = PaperPeer(frameMax: 512)

    /// A flow of the peer's for the link with handle 0.
    @discardableResult
    private func flow(
        available: Value = nil, isEcho: Bool = false, properties: Value = nil
    ) -> SessionEvent {
        peer.say(
            .flow,
            [
                .uint(0), .uint(99), .uint(0), .uint(99), .uint(0), .uint(0), .uint(5), available,
                false, .bool(isEcho), properties,
            ])
    }

    private func link(isReceiver: Bool = true) -> Link {
        peer.begin()
        let link = peer.attach(isReceiver: isReceiver)
        link.goesOn = true
        return link
    }

    private static let map = Value.map(["a": .uint(1)])

    @Test func `is kept to be handed on`() {
        let link = link()
        flow(available: .uint(7), isEcho: true, properties: Self.map)
        #expect(peer.heard().isEmpty, "whoever is reached answers")
        let said = link.takeParticulars()
        #expect(said?.available == 7 && said?.isEcho == true)
        #expect(said?.properties == Self.map.encoded())
        #expect(link.takeParticulars() == nil)
        flow()
        #expect(link.takeParticulars() == nil)
    }

    @Test func `adds up until it is taken`() {
        let link = link()
        flow(available: .uint(7), isEcho: true)
        flow(available: .uint(0), properties: Self.map)
        #expect(
            link.takeParticulars()
                == FlowParticulars(available: 0, isEcho: true, properties: Self.map.encoded()))
    }

    @Test func `is no matter of a link that ends here`() {
        let link = link()
        link.goesOn = false
        flow(available: .uint(7), isEcho: true, properties: Self.map)
        #expect(link.takeParticulars() == nil)
        #expect(peer.heard().count == 1)
    }

    @Test func `is kept before the answer, and forgotten with one from here`() {
        peer.begin()
        let event = peer.say(.attach, PaperPeer.attach("l", handle: 0, isReceiver: true))
        flow(available: .uint(7), properties: Self.map)
        event.link?.answer()
        event.link?.forgetAttach()
        #expect(event.link?.takeParticulars() == nil)
    }

    @Test(
        arguments: [.string("x"), .list([]), .uint(3), .described(.ulong(1), .map([:]))] as [Value])
    func `has no properties but a map`(other: Value) {
        let link = link()
        #expect(flow(properties: other).link === link)
        #expect(link.takeParticulars() == nil)
        #expect(flow(available: "x").broken != nil)
    }

    @Test func `is told with the receiver's credit, even where that stays`() {
        let link = link(isReceiver: false)
        link.set(credit: 3, isDraining: false)
        link.set(credit: 3, isDraining: false)
        let said = FlowParticulars(isEcho: true, properties: Self.map.encoded())
        link.set(credit: 3, isDraining: true, saying: said)
        let flows = peer.heard()
        #expect(flows.map { $0[6] } == [.uint(3), .uint(3)])
        #expect(flows[1].fields[7...] == [nil, true, true, Self.map])
    }

    @Test func `is told by a sender without giving credit back`() {
        let link = link()
        peer.flow(handle: 0, count: 0, credit: 5, isDrain: true)
        link.giveBack(upTo: nil, saying: FlowParticulars(available: 2))
        #expect(link.isDraining && link.credit == 5)
        link.giveBack(upTo: 5, saying: FlowParticulars(available: 0))
        #expect(!link.isDraining && link.credit == 0)
        let flows = peer.heard()
        #expect(flows.map { $0[5] } == [.uint(0), .uint(5)])
        #expect(flows.map { $0[7] } == [.uint(2), .uint(0)])
        #expect(flows.map { $0[8] } == [true, true])
    }

    @Test func `is told without properties that the peer's frames have no room for`() {
        let link = link(isReceiver: false)
        let large = Value.map(["a": .string(String(repeating: "x", count: 500))])
        link.set(
            credit: 1, isDraining: false, saying: FlowParticulars(properties: large.encoded()))
        let flow = peer.heard()[0]
        #expect(flow[6] == .uint(1) && flow[10] == nil)
    }
}
