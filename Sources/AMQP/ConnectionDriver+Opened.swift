internal import Basis

/// An engine is large, and an open connection needs it again at its end only.
extension ConnectionDriver {
    /// An engine for the end of a connection whose opens another engine has exchanged, which is gone:
    /// it takes and makes what can follow them on channel 0, and knows nothing else of the peer.
    public convenience init(openedWithMaxFrame maxFrame: Int) {
        self.init(server: false)
        transport.setMaxFrame(maxFrame)
        bind()
        connection.setContainer("-")
        connection.open()
        takeOpen()
        drain()
    }

    /// The header, and the shortest open that there is (AMQP 2.2, 2.7.1).
    private static let opening: [UInt8] = [
        0x41, 0x4D, 0x51, 0x50, 0, 1, 0, 0,
        0, 0, 0, 17, 2, 0, 0, 0, 0x00, 0x53, 0x10, 0xC0, 4, 1, 0xA1, 1, 0x2D,
    ]

    private func takeOpen() {
        let room = readBuffer(size: Self.opening.count)
        invariant(room.count >= Self.opening.count, "a new engine has room")
        Self.opening.withUnsafeBytes { room.copyMemory(from: $0) }
        _ = readDone(Self.opening.count)
    }

    /// What was said and heard so far is known.
    private func drain() {
        while nextEvent() != nil {}
        while !writeBuffer().isEmpty { writeDone(writeBuffer().count) }
        while nextEvent() != nil {}
    }
}
