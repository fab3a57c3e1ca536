internal import Configuration
internal import EventLoop
internal import Web

/// The way to a peer through an HTTP proxy, which is asked for a tunnel before anything is said to the
/// peer (RFC 9110, 9.3.6).
extension Control {
    /// What a proxy's answer may take in one turn.
    private static let answerSize = 4_096

    /// The socket to the proxy can be written or read.
    func goOn(_ knock: Knock, _ socket: Descriptor, _ token: UInt64) {
        if !knock.pending.isEmpty {
            switch knock.pending.withUnsafeBytes({ socket.send($0) }) {
            case .done(let count): knock.wrote(count)
            case .wouldBlock: return
            case .ended: return giveUp(socket, token, "it has closed the connection")
            case .failed(let error): return giveUp(socket, token, error.reason)
            }
            if knock.pending.isEmpty { poller.change(socket, token: token, for: .reading) }
            return
        }
        var room = [UInt8](repeating: 0, count: Self.answerSize)
        switch room.withUnsafeMutableBytes({ socket.receive(into: $0) }) {
        case .done(let count):
            let progress = room[..<count].withUnsafeBytes { knock.take($0) }
            switch progress {
            case .incomplete: break
            case .open(let ahead) where ahead.isEmpty:
                knocks[token] = nil
                poller.remove(socket)
                connected(socket, token)
            case .open: giveUp(socket, token, "it speaks where the peer should wait")
            case .refused(let reason): giveUp(socket, token, reason)
            }
        case .wouldBlock: break
        case .ended: giveUp(socket, token, "it has closed the connection")
        case .failed(let error): giveUp(socket, token, error.reason)
        }
    }

    private func giveUp(_ socket: Descriptor, _ token: UInt64, _ reason: String) {
        let proxy = connectors[token]?.settings.proxy
        knocks[token] = nil
        end(socket)
        dialFailed(token, "proxy \(proxy?.host ?? ""):\(proxy?.port ?? ""): \(reason)")
    }
}

extension Connector {
    /// The peer's host and port, as HTTP names them.
    var authority: String {
        Knock.authority(host: place.hostname ?? place.host, port: place.port)
    }
}
