import Testing

@testable import Sessions

@Suite struct `The head of a frame` {
    private func head(_ bytes: [UInt8], from start: Int = 0, frameMax: Int = 512) -> FrameHead {
        FrameHead.next(in: bytes.span, from: start, frameMax: frameMax)
    }

    @Test func `is a protocol header or a frame`() {
        #expect(head(Array("AMQP".utf8) + [0, 1, 0, 0]) == .header)
        #expect(
            head([0, 0, 0, 8, 2, 0, 1, 2]) == .frame(size: 8, body: 8, type: 0, channel: 0x102))
        #expect(head([9, 0, 0, 0, 8, 2, 0, 1, 2], from: 1) != .malformed)
    }

    @Test func `waits for its rest`() {
        #expect(head([]) == .incomplete(8))
        #expect(head([0, 0, 0, 20, 2, 0, 0]) == .incomplete(8))
        #expect(head([0, 0, 0, 20, 2, 0, 0, 0]) == .incomplete(20))
        #expect(head([0, 0, 2, 0, 2, 0, 0, 0]) == .incomplete(512))
        #expect(head([0, 0, 0, 8], from: 4) == .incomplete(8))
    }

    @Test(
        arguments: [
            [0, 0, 0, 7, 2, 0, 0, 0], [0, 0, 0, 0, 2, 0, 0, 0], [0, 0, 0, 20, 1, 0, 0, 0],
            [0, 0, 0, 20, 0, 0, 0, 0], [0, 0, 0, 20, 6, 0, 0, 0], [0, 0, 2, 1, 2, 0, 0, 0],
            [0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0], [0x41, 0x4D, 0x51, 0x51, 0, 1, 0, 0],
            [0, 0, 0, 8, 0xFF, 0, 0, 0],
        ] as [[UInt8]])
    func `is malformed below eight octets, beyond the largest, and with a body outside`(
        bytes: [UInt8]
    ) {
        #expect(head(bytes) == .malformed)
    }

    @Test func `may lead to a body further on`() {
        let bytes: [UInt8] = [0, 0, 0, 12, 3, 0, 0, 0, 0, 0, 0, 0]
        #expect(head(bytes) == .frame(size: 12, body: 12, type: 0, channel: 0))
    }

    @Test func `of a session's is told from a connection's`() {
        func isForSessions(_ body: [UInt8]) -> Bool {
            Channels.isForSessions(body.span, body: 0, end: body.count)
        }
        for code in 0x11...0x17 { #expect(isForSessions([0, 0x53, UInt8(code), 0x45])) }
        #expect(isForSessions([0, 0xA3, 15] + Array("amqp:begin:list".utf8) + [0x45]))
        #expect(isForSessions([0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x14, 0x45]))
        for code in [0x10, 0x18, 0] { #expect(!isForSessions([0, 0x53, UInt8(code), 0x45])) }
        #expect(!isForSessions([]))
        #expect(!isForSessions([0, 0x53]))
        #expect(!isForSessions([0, 0x80, 0, 0, 0]))
    }

    @Test func `that is described by a symbol is given its number`() {
        let name = Array("amqp:open:list".utf8)
        for symbol in [[0xA3, 14], [0xB3, 0, 0, 0, 14]] as [[UInt8]] {
            let frame = PaperPeer.whole([0] + symbol + name + [0x45], channel: 3)
            let numbered = PaperPeer.whole([0, 0x53, 0x10, 0x45], channel: 3)
            #expect(FrameHead.numbered(frame.span) == numbered)
        }
        #expect(FrameHead.numbered(PaperPeer.whole([0, 0x53, 0x10, 0x45]).span) == nil)
        #expect(FrameHead.numbered(PaperPeer.whole([0, 0xA3, 1, 0x78, 0x45]).span) == nil)
        #expect(FrameHead.numbered(PaperPeer.whole([0, 0xA3]).span) == nil)
    }
}
