internal import EventLoop
internal import TLS
internal import WebSocket

/// A client's bytes: the channel's own, or those in a WebSocket's frames.
extension Client {
    func receive(into room: UnsafeMutableRawBufferPointer) -> Descriptor.Transfer {
        webSocket?.receive(into: room) ?? channel.receive(into: room)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        webSocket?.send(bytes) ?? channel.send(bytes)
    }

    var hasMore: Bool { webSocket?.hasMore ?? channel.hasMore }

    var awaitsRoom: Bool { webSocket?.awaitsRoom ?? channel.awaitsRoom }
}
