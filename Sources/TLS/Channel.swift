public import EventLoop

/// The bytes of one connection, in clear or under TLS, over a socket that it owns. One thread at a
/// time may use it.
///
/// What it gives is what a socket gives: the caller reads until `wouldBlock` or until it has read
/// its share, and then asks `hasMore`, because TLS may hold bytes of which the kernel knows nothing.
public final class Channel {
    private enum Layer {
        /// A peer's first bytes are awaited; these have come.
        case undecided(TLSService, [UInt8])
        case clear
        /// In clear, with bytes that were taken to decide and are to be given out first.
        case clearAfter([UInt8])
        case secure(TLSSession)
        case refused(Refusal)
    }

    /// Why a channel carries nothing.
    public enum Refusal: Hashable, Sendable {
        /// The listener wants TLS, and the peer began in clear (RS-334).
        case unencrypted
        /// The handshake failed, or what came later was no TLS.
        case failed(TLSFailure)
    }

    public let socket: Descriptor
    private var layer: Layer
    private var isClosed = false

    /// In clear.
    public init(clear socket: Descriptor) {
        self.socket = socket
        layer = .clear
    }

    /// What a listener with TLS has accepted.
    public init(_ socket: Descriptor, serving service: TLSService) {
        self.socket = socket
        layer = .undecided(service, [])
    }

    /// To a server under TLS. The handshake begins with the first transfer.
    public init(_ socket: Descriptor, dialling: TLSDialling) {
        self.socket = socket
        layer =
            TLSSession(.client(dialling), socket: socket).map(Layer.secure)
            ?? .refused(.failed(Self.noMemory))
    }

    deinit { close() }

    /// Ends it, with a goodbye to a peer under TLS. To be called after the poller has let it go.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if case .secure(let session) = layer { session.sayGoodbye() }
        socket.close()
    }

    // MARK: Transfers

    /// Reads what is there.
    @inline(__always)
    public func receive(into room: UnsafeMutableRawBufferPointer) -> Descriptor.Transfer {
        guard case .clear = layer else { return receiveOtherwise(into: room) }
        return socket.receive(into: room)
    }

    /// Writes what fits. After `wouldBlock` the same bytes must come first again.
    @inline(__always)
    public func send(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        guard case .clear = layer else { return sendOtherwise(bytes) }
        return socket.send(bytes)
    }

    /// There is something to receive that the kernel does not tell of.
    public var hasMore: Bool {
        guard case .secure(let session) = layer else { return false }
        return session.hasMore
    }

    /// Receiving or sending goes on only when the socket can be written: a channel in clear that
    /// would block when it sends, and TLS that says so, even when it was to receive.
    public var awaitsRoom: Bool {
        switch layer {
        case .clear, .clearAfter: true
        case .secure(let session): session.awaitsRoom
        case .undecided, .refused: false
        }
    }

    /// TLS goes on with receiving only when the socket can be written.
    public var readsByWriting: Bool {
        guard case .secure(let session) = layer else { return false }
        return session.awaitsRoom
    }

    /// The next transfer may cost a handshake's arithmetic: about a millisecond.
    public var isShakingHands: Bool {
        switch layer {
        case .undecided: true
        case .secure(let session): session.isShakingHands
        case .clear, .clearAfter, .refused: false
        }
    }

    /// What TLS agreed on; nil in clear, or while the handshake lasts.
    public var facts: TLSFacts? {
        guard case .secure(let session) = layer else { return nil }
        return session.facts
    }

    /// Why a transfer failed, if that was not the socket's fault.
    public var refusal: Refusal? {
        switch layer {
        case .refused(let refusal): refusal
        case .secure(let session): session.failure.map(Refusal.failed)
        case .undecided, .clear, .clearAfter: nil
        }
    }

    // MARK: All but bytes in clear

    private func receiveOtherwise(
        into room: UnsafeMutableRawBufferPointer
    ) -> Descriptor.Transfer {
        switch layer {
        case .clear: return socket.receive(into: room)
        case .secure(let session): return session.receive(into: room)
        case .refused: return failed
        case .clearAfter(let bytes):
            let count = min(bytes.count, room.count)
            room.copyBytes(from: bytes[..<count])
            layer = count == bytes.count ? .clear : .clearAfter(Array(bytes[count...]))
            return .done(count)
        case .undecided(let service, let bytes):
            switch decide(service, bytes) {
            case .done: return receiveOtherwise(into: room)
            case let other: return other
            }
        }
    }

    private func sendOtherwise(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        switch layer {
        case .clear, .clearAfter: socket.send(bytes)
        case .secure(let session): session.send(bytes)
        case .refused: failed
        // Whoever is asked for TLS says the first word.
        case .undecided: .wouldBlock
        }
    }

    /// Takes in a peer's first bytes; `done` when it is known what it speaks.
    private func decide(_ service: TLSService, _ bytes: [UInt8]) -> Descriptor.Transfer {
        var bytes = bytes
        if bytes.isEmpty {
            // A handshake's first byte stays with the kernel, from which OpenSSL reads it.
            var first: UInt8 = 0
            let peeked = socket.peek(&first)
            guard case .done = peeked else { return peeked }
            if FirstBytes.judge([first]) == .handshake { return secure(service) }
        }
        while true {
            var room = [UInt8](repeating: 0, count: FirstBytes.header.count - bytes.count)
            let transfer = room.withUnsafeMutableBytes { socket.receive(into: $0) }
            guard case .done(let count) = transfer else {
                layer = .undecided(service, bytes)
                return transfer
            }
            bytes += room[..<count]
            switch FirstBytes.judge(bytes) {
            case .incomplete: continue
            case .announcement: return announce(service)
            case .handshake, .clear:
                layer = service.requiresTLS ? .refused(.unencrypted) : .clearAfter(bytes)
                return .done(0)
            }
        }
    }

    private func announce(_ service: TLSService) -> Descriptor.Transfer {
        let sent = FirstBytes.header.withUnsafeBytes { socket.send($0) }
        // A new socket has room for eight bytes.
        guard case .done(FirstBytes.header.count) = sent else { return .ended }
        return secure(service)
    }

    private func secure(_ service: TLSService) -> Descriptor.Transfer {
        layer =
            TLSSession(.server(service), socket: socket).map(Layer.secure)
            ?? .refused(.failed(Self.noMemory))
        return .done(0)
    }

    private var failed: Descriptor.Transfer {
        .failed(SystemError(.secure, code: 0, text: Self.text(of: refusal)))
    }

    private static func text(of refusal: Refusal?) -> String {
        switch refusal {
        case .unencrypted: "Client connection unencrypted - forbidden"
        case .failed(let failure): failure.description
        case nil: ""
        }
    }

    private static let noMemory = TLSFailure("no profile can serve it")
}
