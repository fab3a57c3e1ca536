internal import CWslay

/// Why a WebSocket ends (RFC 6455, 7.4).
public enum CloseCode: UInt16, Sendable {
    case normal = 1_000
    /// The router goes down.
    case goingAway = 1_001
    case protocolError = 1_002
}

/// Makes frames, by wslay (RFC 6455, 5).
final class FrameWriter {
    enum Kind {
        case binary, close, ping, pong

        fileprivate var opcode: UInt32 {
            switch self {
            case .binary: WSLAY_BINARY_FRAME.rawValue
            case .close: WSLAY_CONNECTION_CLOSE.rawValue
            case .ping: WSLAY_PING.rawValue
            case .pong: WSLAY_PONG.rawValue
            }
        }
    }

    private let side: Side
    private var context: wslay_frame_context_ptr?
    private var sealed: [UInt8] = []

    init(_ side: Side) {
        self.side = side
        var callbacks = wslay_frame_callbacks(
            send_callback: Self.append, recv_callback: nil, genmask_callback: Self.makeKey)
        wslay_frame_context_init(&context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { wslay_frame_context_free(context) }

    /// Puts a whole frame in the place of what `room` holds, and gives how long its head is.
    func seal(_ kind: Kind, _ bytes: UnsafeRawBufferPointer, into room: inout [UInt8]) -> Int {
        swap(&sealed, &room)
        sealed.removeAll(keepingCapacity: true)
        sealed.reserveCapacity(bytes.count + Self.longestHead)
        var frame = wslay_frame_iocb()
        frame.fin = 1
        frame.opcode = UInt8(kind.opcode)
        frame.mask = side == .client ? 1 : 0
        frame.payload_length = UInt64(bytes.count)
        var rest = bytes
        repeat {
            frame.data = rest.bindMemory(to: UInt8.self).baseAddress
            frame.data_length = rest.count
            let done = wslay_frame_send(context, &frame)
            // It has room for all, so that it takes all.
            guard done > 0 else { break }
            rest = UnsafeRawBufferPointer(rebasing: rest[done...])
        } while !rest.isEmpty
        swap(&sealed, &room)
        return room.count - bytes.count
    }

    private static let longestHead = 14

    private static let append:
        @convention(c) (
            UnsafePointer<UInt8>?, Int, Int32, UnsafeMutableRawPointer?
        ) -> Int = { bytes, count, _, writer in
            guard let writer else { return -1 }
            Unmanaged<FrameWriter>.fromOpaque(writer).takeUnretainedValue().sealed +=
                UnsafeBufferPointer(start: bytes, count: count)
            return count
        }

    /// What a client masks by must not be foreseen (RFC 6455, 10.3).
    private static let makeKey:
        @convention(c) (
            UnsafeMutablePointer<UInt8>?, Int, UnsafeMutableRawPointer?
        ) -> Int32 = { room, count, _ in
            for place in 0..<count { room?[place] = UInt8.random(in: 0...255) }
            return 0
        }
}
