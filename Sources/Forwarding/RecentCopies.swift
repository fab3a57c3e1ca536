internal import EventLoop
internal import Synchronization

/// What tells the copies of a multicast message from those of another (IR 6).
///
/// Those of one worker follow each other in steps of the golden ratio of all numbers, so that their
/// first bits, as places in a table, are spread evenly, and those of others hardly ever hit upon
/// the same.
struct CopyStamp: Equatable {
    private(set) var number: UInt64

    init(number: UInt64) { self.number = number }

    init(by chance: Chance) { number = chance.number(in: 1...UInt64.max) }

    /// To the next one; 0 stands for none.
    mutating func advance() {
        repeat { number &+= 0x9E37_79B9_7F4A_7C15 } while number == 0
    }
}

/// The multicast messages that came to this router lately, to all its workers.
///
///     stamp  [ 15 bits: place | … ]      places  [ stamp | stamp | stamp | … ]
///
/// A stamp keeps its place until a later one takes it. So a second copy passes for a first if
/// thousands of messages came between the two, but no first one ever for a second.
final class RecentCopies: Sendable {
    private static let placeBits: UInt64 = 15
    private let places = InlineArray<32_768, Atomic<UInt64>> { _ in Atomic(0) }

    init() {}

    /// Notes the copy; false if one of the same message was the last at its place.
    func isFirst(_ stamp: CopyStamp) -> Bool {
        let place = Int(stamp.number >> (64 - Self.placeBits))
        return places[place].exchange(stamp.number, ordering: .relaxed) != stamp.number
    }
}
