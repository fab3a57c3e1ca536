import Configuration
import Testing

/// TLS and SASL that start, and let nobody in.
@Suite struct `What secures connections` {
    private let prepared = Surroundings(file: { path in
        path == "/etc/sasl2/qdrouterd.conf"
            ? .success("") : .failure(.init(reason: "No such file or directory"))
    })

    @Test(arguments: [
        ("", "mechanisms that need passwords, for which the SASL library is not set up"),
        ("saslMechanisms: ANONYMOUS", "no mechanism of its list"),
        ("saslMechanisms: EXTERNAL", "EXTERNAL alone, which needs TLS"),
        ("saslMechanisms: external anonymous", "EXTERNAL alone, which needs TLS"),
        (
            "saslMechanisms: PLAIN",
            "mechanisms that need passwords, for which the SASL library is not set up"
        ),
    ])
    func `is warned of where nobody can log in`(line: String, reason: String) {
        #expect(
            Reading.problems("listener {\n authenticatePeer: yes\n \(line)\n}") == [
                "r.conf:2: warning: Nobody can log in at listener/:amqp: 'authenticatePeer: yes' "
                    + "leaves \(reason): name an 'sslProfile' and EXTERNAL in 'saslMechanisms', or "
                    + "write /etc/sasl2/qdrouterd.conf"
            ])
    }

    @Test(arguments: [
        "authenticatePeer: no", "saslMechanisms: EXTERNAL", "saslMechanisms: ANONYMOUS",
        "saslMechanisms: PLAIN\n authenticatePeer: yes", "authenticatePeer: yes",
    ])
    func `is nothing to speak of where somebody can`(lines: String) {
        #expect(Reading.problems("listener {\n \(lines)\n}", prepared).isEmpty)
    }

    /// RS-542
    @Test func `is warned of where passwords cannot be looked up`() {
        #expect(
            Reading.problems(
                "router {\n saslConfigDir: /a\n}\nlistener {\n saslMechanisms: PLAIN\n}")
                == [
                    "r.conf:5: warning: 'PLAIN' cannot be offered by listener/:amqp: the SASL "
                        + "library is not set up: write /a/qdrouterd.conf"
                ])
    }

    @Test func `names mechanisms that nobody has`() {
        #expect(
            Reading.problems("connector {\n saslMechanisms: ANONOYMOUS\n}") == [
                "r.conf:2: warning: Unknown SASL mechanism 'ANONOYMOUS': did you mean ANONYMOUS?"
            ])
    }

    /// MG-41
    @Test func `names profiles that are not there`() {
        let text = "sslProfile {\n name: mine\n certFile: c\n}\nlistener {\n sslProfile: mien\n}"
        #expect(
            Reading.problems(text) == [
                "r.conf:6: warning: There is no sslProfile 'mien': nobody can connect by "
                    + "listener/:amqp: did you mean 'mine'?"
            ])
    }

    @Test(arguments: [
        ("listener", "", "certFile: nobody can connect by listener/:amqp"),
        (
            "listener", "saslMechanisms: EXTERNAL",
            "caCertFile: no client's certificate can be checked"
        ),
        (
            "connector", "",
            "caCertFile: no server is trusted, and connector/127.0.0.1:amqp never connects"
        ),
    ])
    func `names what a profile lacks for its use`(
        section: String, line: String, lack: String
    ) {
        let has = lack.hasPrefix("certFile") ? "caCertFile: c" : "certFile: c"
        let text = """
            sslProfile {
                name: p
                \(has)
            }
            \(section) {
                sslProfile: p
                \(line)
            }
            """
        let problems = Reading.problems(text, prepared)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("6: warning: sslProfile 'p' has no \(lack)") == true)
    }

    /// MG-51
    @Test(arguments: ["requireSsl", "requireEncryption"])
    func `is warned of where TLS is demanded and there is none`(attribute: String) {
        #expect(
            Reading.problems("listener {\n \(attribute): yes\n}") == [
                "r.conf:2: warning: Nobody can connect by listener/:amqp: '\(attribute): yes' "
                    + "needs TLS: name an 'sslProfile'"
            ])
    }

    @Test func `tells what the files of a profile hold, at the attribute that names them`() {
        let surroundings = Surroundings(profile: { settings in
            [
                ProfileFinding(
                    attribute: "privateKeyFile", reason: "\(settings.privateKeyFile ?? "") is bad",
                    remedy: "mend it", isFatal: true)
            ]
        })
        let text = "sslProfile {\n name: p\n certFile: c\n privateKeyFile: k\n}"
        #expect(
            Reading.problems(text, surroundings) == [
                "r.conf:4: warning: sslProfile 'p' cannot be used: k is bad: mend it"
            ])
    }

    /// RS-531
    @Test func `does not start without the names that a profile wants`() {
        let text = "sslProfile {\n name: p\n uidNameMappingFile: /n\n}"
        #expect(
            Reading.problems(text) == ["r.conf:3: error: No such file or directory: '/n'"])
        let list = Surroundings(file: { _ in .success("[1]") })
        #expect(Reading.problems(text, list).first?.contains("is no map of names") == true)
        let map = Surroundings(file: { _ in .success("{\"a\": \"b\"}") })
        #expect(Reading.problems(text, map).isEmpty)
    }
}
