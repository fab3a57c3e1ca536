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

    @Test(arguments: [("-1", 0), ("0", 0), ("7", 7), ("9223372036854775807", 3_600)])
    func `waits within bounds`(text: String, seconds: Int) throws {
        #expect(try settings("http: yes\n httpIdleTimeoutSeconds: \(text)")?.idleSeconds == seconds)
    }
}
