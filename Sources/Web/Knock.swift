/// A client's request and the answer that lets it go on with something else than HTTP over the same
/// bytes: a WebSocket (RFC 6455, 4.1), or a tunnel through a proxy (RFC 9110, 9.3.6).
public final class Knock {
    public enum Progress: Equatable {
        case incomplete
        /// It goes on. These came behind the answer.
        case open(ahead: [UInt8])
        case refused(String)
    }

    private enum Wanted {
        case tunnel
        /// With the key that the server must have seen.
        case webSocket(key: String)
    }

    private let wanted: Wanted
    private let reader = HeadReader(.answer)
    private let request: [UInt8]
    private var written = 0

    private init(_ wanted: Wanted, _ lines: [String]) {
        self.wanted = wanted
        request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Asks a server for a WebSocket of AMQP.
    public static func webSocket(
        of authority: String, path: String, key: [UInt8] = randomKey
    ) -> Knock {
        let key = Base64.encode(key)
        return Knock(
            .webSocket(key: key),
            [
                "GET \(path) HTTP/1.1", "Host: \(authority)", "Upgrade: websocket",
                "Connection: Upgrade", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Protocol: \(Upgrade.subprotocols.joined(separator: ", "))",
            ])
    }

    /// Asks a proxy for a tunnel to `authority`: a host and a port.
    public static func tunnel(
        to authority: String, user: String?, password: String?
    ) -> Knock {
        var lines = ["CONNECT \(authority) HTTP/1.1", "Host: \(authority)"]
        if let user {
            let words = Base64.encode(Array("\(user):\(password ?? "")".utf8))
            lines.append("Proxy-Authorization: Basic \(words)")
        }
        return Knock(.tunnel, lines)
    }

    /// Host and port as HTTP writes them.
    public static func authority(host: String, port: String) -> String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    public static var randomKey: [UInt8] { (0..<16).map { _ in UInt8.random(in: 0...255) } }

    /// What is to be written.
    public var pending: ArraySlice<UInt8> { request[written...] }

    /// So much of it was.
    public func wrote(_ count: Int) { written += count }

    /// The other side has said something.
    public func take(_ bytes: UnsafeRawBufferPointer) -> Progress {
        guard !bytes.isEmpty else { return .incomplete }
        switch reader.take(bytes) {
        case .incomplete, .whole: return .incomplete
        case .refused(let refusal): return .refused(refusal.reason)
        case .answered(let head, let used):
            if let fault = fault(of: head) { return .refused(fault) }
            return .open(ahead: Array(bytes[used...]))
        }
    }

    /// Why the answer is not the one that is wanted.
    private func fault(of head: AnswerHead) -> String? {
        switch wanted {
        case .tunnel:
            return (200..<300).contains(head.status)
                ? nil : "the proxy has answered \(head.status)"
        case .webSocket(let key):
            guard head.status == 101 else { return "the server has answered \(head.status)" }
            let isRight =
                head.fields.has("websocket", in: "upgrade")
                && head.fields.has("upgrade", in: "connection")
                && head.fields["sec-websocket-accept"] == Upgrade.accept(key)
            guard isRight else { return "the server's answer is not that of a WebSocket" }
            let chosen = head.fields["sec-websocket-protocol"]
            guard chosen.map(Upgrade.subprotocols.contains) ?? true else {
                return "the server has chosen a protocol that was not offered"
            }
            return nil
        }
    }
}

/// What an answer says before its body.
struct AnswerHead: Hashable {
    let status: Int
    let fields: HeadFields
}
