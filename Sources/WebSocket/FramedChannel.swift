public import EventLoop
public import TLS
public import Web

/// The bytes within a WebSocket's frames, over a channel. It gives
/// and takes what the channel itself does; one thread at a time may use it.
public final class FramedChannel {
    private let channel: Channel
    private let reader: FrameReader
    private let writer: FrameWriter
    /// The handshake, while it lasts: a client's alone.
    private var knock: Knock?
    /// What was read with the handshake and belongs behind it.
    private var ahead: [UInt8]
    /// The frame that is being written, how much of it is, and where what it holds begins.
    private var frame: [UInt8] = []
    private var sent = 0
    private var head = 0
    /// What the peer has done wrong.
    private(set) public var violation: String?
    private var closing: CloseCode?
    private var hasSaidGoodbye = false
    private var owesPing = false
    /// Something came before an end that has not been told yet.
    private var owesWord = false

    /// The most that one frame holds.
    static let mostOfFrame = 64 << 10
    /// So much room is kept for the next frame.
    private static let mostKept = 16 << 10

    /// At the server's end of a WebSocket.
    public convenience init(_ channel: Channel, serving ahead: [UInt8] = []) {
        self.init(channel, .server, ahead: ahead)
    }

    /// At a client's end, which has the handshake still before it.
    public convenience init(_ channel: Channel, knocking knock: Knock) {
        self.init(channel, .client, knock: knock)
    }

    init(_ channel: Channel, _ side: Side, ahead: [UInt8] = [], knock: Knock? = nil) {
        self.channel = channel
        self.ahead = ahead
        self.knock = knock
        reader = FrameReader(side)
        writer = FrameWriter(side)
    }

    // MARK: In

    /// Reads what is there: nothing at all (`done(0)`) where only heads and control frames came.
    public func receive(into room: UnsafeMutableRawBufferPointer) -> Descriptor.Transfer {
        guard violation == nil, !reader.hasClosed else { return word }
        if let knock { return hear(knock, room) }
        let count: Int
        if ahead.isEmpty {
            switch channel.receive(into: room) {
            case .done(let received): count = received
            case let other: return other
            }
        } else {
            count = min(ahead.count, room.count)
            room.copyBytes(from: ahead[..<count])
            ahead.removeFirst(count)
        }
        do throws(FrameReader.Violation) {
            let taken = try reader.take(count, in: room)
            if reader.hasClosed { closing = .normal }
            owesWord = reader.hasClosed
            return taken == 0 && reader.hasClosed ? word : .done(taken)
        } catch {
            violation = error.reason
            closing = .protocolError
            return word
        }
    }

    private func hear(
        _ knock: Knock, _ room: UnsafeMutableRawBufferPointer
    ) -> Descriptor.Transfer {
        let transfer = channel.receive(into: room)
        guard case .done(let count) = transfer else { return transfer }
        switch knock.take(UnsafeRawBufferPointer(rebasing: room[..<count])) {
        case .incomplete: break
        case .open(let ahead):
            self.ahead = ahead
            self.knock = nil
        case .refused(let reason):
            violation = reason
            return word
        }
        return .done(0)
    }

    private var word: Descriptor.Transfer {
        owesWord = false
        guard let violation else { return .ended }
        return .failed(SystemError(.read, code: 0, text: violation))
    }

    /// There is something to receive that the kernel does not tell of.
    public var hasMore: Bool { owesWord || !ahead.isEmpty || channel.hasMore }

    // MARK: Out

    /// Something of our own is to be written, whether or not there are bytes to send.
    public var owesFrame: Bool {
        if let knock { return !knock.pending.isEmpty }
        return frame.count > sent && head == frame.count
            || !hasSaidGoodbye && (reader.ping != nil || closing != nil || owesPing)
    }

    /// Writes what fits, and gives how many of the bytes have left. After `wouldBlock` the same bytes
    /// must come first again.
    public func send(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        if let knock { return say(knock) }
        if sent == frame.count { begin(bytes) }
        // Behind our goodbye there is nothing to be said.
        guard sent < frame.count else { return bytes.isEmpty ? .done(0) : .ended }
        let transfer = frame.withUnsafeBytes {
            channel.send(UnsafeRawBufferPointer(rebasing: $0[sent...]))
        }
        guard case .done(let count) = transfer else { return transfer }
        let before = max(sent, head)
        sent += count
        let left = max(sent, head) - before
        if sent == frame.count {
            (sent, head) = (0, 0)
            frame.removeAll(keepingCapacity: frame.capacity <= Self.mostKept)
        }
        return .done(left)
    }

    private func say(_ knock: Knock) -> Descriptor.Transfer {
        guard !knock.pending.isEmpty else { return .wouldBlock }
        let transfer = knock.pending.withUnsafeBytes { channel.send($0) }
        guard case .done(let count) = transfer else { return transfer }
        knock.wrote(count)
        return .done(0)
    }

    /// Sending goes on only when the socket can be written.
    public var awaitsRoom: Bool {
        if let knock, knock.pending.isEmpty { return channel.readsByWriting }
        return channel.awaitsRoom
    }

    /// Asks the peer for a sign of life (RFC 6455, 5.5.2), with the next `send`.
    public func ping() { owesPing = knock == nil }

    /// The next frame: a pong, a close or a ping goes before what is to be sent.
    private func begin(_ bytes: UnsafeRawBufferPointer) {
        guard !hasSaidGoodbye else { return }
        if let ping = reader.ping {
            reader.ping = nil
            put(.pong, ping)
        } else if let closing, bytes.isEmpty || closing == .protocolError {
            hasSaidGoodbye = true
            put(.close, [UInt8(closing.rawValue >> 8), UInt8(closing.rawValue & 0xFF)])
        } else if owesPing {
            owesPing = false
            put(.ping, [])
        } else if !bytes.isEmpty {
            let part = UnsafeRawBufferPointer(
                rebasing: bytes[..<min(bytes.count, Self.mostOfFrame)])
            head = writer.seal(.binary, part, into: &frame)
        }
    }

    private func put(_ kind: FrameWriter.Kind, _ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { writer.seal(kind, $0, into: &frame) }
        head = frame.count
    }

    /// Ends it: the peer is told why, if that can be at once.
    public func sayGoodbye(_ code: CloseCode) {
        guard knock == nil else { return }
        if closing == nil { closing = code }
        // What is left of a frame, a pong and the close itself.
        for _ in 0..<3 where !hasSaidGoodbye || sent < frame.count {
            _ = send(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
