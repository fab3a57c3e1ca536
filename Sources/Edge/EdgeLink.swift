/// A connection of role `edge`, by the number of the connection.
package struct UplinkID: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package static func < (left: UplinkID, right: UplinkID) -> Bool { left.number < right.number }
}

/// Names a link of an uplink; never used for another.
package struct EdgeLinkID: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package static func < (left: EdgeLinkID, right: EdgeLinkID) -> Bool {
        left.number < right.number
    }
}

/// What an edge attaches a link for (IR 8.2).
package enum EdgeLink: Hashable, Sendable {
    /// Takes whatever is for elsewhere and has no link of its own.
    case anonymous
    /// Brings what is for `_edge/ID/…`.
    case downlink
    /// Brings word of which addresses have consumers beyond this router.
    case tracking
    /// Takes the signs of life.
    case heartbeat
    /// Takes what is asked of the interior, and brings its answers.
    case questions(EdgeInquiry)
    case answers(EdgeInquiry)
    /// Brings the messages of an address with consumers here, by its key.
    case consumer(String)
    /// Takes the messages of an address with producers here, by its key.
    case producer(String)
}

/// What an edge asks its interior router by messages.
package enum EdgeInquiry: Hashable, Sendable, CaseIterable {
    /// Offers of link routes (IR 8.7), by requests to its management.
    case management
    /// Whether a link goes on by a link route (IR 8.5).
    case lookup
}
