package import Basis

/// The addresses that have a series of their own among metrics: those with most deliveries, and all
/// others in one. What is told of each never falls, whoever enters or leaves.
///
/// An address that enters begins at zero: what it has done before was told with the others, and stays
/// there.
package struct AddressRanking: Sendable {
    package struct Counts: Hashable, Sendable {
        package var ingress: UInt64 = 0
        package var egress: UInt64 = 0
        package var transit: UInt64 = 0

        package init(ingress: UInt64 = 0, egress: UInt64 = 0, transit: UInt64 = 0) {
            self.ingress = ingress
            self.egress = egress
            self.transit = transit
        }

        fileprivate var all: UInt64 { ingress &+ egress &+ transit }

        package mutating func add(_ other: Counts) { self = combined(other, &+) }

        fileprivate func combined(
            _ other: Counts, _ join: (UInt64, UInt64) -> UInt64
        ) -> Counts {
            Counts(
                ingress: join(ingress, other.ingress), egress: join(egress, other.egress),
                transit: join(transit, other.transit))
        }

        /// What came since; counts that began anew came all.
        fileprivate func since(_ earlier: Counts) -> Counts {
            combined(earlier) { $0 >= $1 ? $0 - $1 : $0 }
        }

        /// None below zero.
        fileprivate func without(_ part: Counts) -> Counts {
            combined(part) { $0 > $1 ? $0 - $1 : 0 }
        }
    }

    private struct Place {
        /// As the address last had it.
        var last: Counts
        var told: Counts
        /// When it last belonged to the first.
        var since: Instant
    }

    private let most: Int
    private var places: [String: Place] = [:]
    private var others = Counts()
    /// Told of addresses that have left.
    private var left = Counts()
    private var isNew = true

    /// How long an address stays that is no longer among the first.
    static let stay = Milliseconds.seconds(3_600)

    package init(most: Int = 50) { self.most = most }

    /// What is to be told of each address, by name, and of all others. No name comes twice among
    /// `counts`; `total` is what all have done, those too that are gone.
    package mutating func rank(
        _ counts: some Sequence<(name: String, counts: Counts)>, total: Counts, at now: Instant
    ) -> (addresses: [(name: String, counts: Counts)], others: Counts) {
        var first = First(most: most)
        for (name, count) in counts where count.all > 0 {
            first.add(name, count)
            guard let place = places[name] else { continue }
            places[name]?.told = place.told.combined(count.since(place.last), &+)
            places[name]?.last = count
        }
        for (name, _) in first.ordered { places[name]?.since = now }
        for (name, place) in places where place.since + Self.stay < now {
            left = left.combined(place.told, &+)
            places[name] = nil
        }
        for (name, count) in first.ordered where places[name] == nil && places.count < most {
            places[name] = Place(last: count, told: isNew ? count : Counts(), since: now)
        }
        isNew = false
        let told = places.values.reduce(left) { $0.combined($1.told, &+) }
        others = others.combined(total.without(told), max)
        let rows = places.map { (name: $0.key, counts: $0.value.told) }.sorted { $0.name < $1.name }
        return (rows, others)
    }

    /// Those with most, of however many.
    private struct First {
        let most: Int
        private(set) var ordered: [(name: String, counts: Counts)] = []

        init(most: Int) { self.most = most }

        mutating func add(_ name: String, _ counts: Counts) {
            if ordered.count == most {
                guard let last = ordered.last, Self.isBefore((name, counts), last) else { return }
                ordered.removeLast()
            }
            let place = ordered.firstIndex { Self.isBefore((name, counts), $0) }
            ordered.insert((name, counts), at: place ?? ordered.count)
        }

        private static func isBefore(
            _ left: (name: String, counts: Counts), _ right: (name: String, counts: Counts)
        ) -> Bool {
            left.counts.all != right.counts.all
                ? left.counts.all > right.counts.all : left.name < right.name
        }
    }
}
