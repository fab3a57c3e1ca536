internal import AMQP
internal import Management
internal import Policy
internal import Schema

/// How many connections, sessions, links and messages were judged and refused (MG-173).
struct PolicyCounts: Sendable {
    var processed: UInt64 = 0
    var denied: UInt64 = 0
    /// Incoming connections that are open now.
    var current: UInt64 = 0
    var deniedLinks: UInt64 = 0
    var deniedMessages: UInt64 = 0

    var shown: [(String, Value)] {
        [
            ("connectionsProcessed", .integer(processed)), ("connectionsDenied", .integer(denied)),
            ("connectionsCurrent", .integer(current)), ("linksDenied", .integer(deniedLinks)),
            ("maxMessageSizeDenied", .integer(deniedMessages)),
            ("totalDenials", .integer(denied + deniedLinks + deniedMessages)),
        ]
    }
}

extension Entity {
    /// The statistics of a vhost (MG-174).
    init(_ counts: Admissions.Counts, of vhost: String) {
        self.init(
            type: Schema.vhostStats.name, name: "vhostStats/\(vhost)",
            identity: "vhostStats/\(vhost)",
            attributes: [
                ("id", .string(vhost)), ("hostname", .string(vhost)),
                ("connectionsApproved", .integer(counts.approved)),
                ("connectionsDenied", .integer(counts.denied)),
                ("connectionsCurrent", .integer(counts.current)),
                ("perUserState", Self.places(counts.byUser)),
                ("perHostState", Self.places(counts.byHost)),
                ("sessionDenied", .integer(counts.deniedSessions)),
                ("senderDenied", .integer(counts.deniedSenders)),
                ("receiverDenied", .integer(counts.deniedReceivers)),
                ("maxMessageSizeDenied", .integer(counts.deniedMessages)),
            ])
    }

    /// For each user, or host, the places of its connections.
    private static func places(_ owners: [String: [UInt64: String]]) -> Value {
        var map: ValueMap = [:]
        for (owner, places) in owners.sorted(by: { $0.key < $1.key }) {
            let ordered = places.sorted { $0.key < $1.key }
            map.append(.string(owner), .list(ordered.map { .string($0.value) }))
        }
        return .map(map)
    }
}
