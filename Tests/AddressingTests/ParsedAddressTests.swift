import Addressing
import Testing

@Suite struct `Address texts` {
    private static let router = RouterIdentity(id: "A")

    @Test(arguments: ["a/x", "/a/x", "amqp:/a/x", "amqp://host:port/a/x", "///a/x", "a/x/", "a/x."])
    func `that name the same address (RS-110)`(text: String) {
        #expect(ParsedAddress(text, router: Self.router) == .mobile("a/x"))
    }

    @Test(
        arguments: [
            ("//a/x", "x"), ("a/x//", "a/x/"), ("a/x./", "a/x."), ("amqp:a/x", "amqp:a/x"),
            ("amqps:/x", "x"), ("a:b:/x", "x"), ("a/b:/x", "x"), ("/a:/x", "a:/x"),
            ("amqp:///x", "x"), ("//host", ""), ("amqp://host", ""), ("/", ""), ("", ""),
            (".", ""), ("a.x", "a.x"), ("A/x", "A/x"), ("a/ x?q=*#", "a/ x?q=*#"), ("::/a", "a"),
            ("a:", "a:"), ("//a//x", "/x"), ("ü/é", "ü/é"),
        ])
    func `are cut down to the address (RS-110, RS-111)`(text: String, address: String) {
        #expect(ParsedAddress(text, router: Self.router) == .mobile(address))
    }

    @Test(
        arguments: [
            ("_local/x", .local("x")), ("amqp:/_local/x/y", .local("x/y")),
            ("_topo/0/A/x", .local("x")), ("/_topo/0/A/x/y", .local("x/y")),
            ("_topo/0/B", .router(id: "B")), ("_topo/0/B/", .router(id: "B")),
            ("_topo/0/B/x", .router(id: "B")), ("_topo/1/B/x", .area("1")),
            ("_topo/1/A/x", .area("1")), ("_topo/0/all/x", .everyRouter("x")),
            ("_edge/E/x", .edge(id: "E")), ("_edge/A/x", .local("x")),
            ("_locally/x", .mobile("_locally/x")), ("_topo", .mobile("_topo")),
            ("_other/x", .mobile("_other/x")), ("_local", .mobile("_local")),
            ("x/_local/y", .mobile("x/_local/y")), ("_LOCAL/x", .mobile("_LOCAL/x")),
        ] as [(String, ParsedAddress)])
    func `may have reserved forms (RS-120)`(text: String, parsed: ParsedAddress) {
        #expect(ParsedAddress(text, router: Self.router) == parsed)
    }

    @Test func `keep their length, whatever it is (RS-111)`() {
        let long = String(repeating: "long/", count: 200) + "x"
        #expect(ParsedAddress(long, router: Self.router) == .mobile(long))
    }

    @Test func `are cut by bytes, not by what is seen (RS-111)`() {
        let text = "/\u{301}a/\u{301}"
        let key = ParsedAddress(text, router: Self.router).key(phase: .first)
        #expect(Array(key.utf8) == Array("M0\u{301}a/\u{301}".utf8))
    }

    @Test(
        arguments: [
            (.mobile("a"), "M0a"), (.local("a"), "La"), (.router(id: "B"), "RB"),
            (.everyRouter("x"), "Tx"), (.area("1"), "A1"), (.edge(id: "E"), "HE"),
        ] as [(ParsedAddress, String)])
    func `have keys with their class (RS-112)`(parsed: ParsedAddress, key: String) {
        #expect(parsed.key(phase: .first) == key)
    }

    @Test(arguments: 0...9)
    func `have a phase in their key if they are mobile (RS-112)`(number: Int) throws {
        let phase = try #require(Phase(number))
        #expect(ParsedAddress.mobile("a").key(phase: phase) == "M\(number)a")
        #expect(ParsedAddress.local("a").key(phase: phase) == "La")
    }

    @Test(arguments: [Int.min, -1, 10, 12, 21, 23, 255, 256, Int.max])
    func `have no phase of a number that is none`(number: Int) {
        #expect(Phase(number) == nil)
    }

    @Test func `have a letter for the phase of the last resort (IR 5.4)`() {
        #expect(ParsedAddress.mobile("2a").key(phase: .fallback) == "MF2a")
        #expect(Phase(22) == .fallback)
    }

    @Test(arguments: [
        ("$management", false), ("_local/$management", false), ("_topo/0/B/$management", true),
        ("_topo/0/A/$management", false), ("amqp:/_topo/0/B/$management", true),
        ("_edge/B/$management", true), ("_topo/all/all/$management", true),
        ("b/$management", false),
        ("_topo/0/B/other", false),
    ])
    func `leads to other routers' management or not`(text: String, isElsewhere: Bool) {
        let router = RouterIdentity(id: "A")
        #expect(ParsedAddress.isManagementElsewhere(text, router: router) == isElsewhere)
    }
}

@Suite struct `An address at an edge router` {
    private static let edge = RouterIdentity(id: "E", mode: .edge)

    @Test(
        arguments: [
            ("_topo/0/A/x", .elsewhere), ("_topo/0/all/x", .elsewhere),
            ("_topo/7/A/x", .elsewhere), ("amqp:/_edge/F/x", .elsewhere),
            ("_edge/E/x", .local("x")), ("_topo/0/E/x", .local("x")), ("a/b", .mobile("a/b")),
        ] as [(String, ParsedAddress)])
    func `of another router is elsewhere (IR 9.2)`(text: String, meaning: ParsedAddress) {
        #expect(ParsedAddress(text, router: Self.edge) == meaning)
    }

    @Test func `is named below the edge`() {
        #expect(Self.edge.address(of: "temp.1") == "_edge/E/temp.1")
        #expect(RouterIdentity(id: "A").address(of: "temp.1") == "_topo/0/A/temp.1")
    }
}
