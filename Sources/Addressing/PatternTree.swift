/// Values under address patterns, the most specific found first (RS-126, RS-127).
///
/// Addresses and patterns are cut into tokens at `/` and `.`, which are equal here. `*` stands for
/// exactly one token, `#` for any number, none included. From the left, a literal token is more
/// specific than `*`, and `*` more than `#`. With the patterns `a/#`, `a/b` and `a/*/c`:
///
///     (root)──a──┬──b ●            a/b
///                ├──*──c ●         a/*/c
///                └──# ●            a/#
///
/// `a/b/c` goes down `b`, finds no way on, goes back to `*`, and ends at `a/*/c`.
package struct PatternTree<Value: Sendable>: Sendable {
    private struct Node: Sendable {
        var value: Value?
        var literals: [Token: Int] = [:]
        var anyOne: Int?
        var anyNumber: Int?

        var isEmpty: Bool {
            value == nil && literals.isEmpty && anyOne == nil && anyNumber == nil
        }
    }

    /// Bytes: texts that only look alike are different addresses (RS-111).
    private typealias Token = [UInt8]
    private static var anyOne: Token { [UInt8(ascii: "*")] }
    private static var anyNumber: Token { [UInt8(ascii: "#")] }

    /// A pattern of more tokens is none: the way down it, one call within another, must end.
    package static var mostTokens: Int { 256 }

    private var nodes = [Node()]
    /// Nodes of branches that were taken away, to be used again.
    private var spare: [Int] = []

    package init() {}

    package static func isTooLong(_ pattern: String) -> Bool {
        tokens(of: AddressMatch.trimmed(pattern)).count > mostTokens
    }

    /// Puts a value under a pattern; false, and nothing is changed, if the pattern or one that
    /// means the same is there (RS-129), or if it is too long.
    package mutating func insert(_ pattern: String, _ value: Value) -> Bool {
        let tokens = Self.tokens(ofPattern: pattern)
        guard tokens.count <= Self.mostTokens else { return false }
        var place = 0
        for token in tokens { place = child(of: place, for: token) }
        guard nodes[place].value == nil else { return false }
        nodes[place].value = value
        return true
    }

    /// Takes the value under a pattern away, and the branch that nothing else needs; nil if none is
    /// there.
    @discardableResult
    package mutating func remove(_ pattern: String) -> Value? {
        var place = 0
        var way: [(parent: Int, token: Token)] = []
        for token in Self.tokens(ofPattern: pattern) {
            guard let next = existingChild(of: place, for: token) else { return nil }
            way.append((place, token))
            place = next
        }
        let value = nodes[place].value.take()
        while nodes[place].isEmpty, let (parent, token) = way.popLast() {
            spare.append(place)
            set(nil, asChildOf: parent, for: token)
            place = parent
        }
        return value
    }

    /// The value of the most specific pattern that matches an address; nil if none does.
    package func value(for address: String) -> Value? {
        guard !nodes[0].isEmpty else { return nil }
        return match(Self.tokens(of: address), usedUp: [0], at: 0)
    }

    /// How many nodes are in use: as few as its patterns need.
    var size: Int { nodes.count - spare.count }

    // MARK: Walking

    /// The most specific value at or below a node that is reached with any of `places` tokens used
    /// up. Patterns are tried one after another, and each with every number of tokens that its
    /// wildcards may stand for.
    private func match(_ tokens: [Token], usedUp places: [Int], at node: Int) -> Value? {
        let node = nodes[node]
        if places.last == tokens.count, let value = node.value { return value }
        return matchBelow(tokens, usedUp: places, node)
    }

    private func matchBelow(_ tokens: [Token], usedUp places: [Int], _ node: Node) -> Value? {
        let open = places.filter { $0 < tokens.count }
        var tried: Set<Token> = []
        for place in open where tried.insert(tokens[place]).inserted {
            guard let next = node.literals[tokens[place]] else { continue }
            let further = open.filter { tokens[$0] == tokens[place] }.map { $0 + 1 }
            if let value = match(tokens, usedUp: further, at: next) { return value }
        }
        if let next = node.anyOne, !open.isEmpty,
            let value = match(tokens, usedUp: open.map { $0 + 1 }, at: next)
        {
            return value
        }
        guard let next = node.anyNumber, let first = places.first else { return nil }
        // A pattern that goes on behind `#` is more specific than one that ends there.
        let further = matchBelow(tokens, usedUp: Array(first...tokens.count), nodes[next])
        return further ?? nodes[next].value
    }

    private func existingChild(of place: Int, for token: Token) -> Int? {
        switch token {
        case Self.anyOne: nodes[place].anyOne
        case Self.anyNumber: nodes[place].anyNumber
        default: nodes[place].literals[token]
        }
    }

    private mutating func child(of place: Int, for token: Token) -> Int {
        if let child = existingChild(of: place, for: token) { return child }
        let new = spare.popLast() ?? nodes.count
        if new == nodes.count { nodes.append(Node()) }
        set(new, asChildOf: place, for: token)
        return new
    }

    private mutating func set(_ child: Int?, asChildOf place: Int, for token: Token) {
        switch token {
        case Self.anyOne: nodes[place].anyOne = child
        case Self.anyNumber: nodes[place].anyNumber = child
        default: nodes[place].literals[token] = child
        }
    }

    // MARK: Tokens

    /// The tokens in an order that makes patterns of one meaning equal: `#/*` is `*/#`, `#/#` is
    /// `#`.
    private static func tokens(ofPattern pattern: String) -> [Token] {
        var ordered: [Token] = []
        for token in tokens(of: AddressMatch.trimmed(pattern)) {
            guard ordered.last == anyNumber, token == anyNumber || token == anyOne else {
                ordered.append(token)
                continue
            }
            if token == anyOne { ordered.insert(token, at: ordered.count - 1) }
        }
        return ordered
    }

    private static func tokens(of text: String) -> [Token] {
        text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".")
        }.map(Array.init)
    }
}
