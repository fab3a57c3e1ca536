import EventLoop
import Foundation
import SASL
import Testing

/// The library set up with passwords of `joe` in the machine's realm and `bob` in `dom`.
private enum Setup {
    static let authenticator: Authenticator = {
        let directory = NSTemporaryDirectory() + "martlet-sasl-\(getpid())"
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let database = directory + "/passwords.sasldb"
        let text = """
            pwcheck_method: auxprop
            auxprop_plugin: sasldb
            sasldb_path: \(database)
            mech_list: PLAIN SCRAM-SHA-1 SCRAM-SHA-256 DIGEST-MD5 CRAM-MD5

            """
        try? text.write(
            toFile: directory + "/martlet-test.conf", atomically: true, encoding: .utf8)
        add("joe", nil, "joe's", to: database)
        add("bob", "dom", "bob's", to: database)
        atexit {
            try? FileManager.default.removeItem(
                atPath: NSTemporaryDirectory() + "martlet-sasl-\(getpid())")
        }
        return Authenticator(name: "martlet-test", directory: directory)
    }()

    private static func add(_ user: String, _ realm: String?, _ password: String, to file: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/saslpasswd2")
        process.arguments =
            ["-c", "-p", "-f", file] + (realm.map { ["-u", $0] } ?? []) + [user]
        let input = Pipe()
        process.standardInput = input
        try? process.run()
        input.fileHandleForWriting.write(Data(password.utf8))
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

@Suite(.serialized) struct `A login` {
    private static let numbers = Guarded<UInt64>(0)

    /// What the authenticator says to a word.
    private func said(_ login: UInt64, _ word: Authenticator.Word) async -> Authenticator.Said {
        await withCheckedContinuation { continuation in
            Setup.authenticator.hear(login, word) { continuation.resume(returning: $0) }
        }
    }

    /// A whole conversation of a client of the library's with the authenticator.
    private func outcome(
        _ mechanism: String, user: String, password: String, source: String = "192.0.2.1"
    ) async -> (answer: SASLAnswer, isProved: Bool) {
        let login = Self.numbers.withLock { number in
            number += 1
            return number
        }
        let client = SASLClient(host: "localhost", user: user, password: password)
        guard
            case .reply(.initial(let initial)) = await said(
                login, .start(client, mechanism: mechanism))
        else { return (.denied(reason: "the client failed"), false) }
        var answer = await said(
            login,
            .begin(
                mechanism: mechanism, initial: initial, source: LoginSource(host: source)))
        for _ in 0..<5 {
            guard case .answer(.challenge(let challenge)) = answer else { break }
            guard
                case .reply(.response(let response)) = await said(
                    login, .challenge(client, challenge))
            else { return (.denied(reason: "the client failed"), false) }
            answer = await said(login, .response(response))
        }
        guard case .answer(let last) = answer else { return (.busy, false) }
        return (last, client.isProved(byOutcome: []))
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5"])
    func `succeeds with the right password`(mechanism: String) async {
        #expect(Setup.authenticator.mechanisms.contains(mechanism))
        let joe = await outcome(mechanism, user: "joe", password: "joe's")
        #expect(joe.answer == .accepted(user: "joe"))
        #expect(joe.isProved)
    }

    /// RS-332
    @Test(arguments: ["PLAIN", "SCRAM-SHA-256"])
    func `shows the user of another realm as the client named it`(mechanism: String) async {
        let bob = await outcome(mechanism, user: "bob@dom", password: "bob's")
        #expect(bob.answer == .accepted(user: "bob@dom"))
        guard case .denied = await outcome(mechanism, user: "bob", password: "bob's").answer else {
            Issue.record("a user of another realm came in by the first half of his name")
            return
        }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5"])
    func `fails with a wrong password and for nobody`(mechanism: String) async {
        for (number, user) in [
            "joe", "nobody", "", "joe\u{0}", String(repeating: "j", count: 9_000),
        ]
        .enumerated() {
            let answer = await outcome(
                mechanism, user: user, password: "wrong", source: "198.51.100.\(number)"
            ).answer
            guard case .denied = answer else {
                Issue.record("\(mechanism) for '\(user.prefix(20))': \(answer)")
                continue
            }
        }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5", "NO-SUCH", ""])
    func `fails with what no client says`(mechanism: String) async {
        let messages: [[UInt8]?] = [
            nil, [], [0], [0, 0], [0, 0, 0], Array("n,,n=joe,r=".utf8),
            Array(repeating: 255, count: 3),
            Array(repeating: 65, count: 60_000),
        ]
        for (number, message) in messages.enumerated() {
            let login = UInt64(1_000_000 + number)
            let source = LoginSource(host: "203.0.113.\(number)")
            var answer = await said(
                login, .begin(mechanism: mechanism, initial: message, source: source))
            for _ in 0..<4 {
                guard case .answer(.challenge) = answer else { break }
                answer = await said(login, .response(message ?? []))
            }
            if case .answer(.accepted) = answer { Issue.record("\(message ?? []) came in") }
            Setup.authenticator.hear(login, .forget) { _ in }
        }
    }

    @Test func `that was never begun is denied`() async {
        guard case .answer(.denied) = await said(77_777, .response([1])) else {
            Issue.record("a response without a beginning was heard")
            return
        }
    }

    @Test func `of one source is turned away beyond its share`() async {
        let before = Setup.authenticator.counts.turnedAway
        let source = LoginSource(host: "203.0.113.200")
        let answers = await withTaskGroup(of: Authenticator.Said.self) { group in
            for number in 0..<40 {
                group.addTask {
                    await said(
                        UInt64(2_000_000 + number),
                        .begin(
                            mechanism: "PLAIN",
                            initial: SASLMechanisms.plainMessage(user: "joe", password: "joe's"),
                            source: source))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let busy = answers.count { if case .answer(.busy) = $0 { true } else { false } }
        #expect(answers.count == 40)
        #expect(Setup.authenticator.counts.turnedAway - before == UInt64(busy))
    }
}

@Suite struct `The library` {
    /// RS-542
    @Test func `offers nothing where it is not set up`() {
        let directory = "/nowhere/sasl2"
        #expect(SASLLibrary.configuration(name: "martlet", directory: directory) == nil)
        #expect(Authenticator(name: "martlet", directory: directory).mechanisms.isEmpty)
    }
}
