import Basis
import Testing

@testable import Web

@Suite struct `A conversation` {
    private let start = Instant(milliseconds: 1_000)

    private func talk(_ site: Site = Site()) -> Conversation {
        Conversation(site, at: start) { "" }
    }

    private func say(_ text: String, _ talk: Conversation, at now: Instant? = nil)
        -> Conversation.Step
    {
        Array(text.utf8).withUnsafeBytes { talk.take($0, at: now ?? start) }
    }

    /// What it has to write, which is written.
    private func heard(_ talk: Conversation) -> (text: String, next: Conversation.Step) {
        let pending = Array(talk.pending)
        return (String(decoding: pending, as: UTF8.self), talk.wrote(pending.count, at: start))
    }

    private func status(_ talk: Conversation) -> Int {
        Int(heard(talk).text.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    private let get = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func `asks the router, and gives its answer`() {
        let talk = talk()
        guard case .ask(let question) = say(get, talk) else {
            Issue.record("it does not ask")
            return
        }
        #expect(question.page == .health)
        #expect(!talk.wantsBytes)
        talk.answer(Response(.ok, text: "OK\n"), at: start)
        let (text, next) = heard(talk)
        #expect(
            text == "HTTP/1.1 200 OK\r\nserver: qpid-dispatch-router\r\n"
                + "content-type: text/plain\r\ncontent-length: 3\r\n\r\nOK\n")
        #expect(next == .none && talk.wantsBytes && talk.isIdle)
    }

    @Test func `takes requests that came together one after another`() {
        let talk = talk()
        _ = say(get + get.replacing("healthz", with: "metrics"), talk)
        talk.answer(Response(.ok, text: "OK\n"), at: start)
        guard case .ask(let question) = heard(talk).next else {
            Issue.record("the second is lost")
            return
        }
        #expect(question.page == .metrics)
    }

    @Test func `keeps the body from HEAD`() {
        let talk = talk()
        _ = say(get.replacing("GET", with: "HEAD"), talk)
        talk.answer(Response(.ok, text: "OK\n"), at: start)
        #expect(heard(talk).text.hasSuffix("content-length: 3\r\n\r\n"))
    }

    @Test func `ends after an answer where the client wants that`() {
        for text in [
            "GET /healthz HTTP/1.0\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
        ] {
            let talk = talk()
            _ = say(text, talk)
            talk.answer(Response(.ok, text: "OK\n"), at: start)
            #expect(heard(talk).text.contains("connection: close\r\n"))
            #expect(talk.isLeaving)
            #expect(talk.timeOut(at: talk.due) == .close)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 404),
        ("GET /healthzz HTTP/1.1\r\nHost: h\r\n\r\n", 404),
        ("GET /% HTTP/1.1\r\nHost: h\r\n\r\n", 400), ("GET /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /healthz HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("DELETE /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        ("POST /healthz HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        ("POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n", 413),
        ("AMQP\0\u{1}\0\0", 400),
    ])
    func `has the right status for what it does not take`(text: String, expected: Int) {
        let talk = talk()
        #expect(say(text, talk) == .none)
        #expect(status(talk) == expected)
    }

    @Test func `has no page that its listener does not serve`() {
        let talk = talk(Site(servesHealth: false, servesMetrics: false))
        for page in ["healthz", "livez", "readyz", "startupz", "metrics"] {
            _ = say(get.replacing("healthz", with: page), talk)
            #expect(status(talk) == 404)
        }
    }

    @Test func `knows a page by its path and below it`() {
        let site = Site()
        #expect(site.page(at: "/healthz/deep/down") == .health)
        #expect(site.page(at: "/metrics/") == .metrics)
        #expect(site.page(at: "healthz") == nil)
        #expect(site.page(at: "//healthz") == nil)
    }

    @Test func `says so when the router does not answer`() {
        let talk = talk()
        _ = say(get, talk)
        #expect(talk.due == start + .seconds(2))
        #expect(talk.timeOut(at: talk.due) == .none)
        #expect(heard(talk).text.hasPrefix("HTTP/1.1 503 "))
        talk.answer(Response(.ok, text: "late\n"), at: start)
        #expect(talk.pending.isEmpty)
    }

    @Test func `gives a slow client its time and no more`() {
        let slow = talk()
        _ = say("GET /hea", slow)
        #expect(slow.due == start + .seconds(10))
        #expect(slow.timeOut(at: slow.due) == .none)
        #expect(status(slow) == 408)
        #expect(slow.takeRemark()?.fault == .slow)

        let silent = talk()
        #expect(silent.timeOut(at: silent.due) == .close)

        let idle = talk()
        _ = say(get, idle)
        idle.answer(Response(.ok, text: "OK\n"), at: start)
        _ = heard(idle)
        #expect(idle.due == start + .seconds(5))
        _ = say("G", idle, at: start + .seconds(4))
        #expect(idle.due == start + .seconds(14))

        let deaf = talk()
        _ = say(get, deaf)
        deaf.answer(Response(.ok, text: "OK\n"), at: start)
        #expect(deaf.timeOut(at: deaf.due) == .close)
    }
}
