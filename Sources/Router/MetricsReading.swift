internal import EventLoop
internal import Management
internal import Web

/// What a page of metrics says beside what the snapshot knows.
struct MetricsReading: Sendable {
    let readiness: HealthReport
    let waitingBytes: Int
    let waitingLimit: Int
    let web: WebCounts
    let ranking: SharedRanking
    /// The old router's names are told too.
    let hasOldNames: Bool
}

/// Which addresses have series of their own, over all scrapes.
final class SharedRanking: Sendable {
    private let ranking = Guarded(AddressRanking())

    func withLock<Result: Sendable>(_ body: (inout AddressRanking) -> Result) -> Result {
        ranking.withLock { body(&$0) }
    }
}

/// Which families a client wants: `?family=NAME` and `?exclude=NAME`, each by the beginnings of
/// names, as often as wanted.
struct MetricsFilter: Sendable {
    private let wanted: [Substring]
    private let unwanted: [Substring]

    init(query: String) {
        let parameters = query.split(separator: "&").map { part in
            (name: part.prefix { $0 != "=" }, value: part.drop { $0 != "=" }.dropFirst())
        }
        wanted = parameters.filter { $0.name == "family" }.map(\.value)
        unwanted = parameters.filter { $0.name == "exclude" }.map(\.value)
    }

    func admits(_ family: MetricFamily) -> Bool {
        (wanted.isEmpty || wanted.contains { family.name.hasPrefix($0) })
            && !unwanted.contains { family.name.hasPrefix($0) }
    }
}
