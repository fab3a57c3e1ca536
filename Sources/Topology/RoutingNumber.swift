package import Basis

/// A number that routers tell each other and compare: 0 to 2^62. Made at the door: what a peer sends
/// beyond that is no such number, so that whatever is here can be counted on from.
package protocol RoutingNumber: Hashable, Comparable, Sendable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    var value: UInt64 { get }
    init(bounded value: UInt64)
}

extension RoutingNumber {
    package static var greatest: Self { Self(bounded: 1 << 62) }

    /// Nil if it is out of range.
    package init?(_ number: some BinaryInteger) {
        guard let value = UInt64(exactly: number), value <= Self.greatest.value else { return nil }
        self.init(bounded: value)
    }

    package init(integerLiteral value: UInt64) { self.init(bounded: value) }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    package var description: String { "\(value)" }

    /// The greatest is followed by itself; no router counts so far (``hasRoom``).
    package var next: Self { Self(bounded: min(value + 1, Self.greatest.value)) }

    /// One can count on from here for ever. Told of a router's own numbers that do not, it takes them
    /// for nobody's.
    package var hasRoom: Bool { value < Self.greatest.value / 2 }
}

/// How often a router's link state, or its addresses, have changed (IR 3.2): those of one instance
/// only grow.
package struct SequenceNumber: RoutingNumber {
    package let value: UInt64
    package init(bounded value: UInt64) { self.value = value }
}

/// How long ago something was, in milliseconds.
package struct Age: RoutingNumber {
    package let value: UInt64
    package init(bounded value: UInt64) { self.value = value }
    package var span: Milliseconds { Milliseconds(value) }
}

extension SequenceNumber {
    func later(by count: UInt16) -> SequenceNumber {
        SequenceNumber(bounded: min(value + UInt64(count), Self.greatest.value))
    }

    func earlier(by count: UInt16) -> SequenceNumber {
        SequenceNumber(bounded: value - min(value, UInt64(count)))
    }
}

/// One life of a router, from its start to its end (IR 3.2). 0 stands for one that is not known.
package struct Instance: RoutingNumber {
    package let value: UInt64
    package init(bounded value: UInt64) { self.value = value }

    /// The next life, where the clock does not tell a later one: so much later that no number that
    /// was counted from here is above those counted from there. `salt` tells it from another that
    /// followed the same one, and was forgotten where that is still known.
    package func following(salt: UInt32 = 0) -> Instance {
        Instance(bounded: min(value + 1 << 32 + UInt64(salt), Self.greatest.value))
    }

    /// Where the numbers of a Martlet's life begin, so that they are above all of its former ones.
    package var firstSequence: SequenceNumber { SequenceNumber(bounded: value) }
}
