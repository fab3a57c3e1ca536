import Configuration
import Testing

/// What makes one configuration of another.
@Suite struct `Changes of the configuration` {
    private func changes(_ old: String, _ new: String) throws -> ConfigurationChanges {
        ConfigurationChanges(
            from: try #require(Reading.configuration(old)),
            to: try #require(Reading.configuration(new)))
    }

    private let base = "listener { name: A, port: 1 }\nlistener { name: B, port: 2 }\n"

    @Test func `are none between equal files, however they are laid out`() throws {
        let other = "# moved\nlistener {\n port: 2\n name: B\n}\nlistener {\n port: 1\n name: A\n}"
        #expect(try changes(base, other).isEmpty)
    }

    @Test func `tell created, updated and deleted entities apart`() throws {
        let changes = try changes(
            base, "listener { name: B, port: 3 }\nconnector { name: C, port: 1 }")
        #expect(changes.deleted.map(\.fullName) == ["A"])
        #expect(changes.updated.map(\.new.fullName) == ["B"])
        #expect(changes.updated.map(\.old.line) == [2])
        #expect(changes.created.map(\.fullName) == ["C"])
        #expect(changes.left.isEmpty)
    }

    @Test func `know addresses without name by their patterns`() throws {
        let changes = try changes(
            "address { prefix: a }", "address { prefix: b }\naddress { prefix: a }")
        #expect(changes.deleted.isEmpty)
        #expect(changes.updated.isEmpty)
        #expect(changes.created.map { $0.text("prefix") } == ["b"])
    }

    @Test func `leave what the router cannot change while it runs`() throws {
        let changes = try changes(
            "router { id: R }", "router { id: S, timestampsInUTC: yes, workerThreads: 2 }")
        #expect(
            changes.left == [
                "'id' of 'router' cannot change while the router runs: it stays 'R'",
                "'workerThreads' of 'router' cannot change while the router runs: it stays "
                    + "what the router chose",
            ])
        #expect(changes.updated.count == 1)
    }

    @Test func `are told again for what was left`() throws {
        let old = try #require(Reading.configuration("router { id: R }"))
        var running = try #require(Reading.configuration("router { id: S, metadata: m }"))
        running.keepRouter(of: old)
        #expect(running.router.id == "R")
        #expect(running.router.metadata == "m")
    }

    @Test func `see a password that has changed outside of the file`() throws {
        let text = "connector {\n name: c\n saslPassword: env:P\n}"
        let old = Reading.configuration(text, Surroundings(variable: { _ in "1" }))
        let new = Reading.configuration(text, Surroundings(variable: { _ in "2" }))
        let changes = ConfigurationChanges(from: try #require(old), to: try #require(new))
        #expect(changes.updated.count == 1)
    }
}
