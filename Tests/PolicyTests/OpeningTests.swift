import Configuration
import Testing

@testable import Policy

/// RS-301 to RS-303.
@Suite struct `Who may open` {
    @Test(arguments: [
        ("V", "V"), ("a", "V"), ("b", "V"), ("W", "W"), ("other", "$default"), (nil, "$default"),
        ("", "$default"), ("v", "$default"),
    ])
    func `is of the vhost that is asked for, or of the default one`(
        asked: String?, vhost: String
    ) throws {
        let policy = try Rules.policy(
            Rules.open("V", "aliases: a, b") + Rules.open("W") + Rules.open("$default"))
        let rights = policy.ruling(for: Rules.visitor(asked)).rights
        #expect(rights?.vhost == vhost)
    }

    @Test func `is nobody where there is no vhost`() throws {
        let policy = try Rules.policy(Rules.open("V"))
        let denial = policy.ruling(for: Rules.visitor("other")).denial
        #expect(denial?.reasons == [.noVhost])
        #expect(denial?.vhost == nil)
        let closed = try Rules.policy(Rules.open("$default"), "no default")
        #expect(closed.ruling(for: Rules.visitor("other")).denial != nil)
    }

    /// RS-127: the most specific one.
    @Test(arguments: [
        ("a.example.org", "*.example.org"), ("example.org", "#.example.org"),
        ("x.y.example.org", "#.example.org"), ("b.example.org", "b.example.org"),
        ("localhost", nil),
    ])
    func `is of the vhost whose pattern matches`(asked: String, vhost: String?) throws {
        let policy = try Rules.policy(
            Rules.open("*.example.org") + Rules.open("#.example.org") + Rules.open("b.example.org"),
            "patterns, no default")
        #expect(policy.ruling(for: Rules.visitor(asked)).rights?.vhost == vhost)
    }

    private let groups = """
        vhost {
            hostname: V
            groups: {
                admin: {
                    users: alice, *x
                    remoteHosts: *
                }
                known: {
                    users: bob
                    remoteHosts: 10.0.0.1, 10.1.0.0-10.1.0.9, ::1, h.example
                }
                nowhere: {
                    users: eve
                }
            }
        }
        """

    @Test(arguments: [("alice", "admin"), ("bob", "known"), ("dave", nil), ("", nil), (nil, nil)])
    func `is in a group`(user: String?, group: String?) throws {
        let policy = try Rules.policy(groups)
        let ruling = policy.ruling(for: Rules.visitor(user: user))
        #expect(ruling.rights?.group == group)
        #expect(group != nil || ruling.denial?.reasons == [.unknownUser])
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("10.1.0.9", true), ("10.1.0.10", false), ("::1", true),
        ("::ffff:10.0.0.1", true), ("::ffff:10.9.9.9", false), ("192.0.2.7", true),
        ("192.0.2.8", false), ("", false), ("x", false), ("::1%lo", true),
    ])
    func `comes from a host of the group's`(host: String, isAllowed: Bool) throws {
        var policy = try Rules.policy(groups)
        #expect(policy.namedHosts == ["h.example"])
        policy.hostAddresses["h.example"] = [HostAddress("192.0.2.7")].compactMap { $0 }
        let ruling = policy.ruling(for: Rules.visitor(host: host))
        #expect((ruling.rights != nil) == isAllowed)
        #expect(isAllowed || ruling.denial?.reasons == [.host])
    }

    @Test func `comes from nowhere if the group has no hosts`() throws {
        let policy = try Rules.policy(groups)
        #expect(policy.ruling(for: Rules.visitor(user: "eve")).denial?.reasons == [.host])
    }

    @Test func `may be everybody`() throws {
        let star = groups.replacing("bob", with: "bob, *")
        let policy = try Rules.policy(star)
        #expect(policy.ruling(for: Rules.visitor(user: "dave")).rights?.group == "known")
        #expect(policy.ruling(for: Rules.visitor(user: "alice")).rights?.group == "admin")
    }

    /// RS-111: names that only look alike are two.
    @Test func `has a name of its own`() throws {
        let policy = try Rules.policy(groups.replacing("bob", with: "\u{e9}"))
        #expect(policy.ruling(for: Rules.visitor(user: "\u{e9}")).rights != nil)
        #expect(policy.ruling(for: Rules.visitor(user: "e\u{301}")).denial != nil)
    }

    @Test func `is told by which line`() throws {
        let policy = try Rules.policy(groups)
        let host = policy.ruling(for: Rules.visitor(host: "10.9.9.9")).denial
        #expect(host?.place?.text(main: "r.conf") == "r.conf:10")
        let user = policy.ruling(for: Rules.visitor(user: "dave")).denial
        #expect(user?.place?.text(main: "r.conf") == "r.conf:1")
        let lines = user?.lines(for: Rules.visitor(user: "dave"))
        #expect(
            lines == [
                "DENY AMQP Open for user 'dave', rhost '10.0.0.1', vhost 'V': User is not in a user "
                    + "group and unknown users are denied"
            ])
    }

    /// RS-319.
    @Test func `by a connector goes by a group of its own`() throws {
        let policy = try Rules.policy(
            groups.replacing("nowhere", with: "\"$connector\"") + "\n" + Rules.open("W"))
        #expect(policy.rights(ofConnectorIn: "V", user: nil)?.group == "$connector")
        #expect(policy.rights(ofConnectorIn: "W", user: nil) == nil)
        #expect(policy.rights(ofConnectorIn: "X", user: nil) == nil)
    }

    @Test func `changes with the vhosts`() throws {
        var policy = try Rules.policy(Rules.open("V", "aliases: a"))
        policy.remove(vhost: "V")
        #expect(policy.vhost(for: "a") == nil)
        for vhost in try Rules.configuration(Rules.open("W", "aliases: a")).vhosts {
            policy.set(vhost)
        }
        #expect(policy.vhost(for: "a") == "W")
    }

    /// Among a thousand patterns and a hundred groups.
    @Test func `is told fast`() throws {
        let groups = (0..<100).map { number in
            """
            g\(number): {
                users: u\(number)
                remoteHosts: *
                sourcePattern: \((0..<10).map { "p\(number)/\($0)/#" }.joined(separator: ", "))
            }
            """
        }.joined(separator: "\n")
        let vhosts = (0..<2).map { "vhost {\n hostname: *.h\($0)\n groups: {\n\(groups)\n}\n}\n" }
        let policy = try Rules.policy(vhosts.joined(), "patterns")
        let clock = ContinuousClock()
        let time = clock.measure {
            for number in 0..<1_000 {
                let ruling = policy.ruling(
                    for: Rules.visitor("a.h\(number % 2)", user: "u\(number % 100)"))
                #expect(ruling.rights != nil)
            }
        }
        #expect(time < .seconds(2))
    }
}
