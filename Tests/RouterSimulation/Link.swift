package import Basis

/// A configured connector and the listener it dials; over time, many connections.
package struct Link {
    /// One direction.
    package struct Way {
        package var delay = Milliseconds(1)
        /// At most so much more, drawn for each message.
        package var jitter = Milliseconds(0)
        /// Of a thousand messages.
        package var lost = 0
        /// Of a thousand messages, those that may overtake or be overtaken.
        package var reordered = 0
        /// Octets a second; 0 for no limit.
        package var bandwidth = 0

        var freeAt = Instant(nanoseconds: 0)
        var lastDue = Instant(nanoseconds: 0)

        package init() {}
    }

    /// Connector and listener.
    package let ends: [Int]
    package let cost: Int
    package var ways = [Way(), Way()]
    /// Packets pass.
    package internal(set) var isWhole = true
    /// The connector tries.
    package internal(set) var isEnabled = true
    /// As the connector sees it.
    var connection: Int?
    var isConnecting = false

    package init(_ connector: Int, _ listener: Int, cost: Int) {
        ends = [connector, listener]
        self.cost = cost
    }
}

/// One connection; its number is its trunk's at both ends.
struct Connection {
    let link: Int
    var isOpenAtConnector = true
    var isOpenAtListener = true
    /// What is sent arrives.
    var isCarrying = true

    func isOpen(at end: Int) -> Bool { end == 0 ? isOpenAtConnector : isOpenAtListener }

    mutating func close(at end: Int) {
        if end == 0 { isOpenAtConnector = false } else { isOpenAtListener = false }
    }
}
