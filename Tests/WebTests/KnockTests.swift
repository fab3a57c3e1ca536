import Testing

@testable import Web

@Suite struct `A knock` {
    private let key = Array("the sample nonce".utf8)

    private func say(_ text: String, to knock: Knock, step: Int = .max) -> Knock.Progress {
        var rest = Array(text.utf8)[...]
        while true {
            let part = Array(rest.prefix(step))
            rest = rest.dropFirst(part.count)
            let progress = part.withUnsafeBytes { knock.take($0) }
            if progress == .incomplete, !rest.isEmpty { continue }
            return progress
        }
    }

    private func asked(_ knock: Knock) -> String {
        String(decoding: knock.pending, as: UTF8.self)
    }

    private var answer: String {
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            + "Sec-WebSocket-Protocol: amqp\r\n\r\n"
    }

    @Test func `asks as the standard's example`() {
        let knock = Knock.webSocket(of: "h:80", path: "/a?b", key: key)
        let text = asked(knock)
        #expect(text.hasPrefix("GET /a?b HTTP/1.1\r\nHost: h:80\r\nUpgrade: websocket\r\n"))
        #expect(text.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
        #expect(text.contains("Sec-WebSocket-Protocol: amqp, AMQPWSB10, binary\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
        knock.wrote(4)
        #expect(asked(knock).hasPrefix("/a?b "))
    }

    @Test(arguments: [1, 3, .max]) func `is answered in whatever pieces`(step: Int) {
        let knock = Knock.webSocket(of: "h:80", path: "/", key: key)
        #expect(say(answer, to: knock, step: step) == .open(ahead: []))
        let other = Knock.webSocket(of: "h:80", path: "/", key: key)
        #expect(say(answer + "more", to: other) == .open(ahead: Array("more".utf8)))
    }

    @Test(arguments: [
        ("101 Switching", "200 OK"), ("101 Switching", "404 Not"), ("s3pP", "xxxx"),
        ("Upgrade: WebSocket", "Upgrade: h2c"), ("Connection: upgrade", "Connection: close"),
        ("Protocol: amqp", "Protocol: mqtt"), ("HTTP/1.1", "AMQP"),
    ])
    func `takes no other answer for the right one`(part: String, other: String) {
        let knock = Knock.webSocket(of: "h:80", path: "/", key: key)
        guard case .refused = say(answer.replacing(part, with: other), to: knock) else {
            Issue.record("it is taken")
            return
        }
    }

    @Test func `takes an answer that chooses no protocol`() {
        let knock = Knock.webSocket(of: "h:80", path: "/", key: key)
        let silent = answer.replacing("Sec-WebSocket-Protocol: amqp\r\n", with: "")
        #expect(say(silent, to: knock) == .open(ahead: []))
    }

    @Test func `asks a proxy for a tunnel`() {
        let plain = Knock.tunnel(to: "h:5671", user: nil, password: nil)
        #expect(asked(plain) == "CONNECT h:5671 HTTP/1.1\r\nHost: h:5671\r\n\r\n")
        #expect(say("HTTP/1.0 200 Connection established\r\n\r\n", to: plain) == .open(ahead: []))
        let known = Knock.tunnel(to: "h:1", user: "Aladdin", password: "open sesame")
        #expect(
            asked(known).contains(
                "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"))
        let refused = say(
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", to: known)
        #expect(refused == .refused("the proxy has answered 407"))
    }

    @Test func `bears an answer of no end`() {
        let knock = Knock.tunnel(to: "h:1", user: nil, password: nil)
        let long = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 5_000)
        guard case .refused = say(long, to: knock, step: 1_000) else {
            Issue.record("it is taken")
            return
        }
    }

    @Test func `names a host of version 6 in brackets`() {
        #expect(Knock.authority(host: "::1", port: "80") == "[::1]:80")
        #expect(Knock.authority(host: "h", port: "80") == "h:80")
    }
}
