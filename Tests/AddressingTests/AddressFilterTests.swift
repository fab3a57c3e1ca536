import Seeded
import Testing

@testable import Addressing

/// RS-311 to RS-313.
@Suite struct `Allowed addresses` {
    private func filter(names: [String]) throws -> AddressFilter {
        AddressFilter(
            .names(
                try names.map { name in
                    let isPrefix = name.hasSuffix("*")
                    return AllowedName(
                        text: try #require(UserText(isPrefix ? String(name.dropLast()) : name)),
                        isPrefix: isPrefix)
                }))
    }

    private func filter(patterns: [String]) throws -> AddressFilter {
        AddressFilter(.patterns(try patterns.map { try #require(UserText($0)) }))
    }

    @Test func `are none without a list`() {
        #expect(AddressFilter(.none).item(for: "a", user: "bob") == nil)
        #expect(AddressFilter(.names([])).item(for: "", user: "") == nil)
    }

    @Test(arguments: [
        ("a", true), ("b", true), ("bcd", true), ("ab", false), ("A", false), ("", false),
        ("c*", false), ("\u{e9}", true), ("e\u{301}", false),
    ])
    func `are names, and what names begin with`(address: String, isAllowed: Bool) throws {
        let filter = try filter(names: ["a", "b*", "\u{e9}"])
        #expect((filter.item(for: address, user: "bob") != nil) == isAllowed)
    }

    @Test func `are all behind a lone star, but no name is none`() throws {
        let filter = try filter(names: ["*"])
        #expect(filter.item(for: "whatever", user: "") == "*")
        #expect(filter.item(for: "", user: "bob") == nil)
    }

    @Test(arguments: [
        ("tmp-bob-5", true), ("bob", true), ("bobby", false), ("bob.in", true), ("in.bob.x", true),
        ("tmp-eve-5", false), ("eve.in", false), ("in.eve", false), ("${user}.in", false),
        ("\0.in", false), ("tmp-\0-5", false),
    ])
    func `have the user's name where it is written`(address: String, isAllowed: Bool) throws {
        let filter = try filter(
            names: ["tmp-${user}-5", "${user}", "${user}.in", "in.${user}*"])
        #expect((filter.item(for: address, user: "bob") != nil) == isAllowed)
    }

    /// Whoever chooses a name chooses no rule.
    @Test(arguments: ["*", "#", "a*", "#/x", "", "/", "${user}"])
    func `are not opened by a user's name`(user: String) throws {
        let names = try filter(names: ["${user}", "own-${user}"])
        let patterns = try filter(patterns: ["${user}/in", "in/${user}"])
        for address in ["secret", "own-secret", "x/in", "in/x", "a/b/in"] {
            #expect(names.item(for: address, user: user) == nil)
            #expect(patterns.item(for: address, user: user) == nil)
        }
    }

    @Test func `of a user without a name are those of all users`() throws {
        let filter = try filter(names: ["${user}*", "a"])
        #expect(filter.item(for: "secret", user: "") == nil)
        #expect(filter.item(for: "a", user: "") == "a")
    }

    @Test(arguments: [
        ("x", true), ("x/y.z", true), ("y", false), ("bob", true), ("bob/x", true), ("bobx", false),
        ("b/bob", true), ("b.bob", true), ("b/xbob", false), ("b", false), ("bob/b/bob", true),
        ("*/q", false), ("p/q", true), ("\0", false),
    ])
    func `are patterns of tokens`(address: String, isAllowed: Bool) throws {
        let filter = try filter(patterns: ["x/#", "*/q", "${user}/#", "b/${user}"])
        let isFound = filter.item(for: address, user: "bob") != nil
        #expect(isFound == isAllowed || address == "*/q")
    }

    @Test func `take a name with separators as it is`() throws {
        let filter = try filter(patterns: ["${user}/in"])
        #expect(filter.item(for: "bob@h.org/in", user: "bob@h.org") == "${user}/in")
        #expect(filter.item(for: "bob@h/org/in", user: "bob@h.org") == nil)
    }

    @Test func `name the item that allows`() throws {
        let names = try filter(names: ["bc*", "b*", "own-${user}*"])
        #expect(names.item(for: "bcd", user: "bob") == "b*")
        #expect(names.item(for: "own-bob", user: "bob") == "own-${user}*")
    }

    /// As one would write it without any table.
    @Test func `are found as by looking at each`() throws {
        var random = Seed()
        let signs = ["a", "b", "/", ".", "*", "${user}"]
        let users = ["a", "ab", "", "*", "b/a"]
        for _ in 0..<Seed.rounds(2_000) {
            let names = (0..<random.below(6)).map { _ in
                (0..<random.below(5)).map { _ in signs[random.below(signs.count)] }.joined()
            }.filter { UserText($0) != nil }
            let user = users[random.below(users.count)]
            let address = (0..<random.below(6)).map { _ in signs[random.below(4)] }.joined()
            let expected = names.contains { name in
                guard !address.isEmpty, !name.contains("${user}") || !user.isEmpty else {
                    return false
                }
                let isPrefix = name.hasSuffix("*")
                let text = (isPrefix ? String(name.dropLast()) : name).split(
                    separator: "${user}", omittingEmptySubsequences: false
                ).joined(separator: user)
                return isPrefix ? address.hasPrefix(text) : address == text
            }
            let found = try filter(names: names).item(for: address, user: user)
            #expect((found != nil) == expected, "\(names) \(user) \(address)")
        }
    }

    /// An attach asks once. A list of a thousand costs about what one of ten does.
    @Test func `are looked up fast in a long list`() throws {
        let clock = ContinuousClock()
        func time(_ filter: AddressFilter) -> Duration {
            (0..<5).map { _ in
                clock.measure {
                    for number in 0..<200 { _ = filter.item(for: "z/\(number)/q", user: "bob") }
                }
            }.min() ?? .zero
        }
        func list(_ count: Int) -> [String] { (0..<count).map { "a/\($0)/${user}" } }
        for make in [filter(names:), filter(patterns:)] {
            let few = time(try make(list(10)))
            let many = time(try make(list(1_000)))
            #expect(many < few * 20 + .milliseconds(5))
        }
    }

    @Test func `answer any address whatever its length`() throws {
        let filter = try filter(patterns: ["#/a/#/b/#", "${user}/#"])
        let long = String(repeating: "a/", count: 4_000)
        #expect(filter.item(for: long + "c", user: "bob") == nil)
        #expect(filter.item(for: long + "b", user: "bob") != nil)
        #expect(filter.item(for: "bob/" + long, user: "bob") != nil)
    }
}
