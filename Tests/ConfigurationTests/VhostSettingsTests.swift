import Addressing
import Schema
import Seeded
import Testing

@testable import Configuration

/// RS-302 to RS-318, RS-506 to RS-509.
@Suite struct `A vhost` {
    private func vhost(
        _ groups: String, _ lines: String = ""
    ) -> (settings: VhostSettings?, problems: [String]) {
        let entities = Sections.entities(
            "vhost {\n hostname: V\n \(lines)\n groups: {\(groups)}\n}")
        var problems = entities.flatMap(VhostReader.problems(of:))
        let vhosts = VhostReader.vhosts(of: entities, &problems)
        return (vhosts.first, problems.map(\.reason))
    }

    private func group(_ options: String) -> (settings: VhostGroupSettings?, problems: [String]) {
        let (settings, problems) = vhost("\"G\": {\(options)}")
        return (settings?.groups["G"], problems)
    }

    @Test func `has limits, names and groups`() throws {
        let (made, problems) = vhost(
            "\"$default\": {}", "aliases: a, b c\n maxConnections: 7\n allowUnknownUser: yes")
        let settings = try #require(made)
        #expect(problems.isEmpty)
        #expect(settings.aliases == ["a", "b", "c"])
        #expect(settings.maxConnections == 7)
        #expect(settings.maxConnectionsPerUser == 65_535)
        #expect(settings.allowsUnknownUsers)
        #expect(settings.groups.keys.sorted() == ["$default"])
    }

    @Test func `allows nothing by default but what it always did`() throws {
        let group = try #require(group("").settings)
        #expect(group.sources == .none)
        #expect(group.targets == .none)
        #expect(
            group.allowed == [
                .waypointLinks, .dynamicLinkRoutes, .adminStatusUpdate, .fallbackLinks,
            ])
        #expect(group.maxSenders == Int(Int32.max))
        #expect(group.remoteHosts.isEmpty)
    }

    @Test func `reads lists as text or as lists, and numbers as either`() throws {
        let (made, problems) = group(
            #"""
            "users": ["a", "b"], "remoteHosts": "10.0.0.1-10.0.0.9, ::1,h.example", "maxSenders": "7",
            "allowDynamicSource": true, "allowWaypointLinks": "false",
            "sources": "a*, ${user}.in", "targetPattern": ["x/#", "${user}/#"]
            """#)
        let group = try #require(made)
        #expect(problems.isEmpty)
        #expect(group.users == ["a", "b"])
        let ends = (HostAddress("10.0.0.1"), HostAddress("10.0.0.9"), HostAddress("::1"))
        let (first, last, loopback) = (
            try #require(ends.0), try #require(ends.1), try #require(ends.2)
        )
        #expect(
            group.remoteHosts == [
                .range(first...last), .range(loopback...loopback), .named("h.example"),
            ])
        #expect(group.maxSenders == 7)
        #expect(group.allowed.contains(.dynamicSource))
        #expect(!group.allowed.contains(.waypointLinks))
        guard case .names(let names) = group.sources, case .patterns(let patterns) = group.targets
        else { return #expect(Bool(false)) }
        #expect(names.map(\.isPrefix) == [true, false])
        #expect(names.map { $0.text.text(for: "bob") } == ["a", "bob.in"])
        #expect(patterns.map { $0.text(for: "bob") } == ["x/#", "bob/#"])
    }

    @Test(arguments: [
        (
            #""allowDynamicSource": "perhaps""#,
            "option 'allowDynamicSource' has illegal boolean value 'perhaps'."
        ),
        (#""maxSenders": -1"#, "option 'maxSenders' has error 'Value '-1' is below minimum '0'.'."),
        (
            #""maxConnectionsPerUser": 65536"#,
            "option 'maxConnectionsPerUser' has error 'Value '65536' is above maximum '65535'.'."
        ),
        (
            #""maxFrameSize": "big""#,
            "option 'maxFrameSize' has error 'Value 'big' does not resolve to an integer.'."
        ),
        (
            #""managementAccess": "some""#,
            "option 'managementAccess' has illegal value 'some'."
        ),
        (
            #""sources": "a", "sourcePattern": "b""#,
            "specifies conflicting 'sources' and 'sourcePattern' attributes. Use only one or the other."
        ),
        (
            #""targets": "", "targetPattern": """#,
            "specifies conflicting 'targets' and 'targetPattern' attributes. Use only one or the other."
        ),
        (
            #""sourcePattern": "a/${user}/b""#,
            "policy key 'sourcePattern' item 'a/${user}/b' may contain match pattern '${user}' as a "
                + "prefix or a suffix only."
        ),
        (
            #""targets": "${user}${user}""#,
            "policy key 'targets' item '${user}${user}' contains multiple user subtitution tokens"
        ),
        (
            #""remoteHosts": "10.0.0.9-10.0.0.1""#,
            "option 'remoteHosts' connectionOption '10.0.0.9-10.0.0.1' failed to translate: its end is "
                + "before its beginning"
        ),
        (
            #""remoteHosts": "a b""#,
            "option 'remoteHosts' connectionOption 'a b' failed to translate: it is no address and no "
                + "name"
        ),
    ])
    func `is refused where a group makes no sense`(options: String, problem: String) {
        #expect(
            group(options).problems == [
                "Policy 'V' is invalid: Policy vhost 'V' user group 'G' " + problem
            ])
    }

    @Test func `has each user in one group`() {
        let problems = vhost(#""G": {"users": "a, b"}, "H": {"users": "b"}, "I": {}, "J": {}"#)
            .problems
        #expect(
            problems == [
                "Policy 'V' is invalid: Policy vhost 'V' user 'b' is in multiple user groups 'G' and 'H'"
            ])
    }

    @Test func `passes over what it does not know, and says so`() {
        #expect(
            group(#""maxConnections": 7"#).problems == [
                "Policy vhost 'V' user group 'G' option 'maxConnections' is ignored."
            ])
    }

    @Test func `knows the line of each option`() throws {
        let text =
            "vhost {\n hostname: V\n groups: {\n  G: {\n   users: a\n   sources: b\n  }\n }\n}"
        let json = """
            [
             ["vhost", {"hostname": "V",
              "groups": {"G": {
               "users": "a",
               "sources": "b"}}}]
            ]
            """
        for (text, path, lines) in [(text, "r.conf", [1, 4, 6]), (json, "r.json", [2, 3, 5])] {
            let configuration = try RouterConfiguration(text: text, path: path)
            let vhost = try #require(configuration.vhosts.first)
            let group = try #require(vhost.groups["G"])
            #expect(vhost.place.line == lines[0])
            #expect(group.place.text(main: path) == "\(path):\(lines[1])")
            #expect(group.places["sources"]?.line == lines[2])
        }
    }

    /// RS-510.
    @Test func `has a pattern of its own, where names are patterns`() {
        let vhosts = "vhost {\n hostname: #.#\n}\nvhost {\n hostname: b\n aliases: \"c #\"\n}"
        #expect(Reading.problems(vhosts).isEmpty)
        let problems = Reading.problems("policy {\n enableVhostNamePatterns: yes\n}\n" + vhosts)
        #expect(
            problems.map { $0.contains("optimized pattern conflicts with existing pattern") } == [
                true
            ])
    }

    @Test func `has no pattern that is too long to match`() {
        let long = Array(repeating: "a", count: PatternTree<Bool>.mostTokens + 1).joined(
            separator: "/")
        #expect(
            group("\"sourcePattern\": \"\(long)\"").problems.map { $0.contains("tokens") } == [true]
        )
    }

    @Test func `has names of its own`() {
        let entities = Sections.entities(
            """
            vhost {
                hostname: V
                aliases: W, x
            }
            vhost {
                hostname: W
                aliases: x
            }
            """)
        var problems: [Problem] = []
        _ = VhostReader.vhosts(of: entities, &problems)
        #expect(
            problems.map(\.reason) == [
                "Policy for vhost 'V' defines alias 'W' which conflicts with an existing vhost named 'W'",
                "Policy for vhost 'W' alias 'x' conflicts with existing alias for vhost 'V'",
            ])
    }
}

@Suite struct `The address of a host` {
    @Test(
        arguments: [
            ("0.0.0.0", 0), ("255.255.255.255", 0xFFFF_FFFF), ("10.0.0.1", 0x0A00_0001), ("::", 0),
            ("::1", 1), ("1::", 0x1 << 112),
            ("1:2:3:4:5:6:7:8", 0x1_0002_0003_0004_0005_0006_0007_0008),
            ("::ffff:1.2.3.4", 0xFFFF_0102_0304), ("FE80::1", 0xFE80 << 112 | 1),
        ] as [(String, UInt128)])
    func `is read`(text: String, bits: UInt128) {
        #expect(HostAddress(text)?.bits == bits)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "+1.2.3.4", "1.2.3.0x4", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "-1::", "g::", "a.b",
        "1.2.3.4:1", "::1.2.3",
    ])
    func `is none`(text: String) {
        #expect(HostAddress(text) == nil)
    }

    @Test func `is read or not, whatever the text is`() {
        var random = Seed()
        let signs = Array("0123456789abcdef:.-*+ x")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...20, using: &random)
            let text = String(
                (0..<length).map { _ in signs[Int.random(in: 0..<signs.count, using: &random)] })
            _ = HostAddress(text)
            _ = try? RemoteHosts(text)
        }
    }
}
