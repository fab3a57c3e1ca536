import Addressing
import Configuration
import Schema
import Testing

/// From attributes to settings.
@Suite struct `Attributes` {
    @Test(arguments: [
        ("ssl-profile", "sslProfile"), ("ssl_profile", "sslProfile"), ("sslProfile", "sslProfile"),
    ])
    func `have section names in camel case`(written: String, name: String) {
        let configuration = Reading.configuration("\(written) {\n name: p\n}")
        #expect(configuration?.declarations.first?.type.name == name)
    }

    @Test func `have names in camel case`() {
        let settings = Reading.configuration(
            "router {\n worker-threads: 3\n default_distribution: closest\n}")?.router
        #expect(settings?.workerThreads == 3)
        #expect(settings?.defaultDistribution == .closest)
    }

    @Test(arguments: [
        ("yes", true), ("TRUE", true), ("On", true), ("no", false), ("False", false),
        ("off", false),
    ])
    func `take six words for booleans, in any letter case`(word: String, flag: Bool) {
        #expect(Reading.listenerAttribute("multiTenant", "multiTenant: \(word)") == .boolean(flag))
    }

    @Test(arguments: [("5", 5), ("+5", 5), ("-5", -5), ("1_000", 1_000)])
    func `take signed whole numbers`(text: String, number: Int) {
        #expect(Reading.listenerAttribute("cost", "cost: \(text)") == .integer(number))
    }

    @Test func `take enums by tag or by index`() {
        #expect(Reading.configuration("router {\n mode: 1\n}")?.router.mode == .interior)
        #expect(Reading.configuration("router {\n mode: interior\n}")?.router.mode == .interior)
    }

    @Test(arguments: ["router", "sslProfile", "listener", "connector", "log", "autoLink", "vhost"])
    func `have their old spellings`(section: String) throws {
        let type = try #require(Schema.all.types.first { $0.sectionName == section })
        for attribute in type.attributes
        where attribute.alias != nil && attribute.tags.isEmpty
            && !attribute.traits.isDisjoint(with: [.create, .update])
        {
            let alias = attribute.alias ?? ""
            let value = attribute.kind == .boolean ? "yes" : "7"
            let problems = Reading.problems("\(type.sectionName) {\n \(alias): \(value)\n}")
            #expect(
                problems.contains(
                    "r.conf:2: warning: Attribute '\(alias)' of entity '\(type.sectionName)' has been "
                        + "deprecated. Use '\(attribute.name)' instead"), "\(problems)")
        }
    }

    @Test func `may not have both spellings`() {
        let text = "router {\n helloInterval: 2\n helloIntervalSeconds: 2\n}"
        #expect(
            Reading.problems(text).contains(
                "r.conf:3: error: org.apache.qpid.dispatch.router: Both 'helloInterval' and 'helloIntervalSeconds' cannot be "
                    + "specified for entity 'router': keep 'helloIntervalSeconds'"))
    }

    @Test func `have limits, beyond which the nearest sensible value is taken`() throws {
        let listener = try #require(
            Reading.listener(
                """
                listener {
                    maxFrameSize: 7
                    maxSessions: 40000
                    maxSessionFrames: 0
                    linkCapacity: -1
                    idleTimeoutSeconds: -3
                    cost: 0
                }
                """))
        let settings = ListenerSettings(listener)
        #expect(settings.maxFrameSize == 512)
        #expect(settings.maxSessions == 32_768)
        #expect(settings.maxSessionFrames == nil)
        #expect(settings.linkCapacity == 250)
        #expect(settings.idleTimeoutSeconds == 0)
        #expect(settings.cost == 1)
    }

    @Test func `have the schema's defaults`() throws {
        let listener = ListenerSettings(try #require(Reading.listener("listener {\n}")))
        #expect(listener.host.isEmpty)
        #expect(listener.port == "amqp")
        #expect(listener.maxFrameSize == 16_384)
        #expect(listener.idleTimeoutSeconds == 16)
        #expect(listener.stripAnnotations == .both)
        let router = Reading.configuration("router {\n}")?.router
        #expect(router?.presettledHoldSeconds == 5)
        #expect(router?.workerThreads == nil)
        #expect(router?.defaultDistribution == .balanced)
    }
}

/// `address` sections (MG-44 to MG-47).
@Suite struct `Configured addresses` {
    private func addresses(_ text: String) -> [AddressSettings]? {
        Reading.configuration(text)?.addresses
    }

    @Test func `have the phases of a waypoint`() {
        let address = addresses("address {\n prefix: q\n waypoint: yes\n priority: 7\n}")?.first
        #expect(address?.ingressPhase == 0)
        #expect(address?.egressPhase == 1)
        #expect(address?.priority == 7)
        #expect(address?.name == "address/0")
    }

    @Test(arguments: [
        "prefix: a\n pattern: b", "distribution: closest", "prefix: a\n ingressPhase: 1",
        "prefix: a\n ingressPhase: 1\n egressPhase: 10", "prefix: a\n priority: 10", "prefix: //",
    ])
    func `are passed over with a warning if they make no sense`(lines: String) {
        let text = "address {\n \(lines)\n}"
        #expect(addresses(text)?.isEmpty == true)
        #expect(Reading.problems(text).count == 1)
    }

    @Test func `are passed over if an earlier one has the pattern`() {
        let text = "address {\n prefix: a/b\n}\naddress {\n pattern: a.b.#\n}"
        #expect(addresses(text)?.count == 1)
        #expect(
            Reading.problems(text) == [
                "r.conf:4: warning: Already exists: Duplicate pattern 'a.b.#' not added to parse tree"
            ])
    }
}

/// Where passwords come from (MG-42, MG-43).
@Suite struct `Passwords` {
    private let surroundings = Surroundings(
        variable: { $0 == "SECRET" ? "from the environment" : nil },
        file: { path in
            path == "/secret"
                ? .success("from a file\nand no more\n") : .failure(.init(reason: "No such file"))
        })

    private func password(_ value: String) -> String? {
        Reading.configuration("connector {\n saslPassword: \(value)\n}", surroundings)?
            .declarations(of: Schema.connector).first.flatMap { ConnectorSettings($0).saslPassword }
    }

    @Test(arguments: [
        ("env: SECRET", "from the environment"), ("file:/secret", "from a file"),
        ("pass:x y", "x y"), ("plain", "plain"), ("literal:x", "literal:x"),
    ])
    func `are looked up where the prefix says`(value: String, password: String) {
        #expect(self.password(value) == password)
    }

    @Test func `stay in management as they were given`() {
        let connector = Reading.configuration(
            "connector {\n saslPassword: env:SECRET\n}", surroundings)?
            .declarations(of: Schema.connector).first
        #expect(connector?.given["saslPassword"] == .string("env:SECRET"))
    }

    @Test(arguments: [
        ("env:NONE", "error: Not found: Failed to find a password in the environment variable"),
        ("file:/none", "warning: Unable to open password file /none, error: No such file"),
        ("plain", "warning: It is unsafe to provide plain text passwords in the config file"),
    ])
    func `are spoken of when they are missing or in clear`(value: String, text: String) {
        let problems = Reading.problems("connector {\n saslPassword: \(value)\n}", surroundings)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("r.conf:2: \(text)") == true, "\(problems)")
    }
}

/// `log` sections (MG-199 to MG-203).
@Suite struct `Log settings` {
    @Test func `leave to the default what is not given`() {
        let log = Reading.configuration("log {\n module: SERVER\n enable: trace,error+\n}")?.logs
            .first
        #expect(log?.module == "SERVER")
        #expect(log?.levels == 0b110_0001)
        #expect(log?.includesTimestamp == nil)
        #expect(log?.output == nil)
    }

    @Test func `are all there on one line`() {
        let text = "log { module: DEFAULT; enable: trace+; includeSource: true; outputFile: a.log }"
        let log = Reading.configuration(text)?.logs.first
        #expect(log?.module == nil)
        #expect(log?.levels == 0b111_1111)
        #expect(log?.includesSource == true)
        #expect(log?.output == "a.log")
    }
}
