internal import AMQP

/// How often a module of the log has spoken (MG-171).
package struct LogStatistics: Sendable {
    package var module: String
    /// From trace to critical.
    package var counts: [UInt64]

    package init(module: String, counts: [UInt64]) {
        self.module = module
        self.counts = counts
    }

    fileprivate func count(_ place: Int) -> Value {
        counts.indices.contains(place) ? .integer(counts[place]) : .int(0)
    }
}

extension LogStatistics: Reported {
    package static let type = "logStats"
    package var name: String? { module }
    package var identity: String { "logStats/\(module)" }

    package static let columns: Columns<LogStatistics> = [
        Column("traceCount") { $0.count(0) },
        Column("debugCount") { $0.count(1) },
        Column("infoCount") { $0.count(2) },
        Column("noticeCount") { $0.count(3) },
        Column("warningCount") { $0.count(4) },
        Column("errorCount") { $0.count(5) },
        Column("criticalCount") { $0.count(6) },
    ]
}
