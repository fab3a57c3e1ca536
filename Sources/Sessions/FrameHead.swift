/// The next thing that a peer's bytes hold: a protocol header, or a frame (AMQP 2.2, 2.3).
public enum FrameHead: Equatable {
    /// Eight octets, `AMQP` first.
    case header
    /// Octets of the whole frame, its head included; where its body begins, its type and its channel.
    case frame(size: Int, body: Int, type: UInt8, channel: UInt16)
    /// More must come; how many octets the whole needs, as far as that is known.
    case incomplete(Int)
    case malformed

    /// A frame whose performative is described by its symbol, with the number in its place, for an
    /// engine that knows only that (AMQP 1.1.2); nil for any other.
    public static func numbered(_ frame: Span<UInt8>) -> [UInt8]? {
        guard
            case .frame(let size, let body, 0, let channel) = next(
                in: frame, from: 0, frameMax: .max),
            size - body > 2, frame[body] == 0, [0xA3, 0xB3].contains(frame[body + 1]),
            let descriptor = try? Fields.descriptor(frame, at: body), descriptor.code != 0
        else { return nil }
        var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, UInt8(channel >> 8), UInt8(channel & 0xFF)]
        bytes += [0, 0x53, UInt8(truncatingIfNeeded: descriptor.code)]
        for at in descriptor.value..<size { bytes.append(frame[at]) }
        let count = UInt32(bytes.count)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: count >> (24 - 8 * index)) }
        return bytes
    }

    /// Looks at the bytes from `start` on.
    @inline(__always)
    public static func next(in bytes: Span<UInt8>, from start: Int, frameMax: Int) -> FrameHead {
        guard bytes.count &- start >= 8 else { return .incomplete(8) }
        if bytes[start] == 0x41 {  // a frame as large as `AMQP` reads is beyond every limit
            return bytes[start &+ 1] == 0x4D && bytes[start &+ 2] == 0x51
                && bytes[start &+ 3] == 0x50 ? .header : .malformed
        }
        let size = Int(Fields.word(bytes, start))
        let body = Int(bytes[start &+ 4]) &* 4
        guard size >= 8, size <= frameMax, body >= 8, body <= size else { return .malformed }
        guard bytes.count &- start >= size else { return .incomplete(size) }
        let channel = UInt16(bytes[start &+ 6]) << 8 | UInt16(bytes[start &+ 7])
        return .frame(size: size, body: body, type: bytes[start &+ 5], channel: channel)
    }
}
