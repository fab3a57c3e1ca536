import Seeded
import Testing

@testable import AMQP

@Suite struct `The annotation writer` {
    @Test func `leaves the user's annotations and takes the router's out`() {
        var messages = RandomMessage(Seed())
        for _ in 0..<1_000 {
            let bytes = messages.next()
            guard let (head, twin) = Self.heads(of: bytes, trusted: false) else { continue }
            let section = twin.userEntries.isEmpty ? [] : Self.section(twin.userEntries)
            #expect(
                Self.write(bytes, head, nil) == bytes[..<twin.annotations.lowerBound] + section,
                "\(bytes)")
        }
    }

    @Test func `puts the router's annotations behind the user's`() {
        var seed = Seed()
        var messages = RandomMessage(Seed(number: seed.next()))
        for _ in 0..<1_000 {
            let bytes = messages.next()
            guard let (head, twin) = Self.heads(of: bytes, trusted: true) else { continue }
            let keys = Keys(
                to: messages.name(), ingress: messages.name(), myself: "0/" + messages.name(),
                trace: twin.trace ?? [], phase: seed.below(3), isStream: seed.once(in: 2),
                stamp: seed.once(in: 2) ? .max - UInt64(seed.below(1_000)) : 0)
            #expect(
                Self.write(bytes, head, keys)
                    == bytes[..<twin.annotations.lowerBound]
                    + Self.section(twin.userEntries + keys.entries), "\(bytes) \(keys)")
        }
    }

    @Test func `writes what the next router reads`() {
        var messages = RandomMessage(Seed())
        for _ in 0..<1_000 {
            let bytes = messages.next()
            guard let (head, twin) = Self.heads(of: bytes, trusted: true) else { continue }
            let keys = Keys(
                to: "a", ingress: "0/B", myself: "0/A", trace: twin.trace ?? [], phase: 1,
                isStream: false, stamp: 0x0102_0304_0506_0708)
            let sent = Self.write(bytes, head, keys) + bytes[twin.annotations.upperBound...]
            guard let (_, next) = Self.heads(of: Array(sent), trusted: true) else {
                Issue.record("unreadable: \(sent)")
                return
            }
            #expect(next.to == "a" && next.ingress == "0/B" && next.phase == 1)
            #expect(next.stamp == 0x0102_0304_0506_0708)
            #expect(next.trace == (twin.trace ?? []) + ["0/A"])
            #expect(next.userEntries == twin.userEntries)
            #expect(next.priority == twin.priority && next.propertiesTo == twin.propertiesTo)
        }
    }

    /// The count goes on through routers that know nothing of it: to them it is a user's.
    @Test(arguments: [0, 1, 8, 255, 300])
    func `tells the next router how many exchanges there were`(count: Int) {
        let head = MessageHead()
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        var keys = AnnotationWriter.RouterKeys(
            to: empty, ingress: empty, trace: empty, traceCount: 0, myself: empty, phase: 0,
            isStream: false, stamp: 0)
        keys.exchanges = count
        let body: [UInt8] = [0, 0x53, 0x77, 0x40]
        let sent = body.withUnsafeBytes { Self.run($0, head, keys) } + body
        for isTrusted in [true, false] {
            guard let (next, _) = Self.heads(of: sent, trusted: isTrusted) else {
                Issue.record("unreadable: \(sent)")
                return
            }
            #expect(next.exchanges == (isTrusted ? min(count, 255) : 0))
            #expect(next.hasRouterKeys == (count > 0) && !next.hasUserKeys)
        }
    }

    @Test func `stays in its room whatever the bytes are that a scan has let pass`() {
        var messages = RandomMessage(Seed())
        var passed = 0
        for _ in 0..<4_000 {
            let bytes = messages.damaged(messages.next())
            let scan = bytes.withUnsafeBytes {
                MessageHead.scan($0, isWhole: true, depth: .annotations, trusted: true)
            }
            guard case .found(let head) = scan else { continue }
            passed += 1
            let keys = Keys(
                to: "to", ingress: "0/B", myself: "0/A", trace: [], phase: 1, isStream: true,
                stamp: .max)
            _ = Self.write(bytes, head, nil)
            _ = Self.write(bytes, head, keys)
        }
        #expect(passed > 1_000)
    }

    /// The router's keys as texts, and as bytes of the wire.
    struct Keys {
        var to: String
        var ingress: String
        var myself: String
        var trace: [String]
        var phase: Int
        var isStream: Bool
        var stamp: UInt64

        var entries: [[UInt8]] {
            var entries: [[UInt8]] = []
            if phase != 0 { entries.append(entry("phase", Value.int(Int32(phase)).encoded())) }
            if isStream { entries.append(entry("stream", Value.int(1).encoded())) }
            if stamp != 0 { entries.append(entry("class", Value.ulong(stamp).encoded())) }
            if !to.isEmpty { entries.append(entry("to", Value.string(to).encoded())) }
            entries.append(entry("ingress", Value.string(ingress).encoded()))
            let texts = (trace + [myself]).map { Value.string($0).encoded() }
            entries.append(entry("trace", compound(0xC0, 0xD0, texts)))
            return entries
        }

        private func entry(_ name: String, _ value: [UInt8]) -> [UInt8] {
            Value.symbol("x-opt-qd." + name).encoded() + value
        }
    }

    private static func section(_ entries: [[UInt8]]) -> [UInt8] {
        [0, 0x53, 0x72] + compound(0xC1, 0xD1, entries.flatMap { [$0, []] })
    }

    private static func heads(
        of bytes: [UInt8], trusted: Bool
    ) -> (MessageHead, HeadTwin)? {
        let scan = bytes.withUnsafeBytes {
            MessageHead.scan($0, isWhole: true, depth: .properties, trusted: trusted)
        }
        guard case .found(let head) = scan,
            case .found(let twin) = HeadTwin.find(
                in: bytes, depth: .properties, trusted: trusted
            ).finding
        else { return nil }
        return (head, twin)
    }

    /// Writes into no more room than the writer asks for; the earlier trace stays as it was encoded.
    private static func write(_ bytes: [UInt8], _ head: MessageHead, _ keys: Keys?) -> [UInt8] {
        bytes.withUnsafeBytes { bytes in
            guard let keys else { return run(bytes, head, nil) }
            return Array(keys.to.utf8).withUnsafeBytes { to in
                Array(keys.ingress.utf8).withUnsafeBytes { ingress in
                    Array(keys.myself.utf8).withUnsafeBytes { myself in
                        let trace = keys.trace.flatMap { Value.string($0).encoded() }
                        return trace.withUnsafeBytes { trace in
                            let keys = AnnotationWriter.RouterKeys(
                                to: to, ingress: ingress, trace: trace,
                                traceCount: keys.trace.count, myself: myself, phase: keys.phase,
                                isStream: keys.isStream, stamp: keys.stamp)
                            return run(bytes, head, keys)
                        }
                    }
                }
            }
        }
    }

    private static func run(
        _ bytes: UnsafeRawBufferPointer, _ head: MessageHead, _ keys: AnnotationWriter.RouterKeys?
    ) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: AnnotationWriter.room(for: head, keys: keys), alignment: 1)
        defer { room.deallocate() }
        let count = AnnotationWriter.write(bytes, head: head, keys: keys, into: room)
        return Array(room[..<count])
    }
}

/// A list or a map in its short form if that can hold it.
private func compound(_ short: UInt8, _ long: UInt8, _ elements: [[UInt8]]) -> [UInt8] {
    let content = elements.flatMap { $0 }
    if content.count < 255, elements.count < 256 {
        return [short, UInt8(content.count + 1), UInt8(elements.count)] + content
    }
    return [long] + RandomMessage.word(content.count + 4) + RandomMessage.word(elements.count)
        + content
}
