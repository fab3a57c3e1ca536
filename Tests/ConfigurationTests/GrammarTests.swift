import Addressing
import Configuration
import Schema
import Testing

/// The section syntax of qdrouterd.conf (MG-6 to MG-20).
@Suite struct `The section grammar` {
    @Test func `takes sections and attributes line by line`() {
        let listener = Reading.listener(
            """
            # a comment
            listener {
                host: 10.0.0.1
                port:5672

                name  :  L 1, of two   # another comment
            }
            """)
        #expect(listener?.given["host"] == .string("10.0.0.1"))
        #expect(listener?.given["port"] == .string("5672"))
        #expect(listener?.name == "L 1, of two")
        #expect(listener?.line == 2)
        #expect(listener?.line(of: "port") == 4)
    }

    @Test func `takes CRLF, tabs and a byte order mark`() {
        let listener = Reading.listener("\u{feff}listener {\r\n\thost: h\r\n\t}\r\n")
        #expect(listener?.given["host"] == .string("h"))
    }

    @Test(arguments: [
        "listener { host: h, port: 7 }", "listener { host: h; port: 7; }",
        "listener { host: h port: 7 }", "listener {host:h, port:7}",
        "listener\n{\nhost: h\nport: 7\n}",
        "listener { host: h\n  port: 7 \n}", "listener {\n host: \"h\"\n port: 7\n} # end",
        "listener { host: h, port: 7 } address { prefix: p }",
    ])
    func `takes a section on one line, and its brace on the next`(text: String) {
        let listener = Reading.listener(text)
        #expect(listener?.given == ["host": .string("h"), "port": .string("7")])
    }

    @Test func `keeps colons and commas that belong to a value on a shared line`() {
        let listener = Reading.listener(
            "listener { failoverUrls: amqp://a:1, amqp://b:2, host: fe80::1, name: n }")
        #expect(listener?.text("failoverUrls") == "amqp://a:1, amqp://b:2")
        #expect(listener?.text("host") == "fe80::1")
        #expect(listener?.name == "n")
    }

    @Test func `lets a hash end a value, and says so if no blank stands before it`() {
        let text = "listener {\n name: pa#ss\n}"
        #expect(Reading.listener(text)?.name == "pa")
        #expect(Reading.problems(text).count == 1)
        #expect(Reading.listener("listener {\n name: \"pa#ss\"\n}")?.name == "pa#ss")
    }

    @Test(arguments: [("a/#   # note", "a/#"), ("#.x y", "#.x")])
    func `takes one word, hashes included, for a pattern`(value: String, pattern: String) {
        let configuration = Reading.configuration("address {\n pattern: \(value)\n}")
        #expect(configuration?.addresses.first?.match == .pattern(pattern))
    }

    @Test func `drops a comma before a brace, and no other`() {
        #expect(Reading.listenerAttribute("name", "name: p,") == .string("p,"))
        #expect(Reading.listenerAttribute("name", "name: a, ]b") == .string("a]b"))
    }

    @Test func `decodes escapes`() {
        #expect(
            Reading.listenerAttribute("name", #"name: a\tb\u0041\\"#) == .string("a\tbA\\"))
        #expect(
            Reading.problems("listener {\n name: a\\d\n}")
                == [#"r.conf:2: error: Invalid \escape: '\d': write a backslash as \\"#])
    }

    @Test func `takes the last of two values for one key, with a warning`() {
        let text = "listener {\n port: 1\n port: 2\n}"
        #expect(Reading.listener(text)?.text("port") == "2")
        #expect(
            Reading.problems(text)
                == [
                    "r.conf:3: warning: 'port' is given twice in 'listener': the last value is taken"
                ])
    }

    @Test func `takes a file without sections for a standalone router without listener`() {
        let configuration = Reading.configuration("\n# nothing\n")
        #expect(configuration?.router.mode == .standalone)
        #expect(configuration?.declarations(of: Schema.listener).isEmpty == true)
        #expect(configuration?.declarations(of: Schema.router).count == 1)
    }

    @Test func `refuses a file of no bytes`() {
        #expect(
            Reading.problems("") == ["r.conf: error: Configuration: Configuration file was empty"])
    }
}

/// Values with an inner structure (MG-14 to MG-18).
@Suite struct `Nested values` {
    private func groups(_ text: String) -> SchemaValue? {
        Reading.configuration("vhost {\n hostname: h\n groups: \(text)\n}")?
            .declarations(of: Schema.vhost).first?.given["groups"]
    }

    private let expected = SchemaValue.map([
        .init(key: "$default", value: .map([.init(key: "users", value: .string("*, x"))])),
        .init(key: "g2", value: .map([.init(key: "maxSenders", value: .integer(5))])),
    ])

    @Test(arguments: [
        "{\n\"$default\": {\"users\": \"*, x\"},\n\"g2\": {\"maxSenders\": 5},\n}",
        "{\n\"$default\": {\"users\": \"*, x\"},\n\"g2\": {\"maxSenders\": 5}\n}",
        "{\n\"$default\": {\n\"users\": \"*, x\"\n},\n\"g2\": {\n\"maxSenders\": 5\n},\n}",
        "{\n$default: {\nusers: *, x\n}\n# comment\ng2: {\nmaxSenders: 5 # comment\n}\n}",
        "{ $default: { users: *, x }, g2: { maxSenders: 5 } }",
        "{ $default { users: *, x } g2 { maxSenders: 5 } }",
    ])
    func `may be JSON, loose, or on one line`(text: String) {
        #expect(groups(text) == expected)
    }

    @Test func `keep braces within texts`() {
        let value = groups("{ g: { targets: ${user}/#, sources: \"}{\" } }")?["g"]
        #expect(value?["targets"] == .string("${user}/#"))
        #expect(value?["sources"] == .string("}{"))
    }

    @Test func `keep JSON's types`() {
        let text = "openProperties: {\"a\": 1, \"b\": true, \"c\": [1.5, null], \"d\": \"#\"}"
        #expect(
            Reading.listenerAttribute("openProperties", text)
                == .map([
                    .init(key: "a", value: .integer(1)), .init(key: "b", value: .boolean(true)),
                    .init(key: "c", value: .list([.real(1.5), .null])),
                    .init(key: "d", value: .string("#")),
                ]))
    }

    @Test func `are closed, and not too deep`() {
        #expect(
            Reading.problems("vhost {\n hostname: h\n groups: {\n \"a\": {\n}\n").contains {
                $0.hasPrefix("r.conf:3: error: '{' is not closed")
            })
        let deep = String(repeating: "{ a: ", count: 100)
        #expect(
            Reading.problems("vhost {\n hostname: h\n groups: \(deep)\n}").contains {
                $0.hasPrefix("r.conf:3: error: Nested more than 64 levels deep")
            })
    }
}

/// The JSON form (MG-23, MG-24).
@Suite struct `The JSON form` {
    @Test func `is an array of pairs`() {
        let text = """
            # comment
            [
              ["router", {"id": "R", "worker-threads": 2}],
              ["listener", {"port": 5672,
                            "http": false, "openProperties": {"a": 1}}]
            ]
            """
        let configuration = Reading.configuration(text, path: "r.json")
        #expect(configuration?.router.id == "R")
        #expect(configuration?.router.workerThreads == 2)
        let listener = configuration?.declarations(of: Schema.listener).first
        #expect(listener?.text("port") == "5672")
        #expect(listener?.line(of: "http") == 5)
    }

    @Test(arguments: [
        ("{}", "r.json:1: error: Expecting '['"),
        ("[[\"router\", {}],\n]", "r.json:2: error: Expecting a value after ','"),
        ("[[\"router\", {\"id\": x}]]", "r.json:1: error: Expecting value, not 'x'"),
        ("[[\"router\", {id: \"x\"}]]", "r.json:1: error: Expecting property name"),
        ("[[\"router\", {\"id\": \"x\" \"mode\": 1}]]", "r.json:1: error: Expecting ',' delimiter"),
        ("[\n[\"router\"]]", "r.json:2: error: Expecting ','"),
        ("[] []", "r.json:1: error: Extra data"),
    ])
    func `is strict`(text: String, problem: String) {
        let problems = Reading.problems(text, path: "r.json")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(problem) == true, "\(problems)")
    }
}
