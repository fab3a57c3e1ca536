import Configuration
import Testing

/// Listeners that start, and do not do what their author wanted.
@Suite struct `A listener` {
    @Test(arguments: [
        ("host: 127.0.0.1", "host: 127.0.0.1\n name: b"), ("host: 0.0.0.0", "host: 127.0.0.1"),
        ("host: 127.0.0.1", "name: b"), ("port: 5672", "port: amqp"), ("host: ::", "host: ::1"),
        ("host: A.example", "host: a.example"), ("port: 05672", "port: 5672"),
        ("host: 0.0.0.0", "host: a.example"),
    ])
    func `whose port another has is warned of`(first: String, second: String) {
        let problems = Reading.problems("listener {\n \(first)\n}\nlistener {\n \(second)\n}")
        #expect(problems.count == 1)
        let problem = problems.first ?? ""
        #expect(problem.hasPrefix("r.conf:"))
        #expect(problem.contains(": warning: listener/"))
        #expect(
            problem.contains(
                " cannot listen: the listener of line 1 has its port: give it another 'port' or "
                    + "'host', or join the two"))
    }

    @Test(arguments: [
        ("port: 0", "port: 0\n name: b"), ("port: 5673", "port: 5672"),
        ("host: 127.0.0.1", "host: 127.0.0.2"), ("host: ::", "host: 0.0.0.0"),
    ])
    func `with a place of its own is not`(first: String, second: String) {
        #expect(
            Reading.problems("listener {\n \(first)\n}\nlistener {\n \(second)\n}").isEmpty)
    }

    @Test(arguments: [
        ("", 10), ("initialHandshakeTimeoutSeconds: 0", 0),
        ("initialHandshakeTimeoutSeconds: -1", 0),
    ])
    func `gives a client ten seconds to open, if it says nothing else`(line: String, seconds: Int)
        throws
    {
        let listener = try #require(Reading.listener("listener {\n \(line)\n}"))
        #expect(ListenerSettings(listener).initialHandshakeTimeoutSeconds == seconds)
    }
}
