internal import AMQP

/// How many connections were judged and refused (MG-173).
struct PolicyCounts: Sendable {
    var processed: UInt64 = 0
    var denied: UInt64 = 0
    /// Incoming connections that are open now.
    var current: UInt64 = 0

    var shown: [(String, Value)] {
        [
            ("connectionsProcessed", .integer(processed)), ("connectionsDenied", .integer(denied)),
            ("connectionsCurrent", .integer(current)), ("linksDenied", .int(0)),
            ("maxMessageSizeDenied", .int(0)), ("totalDenials", .integer(denied)),
        ]
    }
}
