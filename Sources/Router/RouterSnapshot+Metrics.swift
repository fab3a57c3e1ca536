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
        return facts.formerMetrics + identityMetrics + healthMetrics(reading)
            + connectionMetrics(reading) + linkMetrics + facts.metrics
            + addressMetrics(facts, reading)
            + connectorMetrics + meshMetrics + securityMetrics(facts) + webMetrics(reading.web)
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

    private func connectionMetrics(_ reading: MetricsReading) -> [MetricFamily] {
        var counts: [ConnectionClass: Int] = [:]
        for entry in connections.values where entry.isShown {
            counts[ConnectionClass(entry), default: 0] += 1
        }
        var present = MetricFamily("martlet_connections", .gauge, help: "Open AMQP connections.")
        for role in ConnectionRole.allCases {
            for transport in ConnectionClass.Transport.allCases {
                let kind = ConnectionClass(role: role, transport: transport)
                present.add(
                    counts[kind] ?? 0, ["role": role.rawValue, "transport": transport.rawValue])
            }
        }
        var opened = MetricFamily(
            "martlet_connections_opened", .counter, help: "AMQP connections that were opened.")
        var closed = MetricFamily(
            "martlet_connections_closed", .counter,
            help: "AMQP connections that were opened and have ended, and why.")
        for role in ConnectionRole.allCases {
            opened.add(reading.ends.opened[role] ?? 0, ["role": role.rawValue])
            for reason in ConnectionEnds.Reason.allCases {
                closed.add(
                    reading.ends.count(role, reason),
                    ["role": role.rawValue, "reason": reason.rawValue])
            }
        }
        return [present, opened, closed]
    }

    private var linkMetrics: [MetricFamily] {
        var present = MetricFamily("martlet_links", .gauge, help: "Attached links.")
        var starved = MetricFamily(
            "martlet_links_without_credit", .gauge, help: "Links that have no credit now.")
        let directions: [(direction: LinkDirection, name: String)] = [
            (.incoming, "in"), (.outgoing, "out"),
        ]
        var waiting: UInt64 = 0
        var unsettled: UInt64 = 0
        for (direction, name) in directions {
            var count = 0
            var withoutCredit = 0
            for link in links.values where link.direction == direction {
                let counters = link.request.counters
                count += 1
                if counters.credit == 0 { withoutCredit += 1 }
                if direction == .outgoing {
                    waiting &+= counters.undelivered.count
                    unsettled &+= counters.unsettled.count
                }
            }
            present.add(count, ["direction": name])
            starved.add(withoutCredit, ["direction": name])
        }
        return [
            present, starved,
            MetricFamily(
                "martlet_links_blocked", .gauge,
                help: "Links that have had no credit for ten seconds.",
                UInt64(watches.values.count { $0.history.isBlocked })),
            MetricFamily(
                "martlet_deliveries_waiting", .gauge,
                help: "Deliveries that wait to be sent.", waiting),
            MetricFamily(
                "martlet_deliveries_unsettled", .gauge,
                help: "Deliveries that were sent and not settled yet.", unsettled),
        ]
    }

    private func addressMetrics(
        _ facts: RouterFacts, _ reading: MetricsReading
    ) -> [MetricFamily] {
        var counts: [String: AddressRanking.Counts] = [:]
        for entry in addressesInUse.values where entry.key.first == "M" {
            let name = String(entry.key.dropFirst(2))
            var sum = counts[name] ?? AddressRanking.Counts()
            sum.ingress &+= entry.total { $0.ingress.count }
            sum.egress &+= entry.total { $0.egress.count }
            sum.transit &+= entry.total { $0.transit.count }
            counts[name] = sum
        }
        let (rows, others) = reading.ranking.withLock { ranking in
            ranking.rank(
                counts,
                total: AddressRanking.Counts(
                    ingress: facts.ingress, egress: facts.egress, transit: facts.transit), at: now)
        }
        var family = MetricFamily(
            "martlet_address_deliveries", .counter,
            help: "Deliveries of the addresses with most; all others have the empty name.")
        for row in rows + [(name: "", counts: others)] {
            family.add(row.counts.ingress, ["address": row.name, "direction": "in"])
            family.add(row.counts.egress, ["address": row.name, "direction": "out"])
            family.add(row.counts.transit, ["address": row.name, "direction": "transit"])
        }
        return [family]
    }
}
