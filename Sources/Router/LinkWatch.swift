internal import Basis
internal import Forwarding
internal import Management
internal import Routing

/// A link that control looks at once a second.
struct LinkWatch: Sendable {
    let connection: ConnectionID
    let counters: LinkCounters
    let isIncoming: Bool
    var history: LinkHistory

    init(_ link: LinkEntry, at now: Instant) {
        connection = link.request.connection
        counters = link.request.counters
        isIncoming = link.direction == .incoming
        history = LinkHistory(Self.sample(counters, isIncoming: isIncoming), at: now)
    }

    var sample: LinkHistory.Sample { Self.sample(counters, isIncoming: isIncoming) }

    private static func sample(_ counters: LinkCounters, isIncoming: Bool) -> LinkHistory.Sample {
        let outstanding =
            isIncoming
            ? counters.unsettledIncoming
            : counters.unsettled.count &+ counters.undelivered.count
        let streams = counters.streams.count
        return LinkHistory.Sample(
            settled: counters.settled.count, credit: counters.credit,
            creditLimit: counters.creditLimit.count,
            outstanding: outstanding > streams ? outstanding - streams : 0)
    }
}
