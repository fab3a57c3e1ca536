/// `AllowedAddresses`, ready to be asked for one address: however long the list is, that takes about
/// the same time.
///
/// Where a user's name may stand, the list has a mark that no address has. An address is looked up as
/// it is, and then with the mark wherever the user's name stands in it at a place where some item
/// has one. So the list is made once for all users, and what is in a name (`*`, `#`, separators) means
/// nothing but itself. A user without a name has no addresses of their own.
package struct AddressFilter: Sendable {
    private enum Lookup: Sendable {
        case names(NameLookup)
        case patterns(PatternTree<String>)

        func item(for address: String) -> String? {
            switch self {
            case .names(let names): names.item(for: Array(address.utf8))
            case .patterns(let patterns): patterns.value(for: address)
            }
        }
    }

    /// Stands for a user's name.
    private static let mark = "\0"

    private var plain: Lookup
    private var personal: Lookup
    /// How many bytes stand before a user's name: in names, anywhere; in patterns, none.
    private var begins: [Int] = []
    /// A pattern ends in a user's name.
    private var hasEnds = false
    private var isOfPatterns = false
    package private(set) var count = 0

    package init(_ allowed: AllowedAddresses) {
        plain = .names(NameLookup([]))
        personal = plain
        switch allowed {
        case .none: break
        case .names(let names): fill(names)
        case .patterns(let patterns): fill(patterns)
        }
    }

    private mutating func fill(_ names: [AllowedName]) {
        count = names.count
        var plain: [(text: String, name: AllowedName)] = []
        var personal = plain
        for name in names {
            if name.text.after == nil {
                plain.append((name.text.before, name))
            } else {
                personal.append((name.text.text(for: Self.mark), name))
                begins.append(name.text.before.utf8.count)
            }
        }
        begins = Set(begins).sorted()
        self.plain = .names(NameLookup(plain))
        self.personal = .names(NameLookup(personal))
    }

    private mutating func fill(_ patterns: [UserText]) {
        count = patterns.count
        isOfPatterns = true
        var plain = PatternTree<String>()
        var personal = PatternTree<String>()
        for pattern in patterns {
            guard let after = pattern.after else {
                _ = plain.insert(pattern.before, pattern.written)
                continue
            }
            _ = personal.insert(pattern.text(for: Self.mark), pattern.written)
            if pattern.before.isEmpty { begins = [0] }
            if after.isEmpty { hasEnds = true }
        }
        self.plain = .patterns(plain)
        self.personal = .patterns(personal)
    }

    /// The item that allows a user an address, as it was written; nil if none does.
    package func item(for address: String, user: String) -> String? {
        guard !address.isEmpty else { return nil }
        if let item = plain.item(for: address) { return item }
        let (address, user) = (Array(address.utf8), Array(user.utf8))
        guard !user.isEmpty, !address.contains(0) else { return nil }
        var places = begins
        if hasEnds, address.count > user.count { places.append(address.count - user.count) }
        for place in places where names(user, in: address, at: place) {
            let marked =
                String(decoding: address[..<place], as: UTF8.self) + Self.mark
                + String(decoding: address[(place + user.count)...], as: UTF8.self)
            if let item = personal.item(for: marked) { return item }
        }
        return nil
    }

    /// A user's name stands there; in patterns, as whole tokens (RS-313).
    private func names(_ user: [UInt8], in address: [UInt8], at place: Int) -> Bool {
        let end = place + user.count
        guard end <= address.count, address[place..<end].elementsEqual(user) else { return false }
        guard isOfPatterns else { return true }
        return (place == 0 || Self.parts(address[place - 1]))
            && (end == address.count || Self.parts(address[end]))
    }

    private static func parts(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")
    }
}

/// Names, and what names begin with, by their bytes: texts that only look alike are different
/// addresses (RS-111).
private struct NameLookup: Sendable {
    private var whole: [[UInt8]: String] = [:]
    /// In order, and none begins with another: the last one that is not behind an address is the only
    /// one that it may begin with.
    private var prefixes: [(bytes: [UInt8], item: String)] = []

    init(_ names: [(text: String, name: AllowedName)]) {
        var all: [(bytes: [UInt8], item: String)] = []
        for (text, name) in names {
            let bytes = Array(text.utf8)
            if name.isPrefix {
                all.append((bytes, name.written))
            } else {
                whole[bytes] = name.written
            }
        }
        all.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        for prefix in all {
            if let last = prefixes.last, prefix.bytes.starts(with: last.bytes) { continue }
            prefixes.append(prefix)
        }
    }

    func item(for address: [UInt8]) -> String? {
        if let item = whole[address] { return item }
        var (low, high) = (0, prefixes.count)
        while low < high {
            let middle = (low + high) / 2
            if address.lexicographicallyPrecedes(prefixes[middle].bytes) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        guard low > 0, address.starts(with: prefixes[low - 1].bytes) else { return nil }
        return prefixes[low - 1].item
    }
}
