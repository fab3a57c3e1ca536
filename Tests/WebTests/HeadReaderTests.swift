import Testing

@testable import Web

@Suite struct `The head of a request` {
    private func read(
        _ text: String, step: Int = .max, _ limits: HeadLimits = HeadLimits()
    ) -> HeadReader.Progress {
        let reader = HeadReader(limits: limits)
        var rest = Array(text.utf8)[...]
        while true {
            let part = Array(rest.prefix(step))
            rest = rest.dropFirst(part.count)
            let progress = part.withUnsafeBytes { reader.take($0) }
            if case .incomplete = progress, !rest.isEmpty { continue }
            return progress
        }
    }

    private func head(_ text: String, step: Int = .max) throws -> RequestHead {
        guard case .whole(let head, _) = read(text, step: step) else {
            throw Refusal(.badRequest, "\(text) is not whole")
        }
        return head
    }

    private func status(_ text: String, _ limits: HeadLimits = HeadLimits()) -> Status? {
        if case .refused(let refusal) = read(text, limits) { refusal.status } else { nil }
    }

    @Test(arguments: [1, 2, 7, .max]) func `is the same in whatever pieces it comes`(step: Int)
        throws
    {
        let head = try head(
            "GET /a%20b/c?x=1&y HTTP/1.1\r\nHost: h\r\nX-Long:  one,two\r\nx-long: three \r\n\r\n",
            step: step)
        #expect((head.method, head.path, String(head.query)) == ("GET", "/a b/c", "x=1&y"))
        #expect(head["host"] == "h")
        #expect(head.fields.list("x-long").map(String.init) == ["one", "two", "three"])
        #expect(head.keepsAlive && head.bodyLength == 0 && !head.isChunked)
    }

    @Test func `ends where it ends, and what follows is told from it`() {
        let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        guard case .whole(_, let used) = read(text + "more") else {
            Issue.record("it is not whole")
            return
        }
        #expect(used == text.utf8.count)
    }

    @Test func `of the old version keeps its connection only if it says so`() throws {
        #expect(try !head("GET / HTTP/1.0\r\n\r\n").keepsAlive)
        #expect(try head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive)
        #expect(try !head("GET / HTTP/1.1\r\nConnection: x, close\r\n\r\n").keepsAlive)
    }

    @Test func `may name scheme and host, as a proxy's clients do`() throws {
        #expect(try head("GET http://h:1/p?q HTTP/1.1\r\n\r\n").path == "/p")
        #expect(try head("GET http://h HTTP/1.1\r\n\r\n").path == "/")
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%00", "/%ff", "/%+1"])
    func `has no path where an escape is wrong`(target: String) throws {
        #expect(try head("GET \(target) HTTP/1.1\r\n\r\n").path == nil)
    }

    @Test(arguments: [HeadLimits(), HeadLimits(bytes: 1_024, fields: 8)])
    func `is refused beyond its bounds`(limits: HeadLimits) {
        let long = String(repeating: "x", count: limits.bytes)
        #expect(status("GET / HTTP/1.1\r\nx: \(long)\r\n\r\n", limits) == .headTooLarge)
        let target = String(repeating: "x", count: limits.targetBytes)
        #expect(status("GET /\(target) HTTP/1.1\r\n\r\n", limits) == .targetTooLong)
        let fields = String(repeating: "a: b\r\n", count: limits.fields + 1)
        #expect(status("GET / HTTP/1.1\r\n\(fields)\r\n", limits) == .headTooLarge)
        let most = String(repeating: "a: b\r\n", count: limits.fields)
        #expect(status("GET / HTTP/1.1\r\n\(most)\r\n", limits) == nil)
    }

    @Test func `may be as large as any setting lets it`() {
        let limits = HeadLimits(bytes: 65_536, fields: 1_000)
        let field = String(repeating: "x", count: 60)
        let most = String(repeating: "a: \(field)\r\n", count: 1_000)
        #expect(status("GET / HTTP/1.1\r\n\(most)\r\n", limits) == nil)
    }

    @Test(arguments: [
        "AMQP\0\u{1}\0\0", "\u{16}\u{3}\u{1}", "GET / XTTP/1.1\r\n\r\n", "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    ])
    func `is refused if it is none`(text: String) {
        #expect(status(text) == .badRequest)
    }
}
