internal import EventLoop
internal import TLS
internal import WebSocket

/// A connection's bytes: the channel's own, or those in a WebSocket's frames.
extension PeerConnection {
    @inline(__always)
    func receive(into room: UnsafeMutableRawBufferPointer) -> Descriptor.Transfer {
        guard let webSocket else { return channel.receive(into: room) }
        return webSocket.receive(into: room)
    }

    @inline(__always)
    func send(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        guard let webSocket else { return channel.send(bytes) }
        return webSocket.send(bytes)
    }

    /// There is something to receive that the kernel does not tell of.
    @inline(__always)
    var hasMore: Bool {
        guard let webSocket else { return channel.hasMore }
        return webSocket.hasMore
    }

    /// Sending goes on only when the socket can be written.
    var awaitsRoom: Bool { webSocket?.awaitsRoom ?? channel.awaitsRoom }

    /// A frame of the WebSocket's own is to be written.
    @inline(__always)
    var owesFrame: Bool { webSocket?.owesFrame ?? false }
}
