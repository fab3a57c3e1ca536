import Seeded
import Testing

@testable import Addressing

@Suite struct `A pattern tree` {
    /// The tree of these patterns, each with itself as its value.
    private func tree(_ patterns: String...) -> PatternTree<String> {
        var tree = PatternTree<String>()
        for pattern in patterns { _ = tree.insert(pattern, pattern) }
        return tree
    }

    /// RS-126
    @Test(arguments: [
        ("a/b/*", "a.b.c", true), ("a/b/*", "a/b", false), ("a/b/*", "a/b/c/d", false),
        ("p/#", "p", true), ("p/#", "p/x", true), ("p/#", "p.x.y", true), ("p/#", "px", false),
        ("#", "anything/at.all", true), ("a/#/z", "a/z", true), ("a/#/z", "a/b/c/z", true),
        ("a/#/z", "a/b/c", false), ("a*", "ab", false), ("a*", "a*", true),
    ])
    func `matches whole tokens`(pattern: String, address: String, isMatch: Bool) {
        #expect((tree(pattern).value(for: address) != nil) == isMatch)
    }

    /// RS-127
    @Test(arguments: [
        ("a/x", "a/#"), ("a/b", "a/b/#"), ("a/b/c", "a/b/*"), ("a/b/c/d", "a/b/#"),
    ])
    func `prefers a literal token to one wildcard and that to the other`(
        address: String, pattern: String
    ) {
        let tree = tree("a/#", "a/b/#", "a/b/*")
        #expect(tree.value(for: address) == pattern)
    }

    /// RS-127
    @Test(arguments: [("p/x/z", "p/x/z"), ("p/y/z", "p/*/z"), ("p/y/y/z", "p/#")])
    func `goes back to a less specific branch when one ends nowhere`(
        address: String, pattern: String
    ) {
        #expect(tree("p/#", "p/*/z", "p/x/z").value(for: address) == pattern)
    }

    /// RS-127
    @Test func `ignores a separator at the start of a pattern`() {
        #expect(tree("/lead/#").value(for: "lead/x") == "/lead/#")
    }

    /// RS-129
    @Test(arguments: [("a/b", "a.b"), ("a/#/*", "a/*/#"), ("a/#/#", "a/#"), ("/a", "a/")])
    func `takes no second pattern of the same meaning`(first: String, second: String) {
        var tree = tree(first)
        let isTaken = tree.insert(second, second)
        #expect(!isTaken)
    }

    @Test func `forgets a pattern that is removed`() {
        var tree = tree("a/#", "a/b")
        let removed = tree.remove("a.b")
        #expect(removed == "a/b")
        #expect(tree.value(for: "a/b") == "a/#")
        let removedAgain = tree.remove("a.b")
        #expect(removedAgain == nil)
        let isTaken = tree.insert("a/b", "again")
        #expect(isTaken)
    }

    /// However patterns come and go.
    @Test func `has no more nodes than its patterns need`() {
        var seed = Seed()
        for _ in 0..<100 {
            var tree = PatternTree<Int>()
            var patterns: Set<String> = []
            for number in 0..<60 {
                let pattern = words(from: ["a", "b", "c", "*", "#"], &seed).joined(separator: "/")
                if seed.below(2) == 0 {
                    if tree.insert(pattern, number) { patterns.insert(pattern) }
                } else {
                    tree.remove(pattern)
                    patterns = patterns.filter { tree.contains($0) }
                }
            }
            var fresh = PatternTree<Int>()
            for pattern in patterns { _ = fresh.insert(pattern, 0) }
            #expect(tree.size == fresh.size)
            for pattern in patterns { tree.remove(pattern) }
            #expect(tree.size == PatternTree<Int>().size)
        }
    }

    @Test func `takes no pattern of more tokens than it can go down`() {
        var tree = PatternTree<Int>()
        let most = PatternTree<Int>.mostTokens
        for (count, isRight) in [(1, true), (most, true), (most + 1, false), (100_000, false)] {
            let pattern = Array(repeating: "a", count: count).joined(separator: "/")
            #expect(PatternTree<Int>.isTooLong(pattern) == !isRight)
            let isTaken = tree.insert(pattern, count)
            #expect(isTaken == isRight)
            #expect(tree.value(for: pattern) == (isRight ? count : nil))
        }
    }

    /// RS-126
    @Test func `takes a prefix for a pattern`() {
        #expect(AddressMatch.prefix("a/b").pattern == "a/b/#")
        #expect(AddressMatch.prefix("").pattern == "#")
        #expect(AddressMatch.pattern("a/*").pattern == "a/*")
        #expect(AddressMatch.trimmed("/a/b.") == "a/b")
        #expect(AddressMatch.trimmed("./.") == "")
    }

    @Test func `finds what a plain comparison with every pattern finds`() {
        var seed = Seed()
        for _ in 0..<300 {
            var tree = PatternTree<String>()
            var twin: [[String]] = []
            for _ in 0..<seed.below(8) {
                let tokens = words(from: ["a", "b", "*", "#"], &seed)
                let normal = DullMatcher.normal(tokens)
                let isNew = !twin.contains(normal)
                let isTaken = tree.insert(tokens.joined(separator: "/"), "\(normal)")
                #expect(isTaken == isNew)
                if isNew { twin.append(normal) }
            }
            for _ in 0..<20 {
                let address = words(from: ["a", "b", "c"], &seed)
                let best = DullMatcher.best(of: twin, for: address).map { "\($0)" }
                let found = tree.value(for: address.joined(separator: "."))
                #expect(found.map(best.contains) ?? best.isEmpty)
            }
        }
    }

    private func words(from alphabet: [String], _ seed: inout Seed) -> [String] {
        (0...seed.below(4)).map { _ in alphabet[seed.below(alphabet.count)] }
    }
}

extension PatternTree {
    fileprivate func contains(_ pattern: String) -> Bool {
        var copy = self
        return copy.remove(pattern) != nil
    }
}

/// Compares an address with every pattern, one after the other.
private enum DullMatcher {
    static func normal(_ pattern: [String]) -> [String] {
        var tokens = pattern
        var isChanged = true
        while isChanged {
            isChanged = false
            for index in tokens.indices.dropLast() where tokens[index] == "#" {
                if tokens[index + 1] == "#" {
                    tokens.remove(at: index)
                    isChanged = true
                    break
                }
                if tokens[index + 1] == "*" {
                    tokens.swapAt(index, index + 1)
                    isChanged = true
                    break
                }
            }
        }
        return tokens
    }

    /// The patterns that match and that none is more specific than.
    static func best(of patterns: [[String]], for address: [String]) -> [[String]] {
        let matching = patterns.filter { matches($0[...], address[...]) }
        return matching.filter { one in !matching.contains { isMoreSpecific($0, one) } }
    }

    private static func matches(_ pattern: ArraySlice<String>, _ tokens: ArraySlice<String>) -> Bool
    {
        guard let first = pattern.first else { return tokens.isEmpty }
        let rest = pattern.dropFirst()
        if first == "#" {
            return matches(rest, tokens)
                || (!tokens.isEmpty && matches(pattern, tokens.dropFirst()))
        }
        guard let token = tokens.first, first == "*" || first == token else { return false }
        return matches(rest, tokens.dropFirst())
    }

    /// At the first token in which they differ. A pattern that has ended is the more specific,
    /// unless it ended in `#`.
    private static func isMoreSpecific(_ one: [String], _ other: [String]) -> Bool {
        for (left, right) in zip(one, other) where left != right {
            return rank(left) < rank(right)
        }
        guard one.count != other.count else { return false }
        let shorter = one.count < other.count ? one : other
        return (shorter.last == "#") == (one.count > other.count)
    }

    private static func rank(_ token: String) -> Int {
        switch token {
        case "#": 2
        case "*": 1
        default: 0
        }
    }
}
