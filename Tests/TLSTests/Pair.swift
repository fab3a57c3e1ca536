import EventLoop
import TLS
import Testing

/// Two channels over a pair of connected sockets, driven by turns in one thread.
final class Pair {
    let near: Channel
    let far: Channel
    var nearEnd: Descriptor.Transfer?
    var farEnd: Descriptor.Transfer?

    /// The near end dials or speaks in clear, the far end is a listener's.
    init(
        near makeNear: (Descriptor) -> Channel, far makeFar: (Descriptor) -> Channel
    ) throws {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        defer { listener.close() }
        let socket = try Socket.connect(host: "127.0.0.1", port: Socket.local(listener).port)
        Self.wait(for: listener, to: .reading)
        guard case .connection(let accepted, _) = Socket.accept(listener) else {
            throw TLSFailure("nothing was accepted")
        }
        near = makeNear(socket)
        far = makeFar(accepted)
    }

    convenience init(client: TLSDialling, server: TLSService) throws {
        try self.init(
            near: { Channel($0, dialling: client) }, far: { Channel($0, serving: server) })
    }

    static func wait(for socket: Descriptor, to interest: Poller.Interest) {
        let poller = Poller()
        poller.add(socket, token: 1, for: interest)
        _ = poller.wait(milliseconds: 5_000)
    }

    /// Sends from one end to the other until all is there, an end fails, or nothing moves for long.
    func carry(_ bytes: [UInt8], backwards: Bool = false) -> [UInt8] {
        let source = backwards ? far : near
        let sink = backwards ? near : far
        var rest = bytes[...]
        var received: [UInt8] = []
        for _ in 0..<200_000 {
            if !rest.isEmpty, case .done(let count) = rest.withUnsafeBytes({ source.send($0) }) {
                rest = rest.dropFirst(count)
            }
            received += receive(at: sink)
            // What the source is told while it only sends: the rest of a handshake.
            _ = receive(at: source)
            if received.count >= bytes.count || nearEnd != nil || farEnd != nil { break }
        }
        return received
    }

    /// Lets both ends say what they have to, until both are through or one has failed.
    func shakeHands() {
        for _ in 0..<100_000 where nearEnd == nil || farEnd == nil {
            _ = [UInt8]().withUnsafeBytes { near.send($0) }
            _ = receive(at: near)
            _ = receive(at: far)
            if !near.isShakingHands, !far.isShakingHands { return }
        }
    }

    func receive(at channel: Channel) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 5_000)
        let transfer = room.withUnsafeMutableBytes { channel.receive(into: $0) }
        switch transfer {
        case .done(let count): return Array(room[..<count])
        case .wouldBlock: return []
        case .ended, .failed:
            if channel === near { nearEnd = transfer } else { farEnd = transfer }
            return []
        }
    }

    /// Why an end failed.
    static func words(_ channel: Channel) -> String {
        guard case .failed(let failure) = channel.refusal else { return "" }
        return failure.description
    }
}

extension TLSSettings {
    static func server(
        _ issued: Authority.Issued = Authority.server, trust: Authority? = .main
    ) -> TLSSettings {
        TLSSettings(
            name: "server", certificateFile: issued.certificate, keyFile: issued.key,
            trustFile: trust?.file)
    }

    static func client(
        _ issued: Authority.Issued? = nil, trust: Authority? = .main
    ) -> TLSSettings {
        TLSSettings(
            name: "client", certificateFile: issued?.certificate, keyFile: issued?.key,
            trustFile: trust?.file)
    }
}

extension TLSService {
    init(
        _ settings: TLSSettings..., demandsCertificate: Bool = false, requiresTLS: Bool = false
    ) throws {
        self.init(
            profiles: try settings.map { try TLSProfile($0) },
            demandsCertificate: demandsCertificate, requiresTLS: requiresTLS)
    }
}

extension TLSDialling {
    init(
        _ settings: TLSSettings, host: String = "localhost", ignoresName: Bool = false,
        tickets: TLSTickets? = nil
    ) throws {
        self.init(
            profile: try TLSProfile(settings), host: host, ignoresName: ignoresName,
            tickets: tickets)
    }
}
