internal import TLS

/// A request to go on as a WebSocket (RFC 6455, 4.2), and the answer that makes it one.
struct Upgrade: Hashable {
    /// What is spoken over it: the first that the client offers of those that are known.
    let subprotocol: String
    private let key: String

    /// The binding's own name; that of its drafts; and the one of those who knew none (RS-374).
    static let subprotocols = ["amqp", "AMQPWSB10", "binary"]

    static func isWanted(_ head: RequestHead) -> Bool {
        head.fields.has("websocket", in: "upgrade")
            && head.fields.has("upgrade", in: "connection")
    }

    init(_ head: RequestHead, _ site: Site) throws(Refusal) {
        guard head.method == "GET", head.minor > 0 else {
            throw Refusal(.badRequest, "a WebSocket begins with GET and HTTP/1.1")
        }
        guard site.takesWebSockets else { throw Refusal(.forbidden, "cannot-upgrade") }
        guard head["sec-websocket-version"] == "13" else {
            throw Refusal(.upgradeRequired, "the version of WebSocket is 13")
        }
        guard let key = head["sec-websocket-key"], Base64.isSixteenBytes(key) else {
            throw Refusal(.badRequest, "sec-websocket-key is not of 16 bytes")
        }
        guard site.origins.admits(head) else {
            let origin = head["origin"] ?? ""
            throw Refusal(
                .forbidden,
                "pages of \(origin.prefix(200)) may not connect: add it to httpOrigins if they should"
            )
        }
        let offered = head.fields.list("sec-websocket-protocol").map(String.init)
        guard let known = offered.first(where: Self.subprotocols.contains) else {
            throw Refusal(
                .badRequest,
                "offer one of these in sec-websocket-protocol: "
                    + Self.subprotocols.joined(separator: ", "))
        }
        subprotocol = known
        self.key = key
    }

    var response: Response {
        var response = Response(.switching, contentType: nil, body: [])
        response.add("upgrade", "websocket")
        response.add("connection", "Upgrade")
        response.add("sec-websocket-accept", Self.accept(key))
        response.add("sec-websocket-protocol", subprotocol)
        return response
    }

    /// What proves that the other end speaks of this very handshake.
    static func accept(_ key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
