import Testing

/// What is not served is refused, not passed over.
@Suite struct `What is not supported` {
    @Test(arguments: [
        ("authServicePlugin {\n name: a\n host: h\n}\nlistener {\n saslPlugin: a\n}", 6)
    ])
    func `is an error at its line`(text: String, line: Int) {
        let problems = Reading.problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("r.conf:\(line): error: ") == true)
        #expect(problems.first?.contains("is not supported") == true)
    }

    /// Whoever follows the advice has a router that is closed to those who should not get in.
    @Test(arguments: [
        "authServicePlugin {\n name: a\n host: h\n}\nlistener {\n saslPlugin: a\n}",
        "listener {\n role: inter-router\n}",
    ])
    func `is never answered by advice that opens the router`(text: String) {
        for problem in Reading.problems(text) {
            #expect(!problem.contains("take it out"))
            #expect(!problem.contains("can do ANONYMOUS"))
            let isSafe = ["whole section", "this section", "leave this place"].contains {
                problem.contains($0)
            }
            #expect(isSafe, "\(problem)")
        }
    }

    @Test(arguments: [
        "sslProfile {\n name: p\n}", "policy {\n maxConnections: 7\n maxMessageSize: 7\n}",
        "vhost {\n hostname: h\n groups: {}\n}", "policy {\n enableVhostPolicy: yes\n}",
        "router {\n saslConfigDir: /x\n debugDumpFile: y\n}",
        "listener {\n policyVhost: h\n healthz: no\n requireSsl: no\n}",
    ])
    func `is let pass where it changes nothing`(text: String) {
        #expect(Reading.problems(text).isEmpty)
    }
}
