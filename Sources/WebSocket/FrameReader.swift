internal import CWslay

/// Which end of a WebSocket we are: a client masks what it sends, a server does not (RFC 6455, 5.3).
enum Side { case server, client }

/// Takes a peer's frames apart, by wslay (RFC 6455, 5). Their borders mean nothing to AMQP (AMQP
/// WebSocket Binding, 2.4): what they hold comes out as one stream, whole messages are never put
/// together, and so need no bound.
final class FrameReader {
    /// What a peer has done that no WebSocket may.
    struct Violation: Error, Hashable, Sendable {
        let reason: String
    }

    private let side: Side
    private var context: wslay_frame_context_ptr?
    /// What wslay has not taken yet of the bytes at hand.
    private var source = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Octets of the present frame that are still to come.
    private var left: UInt64 = 0
    /// A message has begun, and its last frame has not come.
    private var isInMessage = false
    private var control: [UInt8] = []

    /// The newest ping that was not answered: what it holds. Earlier ones need no answer (5.5.3).
    var ping: [UInt8]?
    /// The peer sends no more.
    private(set) var hasClosed = false

    init(_ side: Side) {
        self.side = side
        var callbacks = wslay_frame_callbacks(
            send_callback: nil, recv_callback: Self.give, genmask_callback: nil)
        wslay_frame_context_init(&context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { wslay_frame_context_free(context) }

    /// Takes the bytes that `room` begins with, and puts what the frames of messages hold in their
    /// place: it is never more. Gives how much that is.
    func take(
        _ count: Int, in room: UnsafeMutableRawBufferPointer
    ) throws(Violation) -> Int {
        source = UnsafeRawBufferPointer(rebasing: room[..<count])
        defer { source = UnsafeRawBufferPointer(start: nil, count: 0) }
        var end = 0
        var frame = wslay_frame_iocb()
        while !hasClosed {
            let got = wslay_frame_recv(context, &frame)
            guard got >= 0 else {
                guard got == Int(WSLAY_ERR_WANT_READ.rawValue) else {
                    throw Violation(reason: "malformed frame")
                }
                break
            }
            if left == 0 {
                try check(frame)
                left = frame.payload_length
            }
            left -= UInt64(got)
            let data = UnsafeRawBufferPointer(start: frame.data, count: got)
            if frame.opcode & 8 != 0 {
                try takeControl(frame, data)
            } else if got > 0 {
                // What came out lies before what wslay has still to take.
                UnsafeMutableRawBufferPointer(rebasing: room[end...]).copyMemory(from: data)
                end += got
            }
        }
        return end
    }

    /// A frame begins.
    private func check(_ frame: wslay_frame_iocb) throws(Violation) {
        guard frame.rsv == 0 else { throw Violation(reason: "no extension was agreed on") }
        guard (frame.mask != 0) == (side == .server) else {
            throw Violation(reason: side == .server ? "unmasked frame" : "masked frame")
        }
        switch UInt32(frame.opcode) {
        case WSLAY_CONTINUATION_FRAME.rawValue:
            guard isInMessage else { throw Violation(reason: "a continuation of nothing") }
            isInMessage = frame.fin == 0
        case WSLAY_TEXT_FRAME.rawValue, WSLAY_BINARY_FRAME.rawValue:
            guard !isInMessage else { throw Violation(reason: "a message within a message") }
            isInMessage = frame.fin == 0
        case WSLAY_CONNECTION_CLOSE.rawValue, WSLAY_PING.rawValue, WSLAY_PONG.rawValue:
            control = []
        default: throw Violation(reason: "unknown opcode \(frame.opcode)")
        }
    }

    /// Never more than 125 octets, which wslay sees to.
    private func takeControl(
        _ frame: wslay_frame_iocb, _ data: UnsafeRawBufferPointer
    ) throws(Violation) {
        control += data
        guard left == 0 else { return }
        switch UInt32(frame.opcode) {
        case WSLAY_PING.rawValue: ping = control
        case WSLAY_CONNECTION_CLOSE.rawValue:
            guard control.count != 1 else { throw Violation(reason: "half a close code") }
            hasClosed = true
        default: break
        }
    }

    private static let give:
        @convention(c) (
            UnsafeMutablePointer<UInt8>?, Int, Int32, UnsafeMutableRawPointer?
        ) -> Int = { room, size, _, reader in
            guard let room, let reader else { return -1 }
            return Unmanaged<FrameReader>.fromOpaque(reader).takeUnretainedValue()
                .give(UnsafeMutableRawBufferPointer(start: room, count: size))
        }

    /// Gives wslay what it has room for.
    private func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, source.count)
        guard count > 0 else { return -1 }
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        source = UnsafeRawBufferPointer(rebasing: source[count...])
        return count
    }
}
