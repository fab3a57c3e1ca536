/// The addresses that users of a group may receive from, or send to (RS-311 to RS-313).
package enum AllowedAddresses: Hashable, Sendable {
    case none
    case names([AllowedName])
    case patterns([UserText])
}

/// A name of `sources` or `targets`: as it is, or what addresses begin with (RS-312).
package struct AllowedName: Hashable, Sendable {
    package var text: UserText
    /// It ended in `*`.
    package var isPrefix: Bool

    package init(text: UserText, isPrefix: Bool) {
        self.text = text
        self.isPrefix = isPrefix
    }

    /// As it was written.
    package var written: String { text.written + (isPrefix ? "*" : "") }
}

/// A text in which a user's name may stand, once.
package struct UserText: Hashable, Sendable {
    package var before: String
    /// Nil if no user's name stands in it.
    package var after: String?

    /// Where the name stands.
    package static let mark = "${user}"

    /// The mark means nothing.
    package init(literal text: String) { before = text }

    /// Nil if the mark stands there more than once.
    package init?(_ text: String) {
        guard let place = text.firstRange(of: Self.mark) else {
            before = text
            return
        }
        let rest = String(text[place.upperBound...])
        guard rest.firstRange(of: Self.mark) == nil else { return nil }
        before = String(text[..<place.lowerBound])
        after = rest
    }

    /// With a user's name in its place.
    package func text(for user: String) -> String { after.map { before + user + $0 } ?? before }

    /// As it was written.
    package var written: String { text(for: Self.mark) }

    /// The mark is the first or the last of it, if it is there.
    package var isAtAnEnd: Bool { after == nil || after?.isEmpty == true || before.isEmpty }
}
