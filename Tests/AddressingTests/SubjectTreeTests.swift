import Addressing
import Testing

/// RS-281, RS-484.
@Suite struct `The keys of an exchange` {
    private func matches(_ method: SubjectTree.Method, _ key: String, _ subject: String?) -> Bool {
        var tree = SubjectTree(method)
        tree.insert(key, 1)
        return tree.values(for: subject.map { Array($0.utf8) }) == [1]
    }

    @Test(arguments: [
        ("a.b", "a.b", true), ("a.b", "a", false), ("a.*.c", "a.b.c", true), ("*", "a/b", true),
        ("*", "", false), ("a.*", "a.", false), ("#", "", true), ("#", "a.b", true),
        ("a.#", "a", true), ("a.#", "a.", true), ("#.z", "a.z.z", true), ("#.z", "z.a", false),
        ("#.#", "", true), ("#.*.#", "a", true), ("#.*.#", "", false), ("a.#.b", "a.b", true),
        ("a.#.b", "a.x.y.b", true), ("a.#.b", "a.x", false), ("+", "a", false),
    ])
    func `are read as AMQP has them`(key: String, subject: String, isMatch: Bool) {
        #expect(matches(.amqp, key, subject) == isMatch)
    }

    @Test(arguments: [
        ("s/#", "s", true), ("s/#", "s/", true), ("s/#", "s/t/u", true), ("+/t", "/t", false),
        ("+/t", "$a/t", true), ("#", "", true), ("*", "a", false), ("a?", "a?", true),
    ])
    func `are read as MQTT has them`(key: String, subject: String, isMatch: Bool) {
        #expect(matches(.mqtt, key, subject) == isMatch)
    }

    @Test(arguments: [("#", true), ("#.#", true), ("*", false), ("", false), ("a", false)])
    func `match no subject only where they match no token`(key: String, isMatch: Bool) {
        #expect(matches(.amqp, key, nil) == isMatch)
    }

    @Test func `are found together, each once`() {
        var tree = SubjectTree(.amqp)
        for (value, key) in ["a.#", "#.b", "a.b", "*.b", "c", "#", "a.b"].enumerated() {
            tree.insert(key, value)
        }
        #expect(tree.values(for: Array("a.b".utf8)) == [0, 1, 2, 3, 5, 6])
        #expect(tree.values(for: Array("c".utf8)) == [4, 5])
    }

    @Test(arguments: [
        (SubjectTree.Method.amqp, "a.#.b", true), (.mqtt, "a/#/b", false), (.mqtt, "#", true),
        (.mqtt, "a.#.b", true), (.mqtt, "", true),
    ])
    func `can be read, or not`(method: SubjectTree.Method, key: String, isRead: Bool) {
        #expect(method.canRead(key) == isRead)
    }

    @Test func `have so many tokens`() {
        let most = SubjectTree.mostTokens
        let key = Array(repeating: "a", count: most).joined(separator: ".")
        #expect(SubjectTree.Method.amqp.canRead(key))
        #expect(!SubjectTree.Method.amqp.canRead(key + ".a"))
        #expect(matches(.amqp, key, key))
        #expect(!matches(.amqp, key, key + ".a"))
    }

    /// A stranger's subject may have any number of tokens, and keys may have many wildcards.
    @Test func `cost no more than their number for each token of a long subject`() {
        var tree = SubjectTree(.amqp)
        tree.insert(Array(repeating: "#.a", count: 100).joined(separator: "."), 1)
        tree.insert("#", 2)
        tree.insert("a.#", 3)
        tree.insert("b.#", 4)
        let subject = Array(repeating: "a", count: 1 << 16).joined(separator: ".")
        #expect(tree.values(for: Array(subject.utf8)) == [2, 3])
    }
}
