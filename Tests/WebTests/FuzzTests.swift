import Foundation
import Basis
import Seeded
import Testing

@testable import Web

/// Requests of strangers, from a seed: right ones, nearly right ones, and noise.
@Suite struct `Whatever a client sends` {
    private static let words = [
        "GET", "HEAD", "POST", "CONNECT", "/", "/healthz", "/metrics?x", "*", "http://h/livez", " ",
        "  ", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "\r\n", "\n", "\r", "Host: h", "Host:",
        "Content-Length: 0", "Content-Length: 3", "Content-Length: 18446744073709551615",
        "Transfer-Encoding: chunked", "Connection: close", "Connection: keep-alive, Upgrade",
        "Upgrade: websocket", "Upgrade: h2c", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: amqp",
        "Origin: null", "Accept: application/json", ":", "%", "%00", "..", "\0", "\u{FF}", "é",
        String(repeating: "x", count: 9_000), "AMQP\0\u{1}\0\0", "If-None-Match: *",
    ]

    private func request(_ seed: inout Seed) -> [UInt8] {
        var text: [UInt8] = []
        if seed.once(in: 3) {
            for _ in 0..<seed.below(12) { text += Self.words[seed.below(Self.words.count)].utf8 }
        } else {
            text += "GET \(seed.once(in: 2) ? "/healthz" : "/a/b") HTTP/1.1\r\nHost: h\r\n".utf8
            for _ in 0..<seed.below(6) {
                text += Self.words[seed.below(Self.words.count)].utf8
                if !seed.once(in: 5) { text += [13, 10] }
            }
            text += [13, 10]
        }
        if seed.once(in: 3), !text.isEmpty {
            for _ in 0...seed.below(3) {
                text[seed.below(text.count)] = UInt8(seed.below(256))
            }
        }
        if seed.once(in: 8) { text.removeLast(seed.below(text.count + 1)) }
        return text
    }

    /// What a client hears who sends this in pieces of at most so many bytes, and what became of the
    /// connection.
    private func heard(_ bytes: [UInt8], step: Int) -> (text: [UInt8], end: Conversation.Step) {
        let now = Instant(milliseconds: 1)
        let talk = Conversation(Site(root: "/nowhere"), at: now) { "" }
        var rest = bytes[...]
        var text: [UInt8] = []
        var steps: [Conversation.Step] = []
        while true {
            if talk.wantsBytes {
                guard !talk.isLeaving, !rest.isEmpty else { return (text, .none) }
                let part = Array(rest.prefix(step))
                rest = rest.dropFirst(part.count)
                steps.append(part.withUnsafeBytes { talk.take($0, at: now) })
            }
            while let next = steps.popLast() {
                switch next {
                case .none: break
                case .ask: talk.answer(Response(.ok, text: "here\n"), at: now)
                case .open: talk.answer(FileAnswer.whole(.missing), at: now)
                case .switchOver(let ahead):
                    return (text, .switchOver(ahead: ahead + rest))
                case .close: return (text, .close)
                }
            }
            let pending = Array(talk.pending)
            guard !pending.isEmpty || talk.wantsBytes else {
                Issue.record("it neither reads nor writes")
                return (text, .close)
            }
            text += pending
            steps.append(talk.wrote(pending.count, at: now))
            _ = talk.takeRemark()
        }
    }

    @Test func `is answered the same in whatever pieces it comes`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(400) {
            var bytes: [UInt8] = []
            for _ in 0...seed.below(4) { bytes += request(&seed) }
            let whole = heard(bytes, step: .max)
            let pieces = heard(bytes, step: 1 + seed.below(40))
            // Of two faults of one head, the pieces may show the second first.
            let areRefused = Self.endsInRefusal(whole.text) && Self.endsInRefusal(pieces.text)
            #expect(whole.text == pieces.text || areRefused)
            #expect(whole.end == pieces.end)
            let text = String(decoding: whole.text, as: UTF8.self)
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "))
        }
    }

    /// The last answer's status is one of the client's faults.
    private static func endsInRefusal(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").last?
            .hasPrefix("4") ?? false
    }

    @Test func `as an answer lets a client in or not, and no more`() {
        var seed = Seed()
        for _ in 0..<Seed.rounds(400) {
            let knock =
                seed.once(in: 2)
                ? Knock.tunnel(to: "h:1", user: nil, password: nil)
                : Knock.webSocket(of: "h:1", path: "/")
            var bytes = Array("HTTP/1.1 \(seed.once(in: 2) ? 200 : 101) OK\r\n".utf8)
            for _ in 0..<seed.below(5) {
                bytes += Self.words[seed.below(Self.words.count)].utf8
                bytes += [13, 10]
            }
            bytes += [13, 10]
            if seed.once(in: 2) { bytes[seed.below(bytes.count)] = UInt8(seed.below(256)) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(1 + seed.below(50)))
                rest = rest.dropFirst(part.count)
                let progress = part.withUnsafeBytes { knock.take($0) }
                if case .open(let ahead) = progress { #expect(ahead.count < part.count) }
                guard progress == .incomplete else { break }
            }
        }
    }
}
