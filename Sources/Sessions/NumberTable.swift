/// Values by a number of the peer's or ours: handles, channels, delivery-ids.
///
/// Open addressing with the number itself as its hash: numbers that follow one another, as
/// delivery-ids do, lie side by side and are found at the first look. An entry that had to move on
/// stands behind those that are nearer to their own place, so that a search ends early:
///
///     place:    0     1     2     3     4     5
///     number: [ 8 ] [ 1 ] [ 9 ] [ 2 ] [   ] [ 5 ]       8 and 0, 9 and 1 have one place of 8
///
/// Numbers that a stranger picks as it likes, handles, could all have one place. A table that is
/// `scattered` keeps only 64 neighbours together, and puts them where nobody outside can foretell.
@usableFromInline
struct NumberTable<Value> {
    @usableFromInline
    struct Entry {
        @usableFromInline let number: UInt32
        @usableFromInline var value: Value
    }

    @usableFromInline var entries: [Entry?] = []
    @usableFromInline private(set) var count = 0

    private static var least: Int { 8 }

    /// What scatters the numbers; 0 for nothing.
    private let secret: UInt64

    init(scattered: Bool = false) { secret = scattered ? Scattering.secret : 0 }

    private var mask: Int { entries.count &- 1 }

    @inline(__always)
    private func home(_ number: UInt32) -> Int {
        let shift = (UInt64(number >> 6) &* secret) >> 32
        return Int(truncatingIfNeeded: UInt64(number) &+ shift) & mask
    }

    /// How far the entry at `place` stands from its own place.
    private func distance(_ number: UInt32, at place: Int) -> Int {
        (place &- home(number)) & mask
    }

    @usableFromInline
    func find(_ number: UInt32) -> Int? {
        guard count > 0 else { return nil }
        var place = home(number)
        var steps = 0
        while let entry = entries[place] {
            if entry.number == number { return place }
            guard distance(entry.number, at: place) >= steps else { return nil }
            place = (place &+ 1) & mask
            steps &+= 1
        }
        return nil
    }

    subscript(number: UInt32) -> Value? { find(number).flatMap { entries[$0]?.value } }

    /// Sets the value of a number; gives the one that it had.
    @discardableResult
    mutating func set(_ number: UInt32, to value: Value) -> Value? {
        if let place = find(number) {
            let old = entries[place]?.value
            entries[place]?.value = value
            return old
        }
        if (count &+ 1) &* 4 > entries.count &* 3 { resize(to: max(Self.least, entries.count * 2)) }
        place(Entry(number: number, value: value))
        count &+= 1
        return nil
    }

    private mutating func place(_ entry: Entry) {
        var entry = entry
        var place = home(entry.number)
        var steps = 0
        while let other = entries[place] {
            let distance = distance(other.number, at: place)
            if distance < steps {
                entries[place] = entry
                entry = other
                steps = distance
            }
            place = (place &+ 1) & mask
            steps &+= 1
        }
        entries[place] = entry
    }

    /// Takes the value of a number out.
    @discardableResult
    mutating func remove(_ number: UInt32) -> Value? {
        guard var place = find(number), let removed = entries[place] else { return nil }
        var next = (place &+ 1) & mask
        while let entry = entries[next], distance(entry.number, at: next) > 0 {
            entries[place] = entry
            place = next
            next = (next &+ 1) & mask
        }
        entries[place] = nil
        count &-= 1
        if count == 0, entries.count > Self.most { entries = [] }
        return removed.value
    }

    /// An empty table larger than this gives its memory back.
    private static var most: Int { 512 }

    private mutating func resize(to size: Int) {
        let old = entries
        entries = Array(repeating: nil, count: size)
        for case let entry? in old { place(entry) }
    }

    /// Calls `body` for each number and value, in no order.
    func forEach(_ body: (UInt32, Value) -> Void) {
        guard count > 0 else { return }
        for case let entry? in entries { body(entry.number, entry.value) }
    }
}

private enum Scattering {
    static let secret = UInt64.random(in: 1...UInt64.max)
}

extension NumberTable where Value: AnyObject {
    /// The object of a number, which stays the table's: it is not retained.
    @inline(__always)
    func lend(_ number: UInt32) -> Unmanaged<Value>? {
        guard let place = find(number), let entry = entries[place] else { return nil }
        return Unmanaged.passUnretained(entry.value)
    }
}

/// Handles or channels of ours: numbers that were given back go first, then the least that was never
/// used.
struct FreeNumbers {
    private var free: [UInt32] = []
    private var next: UInt32 = 0

    /// There is a number left, up to `most`.
    func hasOne(upTo most: UInt32) -> Bool { !free.isEmpty || next <= most }

    mutating func take(upTo most: UInt32) -> UInt32? {
        if let number = free.popLast() { return number }
        guard next <= most else { return nil }
        defer { next &+= 1 }
        return next
    }

    mutating func give(_ number: UInt32) { free.append(number) }
}
