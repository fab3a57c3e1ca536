internal import AMQP
internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import Routing
internal import SASL
internal import TLS
internal import Topology
internal import Web

/// What the router tells Prometheus. Rendered on the web thread, from what is counted anyway: a
/// scrape costs messages nothing.
extension RouterSnapshot {
    /// The old router's names first, then Martlet's own. Labels are few and of few values: what a
    /// stranger can choose is bound by `ranking`.
    func metrics(_ reading: MetricsReading) -> [MetricFamily] {
        let facts = facts
        return (reading.hasOldNames ? facts.formerMetrics : []) + identityMetrics
            + healthMetrics(reading)
            + connectionMetrics + linkMetrics + facts.metrics + timeMetrics
            + addressMetrics(facts, reading) + connectorMetrics + meshMetrics
            + neighbourMetrics + securityMetrics(facts) + webMetrics(reading.web)
            + workerMetrics + processMetrics(reading)
    }

    private var identityMetrics: [MetricFamily] {
        var build = MetricFamily("martlet_build", .info, help: "The program.")
        build.add(1, ["version": RouterVersion.martlet])
        var router = MetricFamily("martlet_router", .info, help: "Who the router is.")
        router.add(1, ["id": identity.id, "mode": settings.mode.rawValue])
        return [build, router]
    }

    private func healthMetrics(_ reading: MetricsReading) -> [MetricFamily] {
        var check = MetricFamily(
            "martlet_check", .gauge, help: "1 for each check of /readyz that finds nothing.")
        for found in reading.readiness.checks where found.isRequired {
            check.add(found.fault == nil ? 1 : 0, ["check": found.name])
        }
        return [
            MetricFamily(
                "martlet_ready", .gauge, help: "1 while /readyz says ok.",
                reading.readiness.isGood ? 1 : 0),
            check,
        ]
    }

    // MARK: Connections and links

    private var connectionMetrics: [MetricFamily] {
        var present = MetricFamily("martlet_connections", .gauge, help: "Open AMQP connections.")
        var opened = MetricFamily(
            "martlet_connections_opened", .counter, help: "AMQP connections that were opened.")
        var closed = MetricFamily(
            "martlet_connections_closed", .counter,
            help: "AMQP connections that were opened and have ended, and why.")
        var received = MetricFamily(
            "martlet_received_bytes", .counter, help: "Bytes of AMQP that have come.")
        var sent = MetricFamily(
            "martlet_sent_bytes", .counter, help: "Bytes of AMQP that were sent.")
        for role in ConnectionRole.allCases {
            for transport in ConnectionClass.Transport.allCases {
                let kind = ConnectionClass(role: role, transport: transport)
                present.add(
                    traffic.count(kind), ["role": role.rawValue, "transport": transport.rawValue])
            }
            opened.add(traffic.opened(role), ["role": role.rawValue])
            for reason in ConnectionTotals.Reason.allCases {
                closed.add(
                    traffic.closed(role, reason),
                    ["role": role.rawValue, "reason": reason.rawValue])
            }
            let counts = workers.map { $0.counters.traffic(role) }
            received.add(counts.reduce(0) { $0 + $1.received }, ["role": role.rawValue])
            sent.add(counts.reduce(0) { $0 + $1.sent }, ["role": role.rawValue])
        }
        return [present, opened, closed, received, sent]
    }

    /// As the last sweep saw them: no scrape looks at each link.
    private var linkMetrics: [MetricFamily] {
        var present = MetricFamily("martlet_links", .gauge, help: "Attached links.")
        var starved = MetricFamily(
            "martlet_links_without_credit", .gauge, help: "Links that have no credit now.")
        for (links, name) in [(linkTotals.incoming, "in"), (linkTotals.outgoing, "out")] {
            present.add(links.present, ["direction": name])
            starved.add(links.withoutCredit, ["direction": name])
        }
        return [
            present, starved,
            MetricFamily(
                "martlet_links_blocked", .gauge,
                help: "Links that have had no credit for ten seconds.",
                UInt64(linkTotals.blocked)),
            MetricFamily(
                "martlet_deliveries_waiting", .gauge,
                help: "Deliveries that wait to be sent.", linkTotals.waiting),
            MetricFamily(
                "martlet_deliveries_unsettled", .gauge,
                help: "Deliveries that were sent and not settled yet.", linkTotals.unsettled),
        ]
    }

    private var timeMetrics: [MetricFamily] {
        var transfer = MetricFamily(
            "martlet_transfer_seconds", .histogram,
            help: "From a message's coming to its going, to clients or to other routers.")
        var settle = MetricFamily(
            "martlet_settle_seconds", .histogram,
            help: "From a message's coming, from clients or other routers, to its settlement.")
        let kinds:
            [(
                String,
                (WorkerCounters) -> (transfer: TimeHistogram.Reading, settle: TimeHistogram.Reading)
            )] = [
                ("client", { ($0.transferTimes.clients.reading, $0.settleTimes.clients.reading) }),
                ("router", { ($0.transferTimes.routers.reading, $0.settleTimes.routers.reading) }),
            ]
        for (name, read) in kinds {
            var (transfers, settlements) = (TimeHistogram.Reading(), TimeHistogram.Reading())
            for worker in workers {
                let times = read(worker.counters)
                transfers.add(times.transfer)
                settlements.add(times.settle)
            }
            transfer.add(transfers, ["to": name])
            settle.add(settlements, ["from": name])
        }
        return [transfer, settle]
    }

    private func addressMetrics(
        _ facts: RouterFacts, _ reading: MetricsReading
    ) -> [MetricFamily] {
        let (rows, others) = reading.ranking.withLock { ranking in
            ranking.rank(
                addressesInUse.values.lazy.compactMap { entry in
                    guard entry.key.utf8.first == UInt8(ascii: "M") else { return nil }
                    return (name: entry.key, counts: AddressRanking.Counts(entry))
                },
                total: AddressRanking.Counts(
                    ingress: facts.ingress, egress: facts.egress, transit: facts.transit), at: now)
        }
        var family = MetricFamily(
            "martlet_address_deliveries", .counter,
            help: "Deliveries of the addresses with most; all others have the empty name.")
        for row in Self.named(rows) + [(name: "", counts: others)] {
            family.add(row.counts.ingress, ["address": row.name, "direction": "in"])
            family.add(row.counts.egress, ["address": row.name, "direction": "out"])
            family.add(row.counts.transit, ["address": row.name, "direction": "transit"])
        }
        return [family]
    }

    /// By address and not by key: its phases in one.
    private static func named(
        _ rows: [(name: String, counts: AddressRanking.Counts)]
    ) -> [(name: String, counts: AddressRanking.Counts)] {
        var sums: [String: AddressRanking.Counts] = [:]
        for row in rows {
            sums[String(row.name.dropFirst(2)), default: AddressRanking.Counts()].add(row.counts)
        }
        return sums.sorted { $0.key < $1.key }.map { (name: $0.key, counts: $0.value) }
    }
}

extension MetricFamily {
    fileprivate mutating func add(
        _ times: TimeHistogram.Reading, _ labels: KeyValuePairs<String, String>
    ) {
        add(
            counts: times.counts, bounds: TimeHistogram.bounds, sum: times.seconds, labels)
    }
}

extension AddressRanking.Counts {
    /// Of all workers.
    fileprivate init(_ address: AddressEntry) {
        self.init()
        for counters in address.replicas.values {
            add(
                AddressRanking.Counts(
                    ingress: counters.ingress.count, egress: counters.egress.count,
                    transit: counters.transit.count))
        }
    }
}
