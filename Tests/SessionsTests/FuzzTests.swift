import AMQP
import Seeded
import Testing

@testable import Sessions

/// Frames from a seed. What is tried is that nothing traps, that a broken frame has no effect, and
/// that all that is written can be read.
@Suite struct `Any frame` {
    @Test func `is taken in, or refused without an effect`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(150) {
            var attacker = Attacker(seed: Seed(number: seed.next()))
            for _ in 0..<60 { attacker.step() }
            let failure = attacker.failure
            #expect(failure == nil, "MARTLET_SEED=\(seed.number)")
            if failure != nil { return }
        }
    }

    @Test func `of random octets is refused, or described`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(3_000) {
            var bytes = seed.bytes(seed.below(80))
            if seed.once(in: 2) {
                bytes = PaperPeer.whole([0, 0x53, 0x10 + UInt8(seed.below(9))] + bytes)
            }
            let head = FrameHead.next(
                in: bytes.span, from: seed.below(bytes.count + 1), frameMax: seed.below(200))
            if case .frame(let size, let body, _, _) = head {
                #expect(body <= size && size <= bytes.count)
            }
            _ = Channels.isForSessions(
                bytes.span, body: seed.below(bytes.count + 1), end: bytes.count)
            let text = bytes.withUnsafeBytes { FrameText.describe($0, arrow: "<-") }
            #expect(!text.isEmpty)
        }
    }

    @Test func `may hold any terminus, state and error`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(3_000) {
            var made = AnyValue(seed: seed)
            let code = [0x1D, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x30, 0x34][seed.below(10)]
            let count = seed.below(14)
            let list = Value.list((0..<count).map { _ in made.next() })
            var bytes = Value.described(.ulong(UInt64(code)), list).encoded()
            seed = made.seed
            if seed.once(in: 3), !bytes.isEmpty {
                bytes[seed.below(bytes.count)] = UInt8(seed.below(256))
            }
            if seed.once(in: 5) { bytes.removeLast(seed.below(bytes.count)) }
            guard let range = whole(bytes) else { continue }
            if let terminus = try? Terminus(range, of: bytes.span) {
                _ = terminus.echo(absentAs: .source, dynamicAddress: seed.once(in: 2) ? "t" : nil)
                _ = (terminus.properties, terminus.filter, terminus.capabilities)
                _ = terminus.soleCapability
            }
            bytes.withUnsafeBytes { frame in
                if let outcome = Outcome(in: range, of: frame) {
                    let encoded = outcome.encoded(within: 448)
                    #expect(encoded.count <= 448 || outcome.state == .none)
                }
            }
            _ = try? AMQPError(range, of: bytes.span)
        }
    }

    /// Where the field is that bytes are, as `Fields.any` finds it.
    private func whole(_ bytes: [UInt8]) -> Range<Int>? {
        let list = [0xD0] + Self.word(bytes.count + 4) + Self.word(1) + bytes
        guard var fields = try? Fields(listAt: 0, of: list.span),
            let range = try? fields.any(list.span)
        else { return nil }
        return range.lowerBound - 9..<range.upperBound - 9
    }

    private static func word(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
}

/// Values of every type, extremes often.
private struct AnyValue {
    var seed: Seed

    mutating func next() -> Value {
        switch seed.below(14) {
        case 0..<4: .uint(number(near: 0))
        case 4: nil
        case 5: .bool(seed.once(in: 2))
        case 6: .ubyte(UInt8(seed.below(256)))
        case 7: .ulong([0, 1, .max, .max - 1, UInt64(UInt32.max)][seed.below(5)])
        case 8: .binary(seed.bytes(seed.below(40)))
        case 9: .string(["", "a", "é", "link-detach"][seed.below(4)])
        case 10: .symbol(["", "never", "copy", "amqp:list"][seed.below(4)])
        case 11: .list([next(), next()])
        case 12: .map([(next()): next()])
        default: .described(.ulong(UInt64(0x1D + seed.below(24))), .list([next(), next()]))
        }
    }

    /// The extremes, and what is near to a number that would be right.
    mutating func number(near right: UInt32) -> UInt32 {
        [
            0, 1, .max, .max - 1, 0x7FFF_FFFF, 0x8000_0000, right, right &- 1, right &+ 1, right,
            right,
        ][seed.below(11)]
    }
}

/// A peer that says what is nearly right.
private struct Attacker {
    var values: AnyValue
    let peer = PaperPeer(frameMax: 512, channelMax: 3, remoteChannelMax: 3)
    var failure: String?

    init(seed: Seed) { values = AnyValue(seed: seed) }

    private mutating func below(_ limit: Int) -> Int { values.seed.below(limit) }
    private mutating func once(in count: Int) -> Bool { values.seed.once(in: count) }

    mutating func step() {
        let sessions = peer.channels.sessions
        let session = sessions.isEmpty ? nil : sessions[below(sessions.count)]
        let links = session?.links ?? []
        let link = links.isEmpty ? nil : links[below(links.count)]
        if once(in: 4) { act(session, link) }
        let channel = once(in: 8) ? UInt16(below(5)) : session?.remoteChannel ?? 0
        let frame = frame(channel, session, link)
        let before = state()
        let event = peer.say(frame: frame, channel: channel)
        if case .violation = event, state() != before { failure = "\(event)\n\(frame)" }
        answer(event)
        if !peer.takesBackWhole() { failure = "a broken frame was written for \(frame)" }
    }

    /// All that a broken frame must leave as it was.
    private func state() -> [Int] {
        peer.channels.sessions.flatMap { session in
            [
                Int(session.remoteWindow), Int(session.incomingWindow),
                Int(session.nextDelivery ?? 0), Int(session.nextIncomingID), session.named.count,
            ]
                + session.links.flatMap {
                    [
                        $0.credit, Int($0.deliveryCount), $0.inMessage == nil ? 0 : 1,
                        $0.isDraining ? 1 : 0, Int($0.remoteHandle),
                    ]
                }
        } + [peer.channels.linkCount, peer.channels.output.count]
    }

    private mutating func frame(_ channel: UInt16, _ session: Session?, _ link: Link?) -> [UInt8] {
        if once(in: 20) { return PaperPeer.whole(values.seed.bytes(below(40)), channel: channel) }
        let kind = Performative(rawValue: 0x11 + UInt8(below(session == nil ? 2 : 7))) ?? .begin
        var fields = right(kind, session, link)
        while once(in: 3) {
            let place = below(fields.count + 1)
            if place == fields.count { fields.append(values.next()) }
            fields[place] = values.next()
            if once(in: 6) { fields.removeLast(below(fields.count)) }
        }
        let payload = kind == .transfer ? values.seed.bytes(below(30)) : []
        var frame = PaperPeer.frame(kind, channel: channel, fields, payload: payload)
        if once(in: 12) { frame[8 + below(frame.count - 8)] = UInt8(below(256)) }
        if once(in: 30) { frame.removeLast(below(frame.count - 8)) }
        return frame
    }

    private mutating func uint(_ right: UInt32?) -> Value {
        .uint(once(in: 4) ? values.number(near: right ?? 0) : right ?? 0)
    }

    /// Fields as they should be, or nearly.
    private mutating func right(
        _ kind: Performative, _ session: Session?, _ link: Link?
    ) -> [Value] {
        switch kind {
        case .begin: return [nil, uint(0), uint(5), uint(5)]
        case .attach:
            let name = ["a", "b", "c", "d"][below(4)]
            return PaperPeer.attach(
                name, handle: UInt32(below(4)), isReceiver: once(in: 2), count: 0)
        case .flow:
            let handle = once(in: 4) ? nil : uint(link?.remoteHandle)
            return [
                uint(session?.nextOutgoingID), uint(5), uint(0), uint(5), handle,
                uint(link?.deliveryCount), uint(3), nil, .bool(once(in: 4)), .bool(once(in: 4)),
            ]
        case .transfer:
            return [
                uint(link?.remoteHandle), uint(session?.nextDelivery), .binary([1]), uint(0),
                .bool(once(in: 2)), .bool(once(in: 2)), nil, nil, nil, .bool(once(in: 8)),
            ]
        case .disposition:
            return [
                .bool(once(in: 2)), uint(0), uint(3), .bool(once(in: 2)),
                .described(.ulong(0x24 + UInt64(below(4))), []),
            ]
        case .detach: return [uint(link?.remoteHandle), true]
        case .end: return []
        }
    }

    /// What a driver does of its own.
    private mutating func act(_ session: Session?, _ link: Link?) {
        switch below(8) {
        case 0: link?.grant(below(5))
        case 1: link?.drain()
        case 2: link?.drained()
        case 3: link?.detach(isClosed: true)
        case 4: if once(in: 4) { session?.end() }
        case 5: session?.makeLink(name: "own", isSender: true).attach(.init(source: [], target: []))
        case 6: peer.channels.makeSession()?.begin(window: 3, most: 8)
        default:
            guard let link, link.isSender, link.local == .attached, link.credit > 0,
                link.session.remoteWindow > 0
            else { return }
            let sending = link.deliver(
                [UInt8](repeating: 1, count: min(link.room, below(2_000))), isLast: once(in: 2))
            if once(in: 2) { link.abort(sending) }
            link.track(sending.delivery, 1)
        }
    }

    private mutating func answer(_ event: SessionEvent) {
        switch event {
        case .began(let session): session.begin(window: 3, most: 8)
        case .attached(let link): if link.local == .unattached { link.answer() }
        case .detached(let link, let isClosed, _): link.detach(isClosed: isClosed)
        case .ended(let session): session.end()
        case .violation(.session(let session, let error)):
            if once(in: 3) { session.end(error) }
        case .transfer(let lent, let transfer):
            let link = lent.takeUnretainedValue()
            if once(in: 2) {
                link.session.hold()
                if once(in: 2) { link.session.letGo(1) }
            }
            link.dispose(transfer.delivery, .accepted, isSettled: once(in: 2))
        case .disposition(let session, let disposition):
            session.forEach(in: disposition) { delivery, _ in session.sent.remove(delivery) }
        case .nothing, .flow, .widened, .violation: break
        }
    }
}
