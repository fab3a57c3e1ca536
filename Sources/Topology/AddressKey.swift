/// The key of a mobile address: class, phase and text, as in `M0a/b`, `Clr`, `HE1` (IR 5.1). Keys are
/// the same if their octets are: texts that only look alike are different addresses (RS-111).
package struct AddressKey: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: AddressKey, right: AddressKey) -> Bool {
        // Looking alike is found out quickly, and decides unless there are accents.
        guard left.text == right.text else { return false }
        return left.text.utf8Span.isKnownASCII || left.text.utf8.elementsEqual(right.text.utf8)
    }

    package static func < (left: AddressKey, right: AddressKey) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        // The same for those that only look alike, which is right, and quick.
        hasher.combine(text)
    }
}

extension AddressKey: ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral text: String) { self.text = text }

    package var description: String { text }
}
