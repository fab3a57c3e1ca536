/// An address of IPv4 or IPv6, read from a text.
package struct HostAddress: Hashable, Comparable, Sendable {
    package enum Family: Int, Sendable { case v4, v6 }

    package let family: Family
    package let bits: UInt128

    private init(family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits
    }

    /// The address of IPv4 that it stands for, if it is such a one of IPv6 (`::ffff:1.2.3.4`).
    package var unmapped: HostAddress? {
        guard family == .v6, bits >> 32 == 0xFFFF else { return nil }
        return HostAddress(family: .v4, bits: bits & 0xFFFF_FFFF)
    }

    /// Nil if the text is none.
    package init?(_ text: String) {
        guard let address = Self.v4(text[...]) ?? Self.v6(text) else { return nil }
        self = address
    }

    package static func < (left: HostAddress, right: HostAddress) -> Bool {
        (left.family.rawValue, left.bits) < (right.family.rawValue, right.bits)
    }

    /// Four decimal numbers of at most 255.
    private static func v4(_ text: Substring) -> HostAddress? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt128 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy(isDigit), let byte = UInt8(part) else {
                return nil
            }
            bits = bits << 8 | UInt128(byte)
        }
        return HostAddress(family: .v4, bits: bits)
    }

    /// Eight hexadecimal numbers; one run of zeros may be left out, and the last two may be an IPv4
    /// address.
    private static func v6(_ text: String) -> HostAddress? {
        guard let gap = text.firstRange(of: "::") else {
            return groups(text[...]).flatMap { $0.count == 8 ? address($0) : nil }
        }
        guard let before = groups(text[..<gap.lowerBound]),
            let after = groups(text[gap.upperBound...]), before.count + after.count < 8
        else { return nil }
        let zeros = Array(repeating: UInt16(0), count: 8 - before.count - after.count)
        return address(before + zeros + after)
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            if place == parts.count - 1, part.contains("."), let low = v4(part) {
                groups += [
                    UInt16(truncatingIfNeeded: low.bits >> 16),
                    UInt16(truncatingIfNeeded: low.bits),
                ]
            } else if (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
                let group = UInt16(part, radix: 16)
            {
                groups.append(group)
            } else {
                return nil
            }
        }
        return groups
    }

    private static func address(_ groups: [UInt16]) -> HostAddress {
        HostAddress(family: .v6, bits: groups.reduce(0) { $0 << 16 | UInt128($1) })
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// Hosts that a group of users may come from (RS-303).
package enum RemoteHosts: Hashable, Sendable {
    case all
    case range(ClosedRange<HostAddress>)
    /// A name, to be looked up.
    case named(String)

    /// `*`, an address, two with a `-` between, or a name.
    init(_ text: String) throws(Unreadable) {
        if text == "*" {
            self = .all
        } else if let address = HostAddress(text) {
            self = .range(address...address)
        } else if let range = try Self.range(text) {
            self = .range(range)
        } else {
            let isName = text.utf8.allSatisfy { Byte.isName($0) || $0 == UInt8(ascii: ".") }
            guard isName else { throw Unreadable(reason: "it is no address and no name") }
            self = .named(text)
        }
    }

    struct Unreadable: Error { let reason: String }

    private static func range(_ text: String) throws(Unreadable) -> ClosedRange<HostAddress>? {
        let ends = text.split(separator: "-", maxSplits: 1).map {
            HostAddress(Trimmed.blanks(String($0)))
        }
        guard ends.count == 2, let first = ends[0], let last = ends[1] else { return nil }
        guard first.family == last.family, first <= last else {
            throw Unreadable(reason: "its end is before its beginning")
        }
        return first...last
    }
}
