import Addressing
import Testing

@testable import Configuration

/// RS-230 to RS-260, MG-44, MG-45.
@Suite struct `A link route` {
    private func route(_ lines: String) -> (settings: LinkRouteSettings?, problems: [String]) {
        Sections.settings("linkRoute {\n \(lines)\n}") { LinkRouteSettings($0, &$1) }
    }

    @Test func `is a match, a direction and who serves it`() throws {
        let (made, problems) = route(
            "name: r\n prefix: /queue/\n dir: in\n containerId: broker\n addExternalPrefix: x/\n"
                + " delExternalPrefix: queue/")
        let settings = try #require(made)
        #expect(problems.isEmpty)
        #expect(settings.name == "r")
        #expect(settings.match == .prefix("queue"))
        #expect(settings.direction == .in)
        #expect(settings.server == .container("broker"))
        #expect(settings.addedPrefix == "x/")
        #expect(settings.removedPrefix == "queue/")
    }

    @Test(arguments: [
        ("connection: c", ContainerMatch.connection("c")), ("", .nobody),
        ("containerId: c", .container("c")),
    ])
    func `is served by the connections that it names`(line: String, server: ContainerMatch) throws {
        #expect(route("pattern: a/*\n direction: out\n \(line)").settings?.server == server)
    }

    @Test(arguments: [
        (
            "prefix: a\n pattern: b\n direction: in",
            "Cannot set both 'prefix' and 'pattern': ignoring link route a, b"
        ),
        (
            "direction: in",
            "Must set either 'prefix' or 'pattern' attribute: ignoring link route address"
        ),
        (
            "prefix: a\n direction: in\n connection: b\n containerId: c",
            "Error configuring linkRoute: Both connection and containerId cannot be specified. "
                + "Specify only one: the section is ignored"
        ),
        (
            "prefix: ./\n direction: in",
            "Ignoring link route '': its prefix or pattern has no tokens"
        ),
    ])
    func `is passed over where it makes no sense`(lines: String, problem: String) {
        let (settings, problems) = route(lines)
        #expect(settings == nil)
        #expect(problems == ["r.conf:1: warning: " + problem])
    }
}

@Suite struct `An auto link` {
    private func link(_ lines: String) -> (settings: AutoLinkSettings?, problems: [String]) {
        Sections.settings("autoLink {\n \(lines)\n}") { AutoLinkSettings($0, &$1) }
    }

    @Test(arguments: [
        ("direction: in", 1), ("direction: out", 0), ("direction: in\n fallback: yes", 0),
        ("direction: out\n fallback: yes", 0), ("dir: in\n phase: 0", 0),
        ("dir: out\n phase: 9", 9),
    ])
    func `has the phase that is given, or its direction's`(lines: String, phase: UInt8) throws {
        let settings = try #require(link("addr: q\n \(lines)").settings)
        #expect(settings.phase.number == phase)
        #expect(settings.address == "q")
    }

    @Test(arguments: [-1, 10, 22, Int.min, Int.max])
    func `is passed over with a phase that is none`(phase: Int) {
        let (settings, problems) = link("address: q\n direction: in\n phase: \(phase)")
        #expect(settings == nil)
        #expect(
            problems == [
                "r.conf:4: warning: Error configuring autoLink: autoLink phase must be between 0 "
                    + "and 9: the section is ignored"
            ])
    }

    @Test func `may be called something else by its container`() throws {
        let settings = try #require(
            link("address: q\n direction: out\n externalAddr: Q\n connection: c").settings)
        #expect(settings.externalAddress == "Q")
        #expect(settings.server == .connection("c"))
        #expect(!settings.isFallback)
    }
}

/// RS-280 to RS-287, MG-189.
@Suite struct `Exchanges and bindings` {
    private func made(_ text: String) -> (exchanges: Exchanges, problems: [String]) {
        var problems: [Problem] = []
        let exchanges = Exchanges(Sections.entities(text), &problems)
        return (exchanges, problems.map(\.reason))
    }

    private let exchange = "exchange {\n name: e\n address: a\n}\n"

    @Test func `have bindings, wherever they stand`() {
        let (made, problems) = made(
            "binding {\n exchangeName: e\n nextHopAddress: h\n}\n"
                + "binding {\n exchangeName: e\n bindingKey: a.*\n nextHopAddress: h\n"
                + " nextHopPhase: 2\n}\n"
                + "exchange {\n name: e\n address: a\n phase: 1\n alternateAddress: b\n"
                + " matchMethod: mqtt\n}\n")
        #expect(problems.isEmpty)
        #expect(made.exchanges.map(\.name) == ["e"])
        #expect(made.exchanges.first?.phase.number == 1)
        #expect(made.exchanges.first?.matchMethod == .mqtt)
        #expect(made.exchanges.first?.alternate == NextHop(address: "b", phase: .first))
        #expect(made.bindings.map(\.key) == ["#", "a.*"])
        #expect(made.bindings.last?.nextHop.phase.number == 2)
    }

    @Test(arguments: [
        ("exchange {\n name: f\n address: a\n}", "exchange: duplicate exchange address"),
        (
            "exchange {\n name: f\n address: b\n phase: 10\n}",
            "exchange: phase must be in the range 0-9"
        ),
        (
            "exchange {\n name: f\n address: b\n alternatePhase: -1\n}",
            "exchange: phase must be in the range 0-9"
        ),
        (
            "binding {\n exchangeName: f\n nextHopAddress: h\n}",
            "binding: Named exchange does not exist"
        ),
        (
            "binding {\n exchangeName: e\n nextHopAddress: h\n nextHopPhase: 10\n}",
            "binding: phase must be in the range 0-9"
        ),
        (
            "binding {\n exchangeName: e\n nextHopAddress: h\n}\n"
                + "binding {\n exchangeName: e\n bindingKey: \"#\"\n nextHopAddress: h\n}",
            "binding: Next hop for key already exists"
        ),
        (
            "exchange {\n name: m\n address: m\n matchMethod: mqtt\n}\n"
                + "binding {\n exchangeName: m\n bindingKey: a/#/b\n nextHopAddress: h\n}",
            "binding: The binding key pattern is invalid"
        ),
    ])
    func `are passed over where they make no sense`(text: String, problem: String) {
        let (made, problems) = made(exchange + text)
        #expect(problems == ["Error configuring " + problem])
        #expect(made.exchanges.first?.name == "e")
    }
}

/// RS-536 to RS-540.
@Suite struct `An authentication service` {
    private func service(_ lines: String) -> (settings: AuthServiceSettings?, problems: [String]) {
        Sections.settings("authServicePlugin {\n name: s\n \(lines)\n}") {
            AuthServiceSettings($0, &$1)
        }
    }

    @Test(arguments: [
        ("host: h\n port: 1", "h", "1"), ("host: h", "h", "amqp"), ("authService: h:1", "h", "1"),
        ("authService: h", "h", "amqp"), ("authService: ::1:7", "::1", "7"),
    ])
    func `has a place, in the old form too`(lines: String, host: String, port: String) throws {
        let settings = try #require(service(lines).settings)
        #expect(settings.host == host)
        #expect(settings.port == port)
    }

    @Test func `without a host is told`() {
        let (settings, problems) = service("realm: r")
        #expect(settings == nil)
        #expect(problems.first?.hasSuffix("nobody can log in by it: write host: HOST") == true)
    }
}
