internal import Addressing
internal import Forwarding

/// Addresses with a fallback (RS-215, RS-441): two entries, `M0a` for the address and `MFa` for the
/// consumers that get what no other takes.
extension AddressTable {
    /// The other half of an address whose configuration has a fallback; nil for an address that came
    /// into the table before its configuration (MG-191).
    func keyOfTwin(of key: String) -> String? {
        let other: Phase
        if key.hasPrefix("M\(Phase.first.letter)") {
            other = .fallback
        } else if key.hasPrefix("M\(Phase.fallback.letter)") {
            other = .first
        } else {
            return nil
        }
        let address = String(key.dropFirst(2))
        guard let rule = rules.configuredRule(for: address), rule.hasFallback,
            rule.distribution != .unavailable
        else { return nil }
        let twin = "M\(other.letter)\(address)"
        if other == .first, let primary = entry(forKey: twin), primary.twin == nil { return nil }
        return twin
    }

    /// Where the messages go that no consumer of the address takes.
    func fallback(of entry: AddressEntry) -> RouteID? {
        entry.key.hasPrefix("M\(Phase.first.letter)") ? entry.twin : nil
    }
}
