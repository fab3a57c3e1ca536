import AMQP

@testable import Sessions

/// A peer without a socket: it says frames to a connection's sessions, and reads what they say.
final class PaperPeer {
    /// One frame that was heard.
    struct Heard {
        let kind: Performative
        let channel: UInt16
        /// The fields; null for those that were left out at the end.
        let fields: [Value]
        let payload: [UInt8]
        let size: Int

        subscript(field: Int) -> Value { field < fields.count ? fields[field] : nil }
    }

    let channels: Channels

    init(frameMax: Int = 65_536, channelMax: Int = 32_767, remoteChannelMax: Int = 32_767) {
        channels = Channels(channelMax: channelMax)
        channels.opened(remoteFrameMax: frameMax, remoteChannelMax: remoteChannelMax)
    }

    /// The bytes of a frame.
    static func frame(
        _ kind: Performative, channel: UInt16 = 0, _ fields: [Value], payload: [UInt8] = []
    ) -> [UInt8] {
        let list = Value.described(.ulong(UInt64(kind.rawValue)), .list(fields)).encoded()
        return whole(list + payload, channel: channel)
    }

    /// A frame around a body.
    static func whole(_ body: [UInt8], channel: UInt16 = 0) -> [UInt8] {
        let size = UInt32(body.count + 8)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * UInt32($0))) }
        return head + [2, 0, UInt8(channel >> 8), UInt8(truncatingIfNeeded: channel)] + body
    }

    func say(frame: [UInt8], channel: UInt16 = 0) -> SessionEvent {
        channels.receive(frame.span, body: 8, channel: channel)
    }

    @discardableResult
    func say(
        _ kind: Performative, channel: UInt16 = 0, _ fields: [Value], payload: [UInt8] = []
    ) -> SessionEvent {
        say(frame: Self.frame(kind, channel: channel, fields, payload: payload), channel: channel)
    }

    /// Every frame that has been written, once the turn has ended; nil if one is broken.
    func heard() -> [Heard] {
        channels.flush()
        var heard: [Heard] = []
        let bytes = Array(channels.output.bytes)
        channels.output.removeFirst(bytes.count)
        var at = 0
        while case .frame(let size, let body, 0, let channel) = FrameHead.next(
            in: bytes.span, from: at, frameMax: channels.remoteFrameMax)
        {
            if size > body {
                guard let frame = Self.read(Array(bytes[at..<at + size]), body, channel) else {
                    break
                }
                heard.append(frame)
            }
            at += size
        }
        precondition(at == bytes.count, "a broken frame was written: \(bytes[at...])")
        return heard
    }

    /// Takes what was written away; false if it is no row of whole frames within the limit, each with
    /// a performative. A text of the peer's may come back to it as it was.
    func takesBackWhole() -> Bool {
        channels.flush()
        let bytes = Array(channels.output.bytes)
        channels.output.removeFirst(bytes.count)
        var at = 0
        while case .frame(let size, let body, 0, _) = FrameHead.next(
            in: bytes.span, from: at, frameMax: channels.remoteFrameMax)
        {
            let frame = Array(bytes[at..<at + size])
            guard let descriptor = try? Fields.descriptor(frame.span, at: body),
                var list = try? Fields(listAt: descriptor.value, of: frame.span)
            else { return false }
            while list.hasMore {
                guard (try? list.skip(frame.span)) != nil else { return false }
            }
            guard list.at == list.limit else { return false }
            at += size
        }
        return at == bytes.count
    }

    private static func read(_ frame: [UInt8], _ body: Int, _ channel: UInt16) -> Heard? {
        let span = frame.span
        guard let descriptor = try? Fields.descriptor(span, at: body),
            let kind = Performative(rawValue: UInt8(truncatingIfNeeded: descriptor.code)),
            let end = try? Fields(listAt: descriptor.value, of: span).limit,
            let list = try? Value(decoding: Array(frame[descriptor.value..<end])),
            let fields = list.list
        else { return nil }
        return Heard(
            kind: kind, channel: channel, fields: fields, payload: Array(frame[end...]),
            size: frame.count)
    }
}

// MARK: Conversations

extension PaperPeer {
    /// Begins a session, which is answered; what was written for that is taken away.
    @discardableResult
    func begin(
        channel: UInt16 = 0, next: UInt32 = 0, window: UInt32 = 2_048, handleMax: Value = nil,
        ours: Int = 100, most: Int = 100
    ) -> Session {
        let event = say(
            .begin, channel: channel, [nil, .uint(next), .uint(window), .uint(100), handleMax])
        guard case .began(let session) = event else { preconditionFailure("\(event)") }
        session.begin(window: ours, most: most)
        _ = heard()
        return session
    }

    /// What an attach of this peer's says.
    static func attach(
        _ name: String, handle: UInt32, isReceiver: Bool, count: UInt32? = nil,
        source: Value = .described(.ulong(0x28), .list(["a"])),
        target: Value = .described(.ulong(0x29), .list(["a"]))
    ) -> [Value] {
        [
            .string(name), .uint(handle), .bool(isReceiver), nil, nil, source, target, nil, nil,
            count.map { .uint($0) } ?? nil,
        ]
    }

    /// Attaches a link, which is answered.
    @discardableResult
    func attach(
        _ name: String = "l", channel: UInt16 = 0, handle: UInt32 = 0, isReceiver: Bool,
        count: UInt32? = nil
    ) -> Link {
        let fields = Self.attach(
            name, handle: handle, isReceiver: isReceiver,
            count: isReceiver ? nil : count ?? 0)
        let event = say(.attach, channel: channel, fields)
        guard case .attached(let link) = event else { preconditionFailure("\(event)") }
        link.answer()
        _ = heard()
        return link
    }

    /// The peer's flow for a link.
    @discardableResult
    func flow(
        channel: UInt16 = 0, expected: UInt32? = 0, window: UInt32 = 2_048, handle: UInt32? = nil,
        count: UInt32? = nil, credit: UInt32? = nil, isDrain: Bool = false, isEcho: Bool = false
    ) -> SessionEvent {
        func uint(_ number: UInt32?) -> Value { number.map { .uint($0) } ?? nil }
        return say(
            .flow, channel: channel,
            [
                uint(expected), .uint(window), .uint(0), .uint(100), uint(handle), uint(count),
                uint(credit), nil, .bool(isDrain), .bool(isEcho),
            ])
    }

    /// The peer's transfer.
    @discardableResult
    func transfer(
        _ number: UInt32?, handle: UInt32 = 0, tag: [UInt8] = [1], isSettled: Bool = false,
        hasMore: Bool = false, state: Value = nil, isAborted: Bool = false,
        payload: [UInt8] = [1, 2, 3]
    ) -> SessionEvent {
        say(
            .transfer,
            [
                .uint(handle), number.map { .uint($0) } ?? nil, .binary(tag), .uint(0),
                .bool(isSettled), .bool(hasMore), nil, state, nil, .bool(isAborted),
            ], payload: payload)
    }
}

extension Link {
    /// Answers the peer's attach as a router does.
    func answer() {
        guard let attach else { return }
        self.attach(
            Answer(
                source: attach.source.echo(absentAs: .source),
                target: attach.target.echo(absentAs: .target)))
    }

    /// Sends a whole delivery.
    @discardableResult
    func deliver(
        _ bytes: [UInt8], tag: UInt64 = 7, isSettled: Bool = false, isLast: Bool = true,
        state: [UInt8] = []
    ) -> Sending {
        let sending = Sending(
            delivery: beginDelivery(), tag: DeliveryTag(tag), format: 0, isSettled: isSettled)
        send(bytes, of: sending, isLast: isLast, state: state)
        return sending
    }

    func send(_ bytes: [UInt8], of sending: Sending, isLast: Bool = true, state: [UInt8] = []) {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        bytes.withUnsafeBytes {
            send(sending, head: none, tail: $0, isLast: isLast, state: state)
        }
    }
}

extension SessionEvent {
    /// What rule was broken, and what ends for it.
    var broken: String? {
        guard case .violation(let violation) = self else { return nil }
        switch violation {
        case .connection(let error): return "connection: \(error.name)"
        case .session(_, let error): return "session: \(error.name)"
        }
    }

    var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    var transfer: Transfer? {
        if case .transfer(_, let transfer) = self { transfer } else { nil }
    }

    var link: Link? {
        switch self {
        case .attached(let link), .flow(let link), .detached(let link, _, _): link
        case .transfer(let link, _): link.takeUnretainedValue()
        case .nothing, .began, .widened, .disposition, .ended, .violation: nil
        }
    }
}
