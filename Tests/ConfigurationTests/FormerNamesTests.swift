import Addressing
import Configuration
import Schema
import Testing

/// Files of releases before 1.0.
@Suite struct `Names from before 1.0` {
    private func deprecated(_ line: Int, _ what: String, _ today: String) -> String {
        "r.conf:\(line): warning: \(what) has been deprecated. Use '\(today)' instead"
    }

    @Test func `of attributes are taken for those of today`() throws {
        let text = """
            router {
                routerId: A
                mode: interior
            }
            listener {
                addr: 127.0.0.1
                requirePeerAuth: no
            }
            connector {
                addr: b.example
                role: on-demand
            }
            """
        let configuration = try #require(Reading.configuration(text))
        #expect(configuration.router.id == "A")
        let listener = try #require(configuration.declarations(of: Schema.listener).first)
        #expect(ListenerSettings(listener).host == "127.0.0.1")
        let connector = try #require(configuration.declarations(of: Schema.connector).first)
        #expect(ConnectorSettings(connector).host == "b.example")
        #expect(ConnectorSettings(connector).role == .routeContainer)
        #expect(
            Reading.problems(text) == [
                deprecated(2, "Attribute 'routerId' of entity 'router'", "id"),
                deprecated(6, "Attribute 'addr' of entity 'listener'", "host"),
                deprecated(
                    7, "Attribute 'requirePeerAuth' of entity 'listener'", "authenticatePeer"),
                deprecated(10, "Attribute 'addr' of entity 'connector'", "host"),
                deprecated(11, "Role 'on-demand'", "route-container"),
            ])
    }

    @Test func `of the process are part of the router`() throws {
        let text = """
            container {
                worker-threads: 2
                container-name: A.B
                saslConfigName: x
            }
            router {
                router-id: A.B
                worker-threads: 3
            }
            """
        let router = try #require(Reading.configuration(text)).router
        #expect(router.id == "A.B")
        #expect(router.workerThreads == 3)
        #expect(router.given.text("saslConfigName") == "x")
        #expect(
            Reading.problems(text) == [
                deprecated(1, "Entity 'container'", "router"),
                "r.conf:2: warning: Line 8 gives 'workerThreads' of 'router' too, and counts: "
                    + "take this line out",
                deprecated(3, "Attribute 'containerName' of entity 'container'", "id"),
                deprecated(7, "Attribute 'routerId' of entity 'router'", "id"),
            ])
        let alone = try #require(Reading.configuration("container {\n containerName: A\n}"))
        #expect(alone.router.id == "A")
    }

    @Test(arguments: [
        ("fanout: multiple", AddressDistribution.multicast), ("fanout: single", .closest),
        ("fanout: single\n bias: closest", .closest), ("fanout: single\n bias: spread", .balanced),
        ("bias: spread", .balanced),
    ])
    func `of addresses say how they are treated`(
        lines: String, distribution: AddressDistribution
    ) throws {
        let text = "fixed-address {\n prefix: /a/\n \(lines)\n}"
        let address = try #require(Reading.configuration(text)?.addresses.first)
        #expect(address.match == .prefix("a"))
        #expect(address.distribution == distribution)
        #expect(
            Reading.problems(text) == [deprecated(1, "Entity 'fixedAddress'", "address")])
    }

    @Test func `of all other addresses become the default`() throws {
        let text = """
            fixedAddress {
                prefix: /closest/
                fanout: single
            }
            fixedAddress {
                prefix: /
                fanout: multiple
            }
            """
        let configuration = try #require(Reading.configuration(text))
        #expect(configuration.router.defaultDistribution == .multicast)
        #expect(configuration.addresses.map(\.distribution) == [.closest])
    }

    @Test func `of phases are one address`() throws {
        let text = """
            fixedAddress {
                prefix: /queue/
                phase: 0
                fanout: single
            }
            fixedAddress {
                prefix: /queue/
                phase: 1
                fanout: single
            }
            """
        let configuration = try #require(Reading.configuration(text))
        #expect(configuration.addresses.count == 1)
        #expect(
            Reading.problems(text).last
                == "r.conf:6: warning: Prefix '/queue/' has a section already, for all phases: "
                + "take this one out")
    }

    @Test func `of link routes mean both directions unless they name one`() throws {
        let text = "linkRoutePattern {\n prefix: q.\n connector: b\n}"
        let problems = Reading.problems(text)
        let both = try #require(Reading.configuration(text))
        #expect(both.linkRoutes.map(\.direction) == [.in, .out])
        #expect(problems.contains(deprecated(1, "Entity 'linkRoutePattern'", "linkRoute")))
        #expect(
            problems.contains(
                deprecated(3, "Attribute 'connector' of entity 'linkRoutePattern'", "connection")))
        let one = try #require(
            Reading.configuration("linkRoutePattern {\n prefix: q.\n dir: in\n}"))
        #expect(one.linkRoutes.map(\.direction) == [.in])
    }

    @Test func `mean the same in JSON`() throws {
        let text = #"[["router", {"routerId": "A"}], ["listener", {"addr": "::1"}]]"#
        let configuration = try #require(Reading.configuration(text, path: "r.json"))
        #expect(configuration.router.id == "A")
        #expect(configuration.declarations(of: Schema.listener).first?.text("host") == "::1")
        #expect(configuration.warnings.count == 2)
    }

    @Test func `are wrong where they make no sense`() {
        let problems = Reading.problems("fixedAddress {\n prefix: a\n fanout: many\n}")
        #expect(problems.contains { $0.contains("'many'") && $0.hasPrefix("r.conf:3: error") })
    }
}
