/// Which addresses a configured entity is for: those under a prefix, or those that a pattern matches
/// (RS-126).
package enum AddressMatch: Hashable, Sendable {
    case prefix(String)
    case pattern(String)

    /// As it is given.
    package var text: String {
        switch self {
        case .prefix(let text), .pattern(let text): text
        }
    }

    /// The pattern that says the same.
    package var pattern: String {
        switch self {
        case .prefix(let prefix): prefix.isEmpty ? "#" : prefix + "/#"
        case .pattern(let pattern): pattern
        }
    }

    /// Without separators at either end, which mean nothing.
    package static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first == "." || first == "/" { rest.removeFirst() }
        while let last = rest.last, last == "." || last == "/" { rest.removeLast() }
        return String(rest)
    }
}
