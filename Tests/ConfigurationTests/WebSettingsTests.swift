import Schema
import Testing

@testable import Configuration

@Suite struct `A listener of HTTP` {
    private func settings(_ attributes: String) throws -> WebSettings? {
        let text = "listener {\n port: 0\n \(attributes)\n}"
        let configuration = try RouterConfiguration(text: text, path: "r.conf")
        return configuration.declarations(of: Schema.listener).map(ListenerSettings.init).first?.web
    }

    @Test func `is asked for by a flag or by a root`() throws {
        #expect(try settings("") == nil)
        #expect(try settings("http: no\n healthz: yes") == nil)
        let usual = try #require(try settings("http: yes"))
        #expect(usual.servesHealth && usual.servesMetrics && usual.takesWebSockets)
        #expect(usual.root == nil)
        #expect(try settings("httpRootDir: /x")?.root == "/x")
        #expect(try settings("httpRoot: /x")?.root == "/x")
        #expect(try settings("http: yes\n healthz: no")?.servesHealth == false)
    }

    @Test(arguments: [("-1", 1), ("0", 1), ("7", 7), ("9223372036854775807", 65_535)])
    func `has connections within bounds`(text: String, count: Int) throws {
        #expect(try settings("http: yes\n httpMaxConnections: \(text)")?.mostConnections == count)
    }

    @Test func `lets one host have a quarter, or what is said`() throws {
        #expect(try settings("http: yes")?.mostOfHost == nil)
        #expect(try settings("http: yes\n httpMaxConnectionsPerHost: 0")?.mostOfHost == 1)
        #expect(try settings("http: yes\n httpMaxConnectionsPerHost: 70000")?.mostOfHost == 65_535)
    }

    @Test(arguments: [
        ("-1", 1_024, 8), ("20", 1_024, 20), ("9223372036854775807", 65_536, 1_000),
    ])
    func `reads heads within bounds`(text: String, bytes: Int, fields: Int) throws {
        #expect(try settings("http: yes\n httpMaxHeadBytes: \(text)")?.mostHeadBytes == bytes)
        #expect(try settings("http: yes\n httpMaxHeadFields: \(text)")?.mostHeadFields == fields)
    }

    @Test(arguments: [("-1", 0), ("0", 0), ("7", 7), ("9223372036854775807", 1_048_576)])
    func `takes bodies within bounds`(text: String, bytes: Int) throws {
        #expect(try settings("http: yes")?.mostBodyBytes == 65_536)
        #expect(try settings("http: yes\n httpMaxBodyBytes: \(text)")?.mostBodyBytes == bytes)
    }

    @Test func `tells the old names unless they are unwanted`() throws {
        #expect(try settings("http: yes")?.tellsOldNames == true)
        #expect(try settings("http: yes\n metricsOldNames: no")?.tellsOldNames == false)
    }

    @Test(arguments: [("-1", 0), ("0", 0), ("7", 7), ("9223372036854775807", 3_600)])
    func `waits within bounds`(text: String, seconds: Int) throws {
        #expect(try settings("http: yes\n httpIdleTimeoutSeconds: \(text)")?.idleSeconds == seconds)
    }
}

@Suite struct `A connector through HTTP` {
    private func settings(_ attributes: String) throws -> ConnectorSettings? {
        let text = "connector {\n host: h\n port: 1\n \(attributes)\n}"
        let configuration = try RouterConfiguration(text: text, path: "r.conf")
        return configuration.declarations(of: Schema.connector).map(ConnectorSettings.init).first
    }

    @Test func `asks for a WebSocket at a path`() throws {
        #expect(try settings("")?.webSocketPath == nil)
        #expect(try settings("httpPath: /x")?.webSocketPath == nil)
        #expect(try settings("webSocket: yes")?.webSocketPath == "/")
        #expect(try settings("webSocket: yes\n httpPath: /a?b=c")?.webSocketPath == "/a?b=c")
    }

    @Test(arguments: [("-1", 0), ("0", 0), ("7", 7), ("9223372036854775807", 3_600)])
    func `pings within bounds`(text: String, seconds: Int) throws {
        #expect(try settings("")?.webSocketPingSeconds == 25)
        let given = try settings("webSocketPingSeconds: \(text)")
        #expect(given?.webSocketPingSeconds == seconds)
    }

    @Test func `goes through a proxy`() throws {
        #expect(try settings("")?.proxy == nil)
        let proxy = try settings(
            "httpProxy: p:3128\n httpProxyUser: u\n httpProxyPassword: pass:s")?.proxy
        #expect(proxy?.host == "p" && proxy?.port == "3128")
        #expect(proxy?.user == "u" && proxy?.password == "s")
        #expect(try settings("httpProxy: [::1]:65535")?.proxy?.host == "::1")
    }

    @Test(arguments: [
        "p", "p:", ":1", "p:0", "p:65536", "p:x", "::1:80", "a b:1", "p/q:1", "[]:1", "p:-1",
        "p:99999999999999999999",
    ])
    func `is refused where the proxy is none`(text: String) {
        #expect(ProxySettings.place(text) == nil)
        let problems = Reading.problems("connector {\n host: h\n httpProxy: \(text)\n}")
        #expect(problems.first?.contains("'httpProxy' takes HOST:PORT") == true)
    }

    @Test(arguments: ["a", "/a b", "/ä", "http://h/"])
    func `is refused where the path is none`(text: String) {
        let problems = Reading.problems("connector {\n host: h\n httpPath: \(text)\n}")
        #expect(problems.first?.contains("'httpPath' begins with a slash") == true)
    }
}
