import Configuration
import Seeded
import Testing

/// Texts from a seed: the reader never stops the program, and says where each problem is.
@Suite struct `Any text` {
    private static let pieces = [
        "listener", "router", "vhost", "log", "groups", "openProperties", "host", "port", "pattern",
        "mode", " ", "  ", "\n", "\r\n", "\t", ":", ": ", "{", "}", "[", "]", ",", ";", "#", "\"",
        "\\", "\\u00", "\\d", "$default", "5672", "-1", "1e9", "yes", "amqp://h:1", "fe80::1", "é",
        "\u{0}", "\u{feff}", "name: x", "listener {\n", "}\n", "\"a\": {", "null", "=", "[[", "]]",
    ]

    private func text(_ seed: inout Seed) -> String {
        if seed.once(in: 4) {
            return String(decoding: seed.bytes(seed.below(200)), as: UTF8.self)
        }
        return (0..<seed.below(60)).map { _ in Self.pieces[seed.below(Self.pieces.count)] }.joined()
    }

    private func check(_ text: String, path: String, seed: UInt64) {
        let lineCount = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        do throws(BadConfiguration) {
            _ = try RouterConfiguration(text: text, path: path)
        } catch {
            #expect(!error.problems.isEmpty)
            for problem in error.problems where !text.isEmpty {
                let line = problem.line ?? 0
                #expect(
                    (1...lineCount).contains(line),
                    "MARTLET_SEED=\(seed): \(problem.text(path: path)) in \(text.debugDescription)")
            }
        }
    }

    @Test func `is read or refused, with the line of each problem`() {
        var seed = Seed()
        for _ in 0..<4_000 { check(text(&seed), path: "r.conf", seed: seed.number) }
    }

    @Test func `is read or refused as JSON`() {
        var seed = Seed()
        for _ in 0..<4_000 {
            let text = "[[\"listener\", {" + text(&seed)
            check(text, path: "r.json", seed: seed.number)
        }
    }

    /// A file that is right, with one byte changed.
    @Test func `is read or refused when it is nearly right`() {
        var seed = Seed()
        let right = Array(
            """
            router {
                mode: interior
                id: R # comment
            }
            listener { host: 0.0.0.0, port: 5672, name: a b }
            vhost {
                hostname: h
                groups: {
                    "$default": {"users": "*", "n": [1, 2.5, true]},
                    g: { users: a, b }
                }
            }
            """.utf8)
        for _ in 0..<4_000 {
            var bytes = right
            let place = seed.below(bytes.count)
            switch seed.below(3) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = bytes[seed.below(bytes.count)]
            default: bytes.insert(bytes[seed.below(bytes.count)], at: place)
            }
            check(String(decoding: bytes, as: UTF8.self), path: "r.conf", seed: seed.number)
        }
    }
}
