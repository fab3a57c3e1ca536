import EventLoop
import Seeded
import TLS
import Testing

@testable import WebSocket

@Suite struct `The frames of a WebSocket` {
    /// Takes bytes apart, in pieces of so many.
    private func opened(
        _ bytes: [UInt8], by side: Side = .server, step: Int = .max
    ) throws -> [UInt8] {
        let reader = FrameReader(side)
        return try opened(bytes, reader, step: step)
    }

    private func opened(
        _ bytes: [UInt8], _ reader: FrameReader, step: Int
    ) throws -> [UInt8] {
        var found: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            var part = Array(rest.prefix(step))
            rest = rest.dropFirst(part.count)
            let count = try part.withUnsafeMutableBytes { room in
                try reader.take(room.count, in: room)
            }
            found += part[..<count]
        }
        return found
    }

    private func sealed(
        _ bytes: [UInt8], by side: Side = .client, _ kind: FrameWriter.Kind = .binary
    ) -> [UInt8] {
        var frame: [UInt8] = []
        let writer = FrameWriter(side)
        let head = bytes.withUnsafeBytes { writer.seal(kind, $0, into: &frame) }
        #expect(head == frame.count - bytes.count)
        return frame
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 100_000])
    func `come out as they went in, whatever their length`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for (writer, reader) in [(Side.client, Side.server), (.server, .client)] {
            #expect(try opened(sealed(bytes, by: writer), by: reader) == bytes)
        }
    }

    @Test func `hide what a client sends, and show what a server does`() {
        let bytes = Array("a text that is long enough".utf8)
        #expect(Array(sealed(bytes, by: .server).suffix(bytes.count)) == bytes)
        #expect(Array(sealed(bytes, by: .client).suffix(bytes.count)) != bytes)
    }

    @Test func `may be cut anywhere, and hold anything between them`() throws {
        var seed = Seed()
        for _ in 0..<Seed.rounds(300) {
            var wire: [UInt8] = []
            var expected: [UInt8] = []
            let reader = FrameReader(.server)
            for _ in 0..<seed.below(6) {
                let part = seed.bytes(seed.once(in: 8) ? seed.below(70_000) : seed.below(300))
                expected += part
                wire += sealed(part)
                if seed.once(in: 2) { wire += sealed(seed.bytes(seed.below(126)), .pong) }
            }
            let step = seed.once(in: 3) ? 1 + seed.below(7) : 1 + seed.below(20_000)
            #expect(try opened(wire, reader, step: step) == expected)
        }
    }

    @Test func `of a stranger are taken or refused, and never more than came`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(3_000) {
            var wire: [UInt8] = []
            for _ in 0..<1 + seed.below(4) {
                var frame = sealed(seed.bytes(seed.below(200)))
                if seed.once(in: 2) {
                    frame[seed.below(min(frame.count, 14))] = UInt8(seed.below(256))
                }
                if seed.once(in: 4) { frame.removeLast(seed.below(frame.count)) }
                wire += seed.once(in: 9) ? seed.bytes(seed.below(60)) : frame
            }
            let reader = FrameReader(seed.once(in: 9) ? .client : .server)
            let found = try? opened(wire, reader, step: 1 + seed.below(64))
            #expect(found?.count ?? 0 <= wire.count)
            #expect(reader.ping?.count ?? 0 <= 125)
        }
    }

    @Test func `end with the peer's close, whatever follows`() throws {
        let reader = FrameReader(.server)
        let wire = sealed([1, 2]) + sealed([3, 232], .close) + sealed([3, 4])
        #expect(try opened(wire, reader, step: .max) == [1, 2])
        #expect(reader.hasClosed)
    }
}

@Suite struct `A framed channel` {
    /// Two ends of a stream.
    private func pair() throws -> (server: FramedChannel, client: FramedChannel, ends: [Channel]) {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        defer { listener.close() }
        let dialled = try Socket.connect(
            host: "127.0.0.1", port: Socket.local(listener).port)
        while true {
            guard case .connection(let accepted, _) = Socket.accept(listener) else { continue }
            let ends = [Channel(clear: accepted), Channel(clear: dialled)]
            return (FramedChannel(ends[0], .server), FramedChannel(ends[1], .client), ends)
        }
    }

    private func receive(_ channel: FramedChannel, _ count: Int) -> [UInt8] {
        var found: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 128 << 10)
        while found.count < count {
            let transfer = room.withUnsafeMutableBytes { channel.receive(into: $0) }
            switch transfer {
            case .done(let got): found += room[..<got]
            case .wouldBlock: continue
            case .ended, .failed: return found
            }
        }
        return found
    }

    @Test func `carries more than the kernel takes at once`() throws {
        let (server, client, ends) = try pair()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var sent = 0
        var found: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 128 << 10)
        while found.count < bytes.count {
            let transfer = bytes[sent...].withUnsafeBytes { client.send($0) }
            if case .done(let count) = transfer { sent += count }
            let got = room.withUnsafeMutableBytes { server.receive(into: $0) }
            if case .done(let count) = got { found += room[..<count] }
        }
        #expect(found == bytes)
        #expect(sent == bytes.count)
        withExtendedLifetime(ends) {}
    }

    @Test func `asks for a sign of life between frames, and gets one`() throws {
        let (server, client, ends) = try pair()
        server.ping()
        #expect(server.owesFrame)
        let bytes: [UInt8] = [7, 8]
        var sent = 0
        while sent < bytes.count {
            let transfer = bytes[sent...].withUnsafeBytes { server.send($0) }
            if case .done(let count) = transfer { sent += count }
        }
        #expect(!server.owesFrame)
        #expect(receive(client, bytes.count) == bytes)
        #expect(client.owesFrame)
        _ = client.send(UnsafeRawBufferPointer(start: nil, count: 0))
        client.sayGoodbye(.normal)
        #expect(receive(server, 1) == [])
        withExtendedLifetime(ends) {}
    }

    @Test func `says goodbye, and tells of the peer's after what came before`() throws {
        let (server, client, ends) = try pair()
        _ = [1, 2, 3].withUnsafeBytes { client.send(UnsafeRawBufferPointer(rebasing: $0[..<3])) }
        client.sayGoodbye(.normal)
        #expect(receive(server, 3).count == 3)
        var room = [UInt8](repeating: 0, count: 100)
        let end = room.withUnsafeMutableBytes { server.receive(into: $0) }
        guard case .ended = end else {
            Issue.record("it has not ended: \(end)")
            return
        }
        #expect(server.owesFrame)
        _ = server.send(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(!server.owesFrame)
        withExtendedLifetime(ends) {}
    }
}
