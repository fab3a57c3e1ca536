import AMQP
import Client
import Options
import Testing

@testable import Commands

@Suite struct `A bus URL` {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0", "amqp"), ("host:1", "host", "1"), ("amqps://host", "host", "amqps"),
        ("[::1]:7", "::1", "7"), ("[::1]", "::1", "amqp"), ("::1", "::1", "amqp"),
        ("amqp://u:p@host:9/a/b", "host", "9"), ("", "127.0.0.1", "amqp"),
        ("31110", "127.0.0.1", "31110"),
        (":31110", "127.0.0.1", "31110"), ("amqps://31110", "127.0.0.1", "31110"),
        ("31110/a", "127.0.0.1", "31110"),
        ("u@31110", "127.0.0.1", "31110"), ("ws://host", "host", "80"),
        ("wss://host/a/b", "host", "443"), ("ws://host:1/x", "host", "1"),
    ])
    func `names a host and a port`(text: String, host: String, port: String) throws {
        let url = try BusURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test func `may name a user and an address`() throws {
        let url = try BusURL("amqps://me%40here:se:cret@host/_topo/0/A/$management")
        #expect(url.usesTLS)
        #expect(url.user == "me@here")
        #expect(url.password == "se:cret")
        #expect(url.address == "_topo/0/A/$management")
    }

    @Test func `may ask for a WebSocket`() throws {
        #expect(try BusURL("amqp://host/a").webSocketPath == nil)
        #expect(try BusURL("ws://host").webSocketPath == "/")
        let url = try BusURL("wss://me:secret@host/a/b?c")
        #expect(url.webSocketPath == "/a/b?c")
        #expect(url.address == nil)
        #expect(url.usesTLS && url.user == "me")
    }

    @Test(arguments: ["http://host", "[::1]x", "ws://host/a b", "ws://host/\r\nx"])
    func `is refused when it is none`(text: String) {
        #expect(throws: UsageError.self) { try BusURL(text) }
    }
}

@Suite(.serialized) struct `A command line` {
    private let flags = Option("f", "flag", help: "")
    private let other = Option("o", "other", help: "")

    private func parse(_ words: [String]) throws -> Arguments {
        let command = Command(
            "test", summary: "",
            groups: [
                OptionGroup("Views", isExclusive: true, [flags, other]), .manage, .connection,
            ]
        ) { _ in .done }
        return try Arguments(words, of: command, program: "test")
    }

    @Test func `mixes options and operands`() throws {
        let arguments = try parse([
            "a=b", "--type", "x", "-b", "host:1", "c", "--timeout=2.5", "-f",
        ])
        #expect(arguments.operands == ["a=b", "c"])
        #expect(arguments[.type] == "x")
        #expect(try arguments.number(.timeout) == 2.5)
        #expect(arguments.has(flags))
    }

    @Test func `takes a negative number as an argument`() throws {
        #expect(try parse(["--indent", "-1"]).jsonIndent() == nil)
    }

    @Test(arguments: [["-f", "-o"], ["--zork"], ["--type"], ["-t"]])
    func `is refused when it makes no sense`(words: [String]) {
        #expect(throws: UsageError.self) { try parse(words) }
    }

    @Test func `has booleans, strings and nulls as values`() throws {
        let values = try parse([]).assignments(["a=true", "b=x=y", "c", "d=5"])
        #expect(values == ["a": true, "b": "x=y", "c": nil, "d": "5"])
    }

    @Test(arguments: [
        ("listener", "org.apache.qpid.dispatch.listener"),
        ("link", "org.apache.qpid.dispatch.router.link"),
        ("autoLink", "org.apache.qpid.dispatch.router.config.autoLink"),
        ("router.link", "router.link"),
    ])
    func `may shorten an entity type`(short: String, long: String) {
        #expect(EntityType.long(short) == long)
    }

    @Test(arguments: [
        ([], false, false), (["-b", "amqps://h"], true, true),
        (["--sasl-username", "u"], false, true),
        (["-b", "u@h"], false, true), (["--ssl-trustfile", "f"], true, true),
    ])
    func `asks for TLS and SASL`(words: [String], hasTLS: Bool, hasSASL: Bool) throws {
        let options = try parse(words).clientOptions()
        #expect((options.tls != nil) == hasTLS)
        #expect((options.sasl != nil) == hasSASL)
    }
}
