import Basis
import Testing

@testable import SASL

@Suite struct `The queue of logins` {
    private func source(_ number: Int) -> LoginSource { LoginSource(host: "192.0.2.\(number)") }
    private let start = Instant(milliseconds: 1_000)

    private func next(_ queue: inout LoginQueue<Int>, at now: Instant) -> Int? {
        queue.next(at: now)?.job
    }

    private func add(
        _ job: Int, id: UInt64? = nil, from source: LoginSource, to queue: inout LoginQueue<Int>
    ) -> Bool {
        queue.add(job, id: id ?? UInt64(job), from: source, at: start)
    }

    @Test func `hears sources in turn, whoever asks most`() {
        var queue = LoginQueue<String>()
        for index in 0..<5 {
            _ = queue.add("a\(index)", id: UInt64(index), from: source(1), at: start)
        }
        _ = queue.add("b", id: 9, from: source(2), at: start)
        var heard: [String] = []
        while let next = queue.next(at: start) { heard.append(next.job) }
        #expect(heard == ["a0", "b", "a1", "a2", "a3", "a4"])
        #expect(queue.count == 0)
    }

    @Test func `turns away what is too much for one source and in all`() {
        var queue = LoginQueue<Int>()
        for index in 0..<LoginQueue<Int>.mostOfSource {
            #expect(add(index, from: source(1), to: &queue))
        }
        #expect(!add(99, from: source(1), to: &queue))
        var id: UInt64 = 100
        for number in 2..<10 {
            for _ in 0..<LoginQueue<Int>.mostOfSource {
                id += 1
                _ = queue.add(0, id: id, from: source(number), at: start)
            }
        }
        #expect(queue.count == LoginQueue<Int>.most)
        #expect(!add(1, id: 999, from: source(200), to: &queue))
    }

    @Test func `lets a source wait longer with each failure, and nobody else`() {
        var queue = LoginQueue<Int>()
        for _ in 0..<3 { queue.failed(source(1), at: start) }
        _ = queue.add(1, id: 1, from: source(1), at: start)
        #expect(next(&queue, at: start) != nil)
        queue.failed(source(1), at: start)
        _ = queue.add(2, id: 2, from: source(1), at: start)
        _ = queue.add(3, id: 3, from: source(2), at: start)
        #expect(next(&queue, at: start) == 3)
        #expect(next(&queue, at: start) == nil)
        #expect(queue.nextDue == start + 250)
        #expect(next(&queue, at: start + 250) == 2)
        for _ in 0..<300 { queue.failed(source(1), at: start) }
        _ = queue.add(4, id: 4, from: source(1), at: start)
        #expect(queue.nextDue == start + 8_000)
    }

    @Test func `forgives half for a right password, and all after a while`() {
        var queue = LoginQueue<Int>()
        for _ in 0..<7 { queue.failed(source(1), at: start) }
        queue.succeeded(source(1))
        queue.failed(source(1), at: start + 10)
        _ = queue.add(1, id: 1, from: source(1), at: start)
        #expect(queue.nextDue == start + 260)
        queue.failed(source(1), at: start + 70_011)
        #expect((queue.nextDue ?? start) <= start + 70_011)
    }

    @Test func `drops the logins of connections that have gone`() {
        var queue = LoginQueue<Int>()
        _ = queue.add(1, id: 1, from: source(1), at: start)
        _ = queue.add(2, id: 2, from: source(1), at: start)
        queue.drop(id: 1)
        queue.drop(id: 77)
        #expect(next(&queue, at: start) == 2)
        #expect(queue.nextDue == nil)
    }

    @Test func `remembers a bounded number of sources`() {
        var queue = LoginQueue<Int>()
        func failFourTimes(_ source: LoginSource, at now: Instant) {
            for _ in 0..<4 { queue.failed(source, at: now) }
        }
        let (first, last) = (source(1), source(2))
        failFourTimes(first, at: start)
        failFourTimes(last, at: start + 1_000)
        let later = start + 2_000
        for number in 2..<LoginQueue<Int>.mostSources {
            queue.failed(LoginSource(host: "10.0.\(number / 250).\(number % 250)"), at: later)
        }
        // No more than that: what was longest ago is forgotten for one more, and nothing else.
        queue.failed(LoginSource(host: "10.9.9.9"), at: later)
        _ = queue.add(1, id: 1, from: first, at: start)
        _ = queue.add(2, id: 2, from: last, at: start)
        #expect(next(&queue, at: start + 1_001) == 1)
        #expect(next(&queue, at: start + 1_001) == nil)
        #expect(next(&queue, at: start + 1_300) == 2)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("2001:db8::1", "2001:db8:0:0"),
        ("fe80::1%eth0", "fe80:0:0:0"), ("::1", "0:0:0:0"), ("", ""),
    ])
    func `knows an address, or half of one of IPv6`(host: String, text: String) {
        #expect(LoginSource(host: host).text == text)
    }
}

@Suite struct `Mechanisms` {
    private let library = ["SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"]

    /// RS-330
    @Test func `offered are those that can be had, less what the listener forbids`() {
        func offered(_ wanted: String?, demandsUser: Bool = false, hasIdentity: Bool = false)
            -> [String]
        {
            SASLMechanisms.offered(
                wanted: wanted, library: library, demandsUser: demandsUser,
                hasIdentity: hasIdentity)
        }
        #expect(offered(nil) == ["ANONYMOUS", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"])
        #expect(offered("PLAIN ANONYMOUS") == ["ANONYMOUS", "PLAIN"])
        #expect(offered("PLAIN ANONYMOUS", demandsUser: true) == ["PLAIN"])
        #expect(offered("EXTERNAL") == [])
        #expect(offered("external, plain", hasIdentity: true) == ["EXTERNAL", "PLAIN"])
        #expect(offered("GSSAPI", demandsUser: true) == [])
    }

    /// RS-542
    @Test func `that need passwords are not offered where there are none`() {
        #expect(
            SASLMechanisms.offered(
                wanted: nil, library: [], demandsUser: false, hasIdentity: false) == ["ANONYMOUS"])
    }

    @Test(
        arguments: [
            (nil, true, false, false, "SCRAM-SHA-256"), ("PLAIN", true, false, false, "PLAIN"),
            (nil, false, false, false, "ANONYMOUS"), (nil, false, true, true, "EXTERNAL"),
            ("EXTERNAL", false, false, false, nil),
            ("DIGEST-MD5 PLAIN", true, true, false, "DIGEST-MD5"),
            (nil, false, true, false, "ANONYMOUS"),
        ] as [(String?, Bool, Bool, Bool, String?)])
    func `are chosen by their strength and by what there is to show`(
        allowed: String?, hasPassword: Bool, isSecure: Bool, hasCertificate: Bool,
        expected: String?
    ) {
        let offered = [
            "PLAIN", "ANONYMOUS", "EXTERNAL", "DIGEST-MD5", "SCRAM-SHA-1", "scram-sha-256",
            "GSSAPI", "X-OWN",
        ]
        let chosen = SASLMechanisms.chosen(
            of: offered, allowed: allowed,
            means: .init(
                hasPassword: hasPassword, isSecure: isSecure, hasCertificate: hasCertificate))
        #expect(chosen == expected)
    }

    @Test func `send no password in clear that is not asked to`() {
        let means = SASLMechanisms.Means(
            hasPassword: true, isSecure: false, hasCertificate: false)
        #expect(SASLMechanisms.chosen(of: ["PLAIN"], allowed: nil, means: means) == nil)
        #expect(SASLMechanisms.chosen(of: ["PLAIN"], allowed: "PLAIN", means: means) == "PLAIN")
    }
}
