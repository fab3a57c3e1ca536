internal import AMQP

/// Values by byte string, looked up without making a string or an array.
///
/// Open addressing with linear probing; a place that was emptied is filled by moving its
/// followers up, so that there are no marks of deletion.
struct KeyTable<Value: AnyObject> {
    private struct Entry {
        let hash: UInt64
        let key: [UInt8]
        let value: Value
    }

    private var places: [Entry?] = Array(repeating: nil, count: 64)
    private(set) var count = 0

    /// FNV-1a.
    @inline(__always)
    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0xcbf2_9ce4_8422_2325)
        -> UInt64
    {
        var hash = seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    func find(_ key: UnsafeRawBufferPointer) -> Value? {
        let hash = Self.hash(key)
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while let entry = places[place] {
            if entry.hash == hash, entry.key.withUnsafeBytes({ $0.equals(key) }) {
                return entry.value
            }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    mutating func set(_ key: [UInt8], to value: Value) {
        remove(key)
        if (count + 1) * 2 > places.count { grow() }
        insert(Entry(hash: key.withUnsafeBytes { Self.hash($0) }, key: key, value: value))
        count += 1
    }

    mutating func remove(_ key: [UInt8]) {
        let hash = key.withUnsafeBytes { Self.hash($0) }
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while let entry = places[place], entry.hash != hash || entry.key != key {
            place = (place + 1) & mask
        }
        guard places[place] != nil else { return }
        places[place] = nil
        count -= 1
        var follower = (place + 1) & mask
        while let entry = places[follower] {
            places[follower] = nil
            insert(entry)
            follower = (follower + 1) & mask
        }
    }

    private mutating func insert(_ entry: Entry) {
        var place = Int(truncatingIfNeeded: entry.hash) & (places.count - 1)
        while places[place] != nil { place = (place + 1) & (places.count - 1) }
        places[place] = entry
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: nil, count: old.count * 2)
        for case .some(let entry) in old { insert(entry) }
    }
}
