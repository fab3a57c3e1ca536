/// The keys of an exchange's bindings, and which of them a subject matches (RS-281, RS-484).
///
/// A key is cut into tokens. One wildcard stands for exactly one token that is not empty, another
/// for any number, none included:
///
///     amqp   a.*.c   a.#      tokens end at `.`
///     mqtt   a/+/c   a/#      tokens end at `/`; `#` stands at the end only
///
/// All keys are walked at once, token by token: the work for one token is never more than there are
/// places in the tree, whatever keys and subject look like.
package struct SubjectTree: Sendable {
    /// How keys and subjects are written.
    package enum Method: String, Sendable {
        case amqp, mqtt

        fileprivate var separator: UInt8 { UInt8(ascii: self == .amqp ? "." : "/") }
        fileprivate var anyOne: [UInt8] { [UInt8(ascii: self == .amqp ? "*" : "+")] }
        fileprivate var anyNumber: [UInt8] { [UInt8(ascii: "#")] }

        /// A key can match a subject.
        package func canRead(_ key: String) -> Bool {
            let tokens = key.utf8.split(
                separator: separator, maxSplits: SubjectTree.mostTokens,
                omittingEmptySubsequences: false)
            guard tokens.count <= SubjectTree.mostTokens else { return false }
            return self == .amqp || !tokens.dropLast().contains { $0.elementsEqual(anyNumber) }
        }
    }

    private struct Node: Sendable {
        var values: [Int] = []
        var literals: [[UInt8]: Int] = [:]
        var anyOne: Int?
        var anyNumber: Int?
        /// It is reached by the wildcard for any number: further tokens leave it where it is.
        let isAnyNumber: Bool
    }

    /// Tokens of a key; of a subject with more, only wildcards for any number match what follows.
    package static let mostTokens = 256

    private let method: Method
    private var nodes = [Node(isAnyNumber: false)]

    package init(_ method: Method) { self.method = method }

    /// Puts a value under a key, beside those that are there.
    package mutating func insert(_ key: String, _ value: Int) {
        var place = 0
        for token in key.utf8.split(separator: method.separator, omittingEmptySubsequences: false) {
            place = child(of: place, for: Array(token))
        }
        nodes[place].values.append(value)
    }

    private mutating func child(of place: Int, for token: [UInt8]) -> Int {
        let isAnyNumber = token == method.anyNumber
        let existing =
            isAnyNumber
            ? nodes[place].anyNumber
            : token == method.anyOne ? nodes[place].anyOne : nodes[place].literals[token]
        if let existing { return existing }
        nodes.append(Node(isAnyNumber: isAnyNumber))
        let new = nodes.count - 1
        if isAnyNumber {
            nodes[place].anyNumber = new
        } else if token == method.anyOne {
            nodes[place].anyOne = new
        } else {
            nodes[place].literals[token] = new
        }
        return new
    }

    /// The values of all keys that match, in ascending order; without a subject those of keys that
    /// match no token at all.
    package func values(for subject: [UInt8]?) -> [Int] {
        var places: Set<Int> = []
        enter(0, &places)
        let tokens = subject?.split(
            separator: method.separator, maxSplits: Self.mostTokens,
            omittingEmptySubsequences: false)
        for token in (tokens ?? []).prefix(Self.mostTokens) {
            places = step(from: places, Array(token))
        }
        if let tokens, tokens.count > Self.mostTokens {
            places = places.filter { nodes[$0].isAnyNumber }
        }
        return places.flatMap { nodes[$0].values }.sorted()
    }

    private func step(from places: Set<Int>, _ token: [UInt8]) -> Set<Int> {
        var next: Set<Int> = []
        for place in places {
            let node = nodes[place]
            if node.isAnyNumber { enter(place, &next) }
            if let literal = node.literals[token] { enter(literal, &next) }
            if let one = node.anyOne, !token.isEmpty { enter(one, &next) }
        }
        return next
    }

    /// A wildcard for any number is reached with none, too.
    private func enter(_ place: Int, _ places: inout Set<Int>) {
        var place = place
        while places.insert(place).inserted, let further = nodes[place].anyNumber {
            place = further
        }
    }
}
