internal import Basis

/// One direction of a connection: what was said on one end and has not come to the other.
struct Pipe {
    private var parts: [(due: Instant, bytes: [UInt8])] = []
    private var first = 0
    private var count = 0
    /// The end that says has nothing more to say.
    var isEnded = false

    /// What may be under way: the kernel's buffers are not endless either.
    static let most = 256 << 10

    var room: Int { max(0, Self.most - count) }
    var isEmpty: Bool { first == parts.count }
    var nextDue: Instant? { isEmpty ? nil : parts[first].due }

    /// Nothing comes before what was said earlier.
    mutating func say(_ bytes: [UInt8], due: Instant) {
        let last = isEmpty ? due : parts[parts.count - 1].due
        parts.append((max(due, last), bytes))
        count += bytes.count
    }

    /// What has come by now, if anything has.
    func head(at now: Instant) -> [UInt8]? {
        guard !isEmpty, parts[first].due <= now else { return nil }
        return parts[first].bytes
    }

    /// So many octets of the head were taken.
    mutating func took(_ octets: Int) {
        count -= octets
        if octets == parts[first].bytes.count {
            parts[first].bytes = []
            first += 1
        } else {
            parts[first].bytes.removeFirst(octets)
        }
        if first == parts.count {
            parts = []
            first = 0
        }
    }
}
