/// The name of a router, unique in its mesh.
///
/// Ordered by the octets of its UTF-8 text, which is the order of its code points: every router of
/// a mesh must break ties alike (IR 4.1). Equal if the octets are.
package struct RouterID: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: RouterID, right: RouterID) -> Bool {
        // Looking alike is found out quickly, and decides unless there are accents.
        guard left.text == right.text else { return false }
        return left.text.utf8Span.isKnownASCII || left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        // The same for those that only look alike, which is right, and quick.
        hasher.combine(text)
    }

    package static func < (left: RouterID, right: RouterID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension RouterID: ExpressibleByStringLiteral, CustomStringConvertible {
    package init(stringLiteral text: String) { self.text = text }

    package var description: String { text }
}

/// One inter-router connection of this router, up or not. Never used for another one later.
package struct TrunkID: Hashable, Comparable, Sendable {
    package let number: Int

    package init(_ number: Int) { self.number = number }

    package static func < (left: TrunkID, right: TrunkID) -> Bool { left.number < right.number }
}

extension TrunkID: ExpressibleByIntegerLiteral, CustomStringConvertible {
    package init(integerLiteral number: Int) { self.number = number }

    package var description: String { "\(number)" }
}
