import EventLoop
import Foundation
import Seeded
import TLS
import Testing

@Suite struct `A channel` {
    @Test(arguments: [false, true])
    func `carries what is larger than a record and than the sockets' buffers`(
        isSecure: Bool
    ) throws {
        let service = try TLSService(.server())
        let pair =
            isSecure
            ? try Pair(client: TLSDialling(.client()), server: service)
            : try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        #expect(pair.carry(bytes) == bytes)
        #expect(pair.carry(bytes, backwards: true) == bytes)
    }

    /// OpenSSL takes a record from the kernel whole; the rest of it is told of by `hasMore` alone.
    @Test func `tells of bytes that the kernel has given up already`() throws {
        let pair = try Pair(client: TLSDialling(.client()), server: TLSService(.server()))
        #expect(pair.carry([0]) == [0])
        let record = [UInt8](repeating: 5, count: 12_000)
        _ = record.withUnsafeBytes { pair.near.send($0) }
        Pair.wait(for: pair.far.socket, to: .reading)
        var received = pair.receive(at: pair.far)
        #expect(received.count == 5_000)
        #expect(pair.far.hasMore)
        while pair.far.hasMore { received += pair.receive(at: pair.far) }
        #expect(received == record)
    }

    @Test func `serves clear and TLS on one port`() throws {
        let service = try TLSService(.server())
        let clear = try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        let header = Array("AMQP".utf8) + [0, 1, 0, 0]
        #expect(clear.carry(header) == header)
        #expect(clear.far.facts == nil)
        let secure = try Pair(client: TLSDialling(.client()), server: service)
        #expect(secure.carry(header) == header)
        #expect(secure.far.facts != nil)
    }

    @Test func `gives out the first bytes of a clear peer one at a time`() throws {
        let service = try TLSService(.server())
        let pair = try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        for byte in Array("AMQPx".utf8) {
            _ = [byte].withUnsafeBytes { pair.near.send($0) }
            Pair.wait(for: pair.far.socket, to: .reading)
            if byte != UInt8(ascii: "x") { #expect(pair.receive(at: pair.far) == []) }
        }
        #expect(pair.receive(at: pair.far) == Array("AMQPx".utf8))
    }

    @Test func `turns a clear peer away where TLS is required`() throws {
        let service = try TLSService(.server(), requiresTLS: true)
        let pair = try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        #expect(pair.carry(Array("AMQP".utf8) + [3, 1, 0, 0]) == [])
        #expect(pair.far.refusal == .unencrypted)
    }

    /// AMQP 5.2.1
    @Test func `answers AMQP's announcement of TLS before the handshake`() throws {
        let service = try TLSService(.server())
        let pair = try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        _ = FirstBytes.header.withUnsafeBytes { pair.near.send($0) }
        Pair.wait(for: pair.far.socket, to: .reading)
        #expect(pair.receive(at: pair.far) == [])
        #expect(pair.receive(at: pair.near) == FirstBytes.header)
        #expect(pair.far.isShakingHands)
    }

    @Test func `says that a peer does not speak TLS`() throws {
        let dialling = try TLSDialling(.client())
        let pair = try Pair(
            near: { Channel($0, dialling: dialling) }, far: { Channel(clear: $0) })
        _ = [0].withUnsafeBytes { pair.near.send($0) }
        _ = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8).withUnsafeBytes { pair.far.send($0) }
        pair.shakeHands()
        #expect(Pair.words(pair.near).hasPrefix("the peer does not speak TLS here"))
    }

    @Test func `says that a peer went away during the handshake`() throws {
        let dialling = try TLSDialling(.client())
        let pair = try Pair(
            near: { Channel($0, dialling: dialling) }, far: { Channel(clear: $0) })
        _ = [0].withUnsafeBytes { pair.near.send($0) }
        _ = pair.receive(at: pair.far)
        pair.far.socket.shutdownWriting()
        pair.shakeHands()
        #expect(
            Pair.words(pair.near) == "the peer ended the connection during the TLS handshake")
    }

    @Test func `ends when the peer says goodbye`() throws {
        let pair = try Pair(client: TLSDialling(.client()), server: TLSService(.server()))
        #expect(pair.carry([1]) == [1])
        pair.near.close()
        for _ in 0..<1_000 where pair.farEnd == nil {
            Pair.wait(for: pair.far.socket, to: .reading)
            _ = pair.receive(at: pair.far)
        }
        guard case .ended = pair.farEnd else {
            Issue.record("\(String(describing: pair.farEnd))")
            return
        }
    }

    /// A seeded stranger: whatever it sends, the far end fails or waits, and stays itself.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `survives what is no handshake`(seed: UInt64) throws {
        var random = Seed(number: seed)
        let service = try TLSService(.server(), demandsCertificate: true)
        let pair = try Pair(near: { Channel(clear: $0) }, far: { Channel($0, serving: service) })
        var bytes: [UInt8] = [0x16, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]
        bytes += (0..<2_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        for _ in 0..<seed % 4 {
            bytes[Int.random(in: 0..<11, using: &random)] = .random(in: 0...255, using: &random)
        }
        #expect(pair.carry(bytes).count <= bytes.count)
        #expect(pair.far.facts == nil)
    }
}

@Suite struct `A peer's first bytes` {
    @Test(
        arguments: [
            ([], .incomplete), ([0x16], .handshake), (Array("AMQ".utf8), .incomplete),
            (Array("AMQP".utf8) + [2, 1, 0], .incomplete),
            (Array("AMQP".utf8) + [2, 1, 0, 0], .announcement), (Array("AMQP".utf8) + [0], .clear),
            (Array("AMQP".utf8) + [3], .clear), (Array("GET".utf8), .clear), ([0x15], .clear),
            (Array("AMQP".utf8) + [2, 1, 1], .clear),
        ] as [([UInt8], FirstBytes)])
    func `tell what it speaks`(bytes: [UInt8], expected: FirstBytes) {
        #expect(FirstBytes.judge(bytes) == expected)
    }

    @Test func `say the same however many of them have come`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(1_000) {
            var bytes = seed.once(in: 2) ? FirstBytes.header : seed.bytes(8)
            if seed.once(in: 2) { bytes[seed.below(8)] = seed.bytes(1)[0] }
            let whole = FirstBytes.judge(bytes)
            #expect(whole != .incomplete)
            for count in 0..<8 {
                let soFar = FirstBytes.judge(bytes.prefix(count))
                #expect(soFar == .incomplete || soFar == whole, "MARTLET_SEED=\(seed.number)")
            }
        }
    }
}
