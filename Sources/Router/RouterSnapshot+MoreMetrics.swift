internal import Addressing
internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Logging
internal import Management
internal import SASL
internal import Schema
internal import TLS
internal import Topology
internal import Web

/// What the router tells Prometheus of its surroundings and of itself.
extension RouterSnapshot {
    var connectorMetrics: [MetricFamily] {
        var up = MetricFamily(
            "martlet_connector_up", .gauge, help: "1 while the connector's connection is open.")
        var tries = MetricFamily(
            "martlet_connector_tries", .counter, help: "How often the connector has dialled.")
        var received = MetricFamily(
            "martlet_connector_received_bytes", .counter,
            help: "Bytes of AMQP that have come over the connector's connections.")
        var sent = MetricFamily(
            "martlet_connector_sent_bytes", .counter,
            help: "Bytes of AMQP that were sent over the connector's connections.")
        let totals = traffic.connectors.totals
        for (token, connector) in connectors.sorted(by: { $0.key < $1.key }) {
            let name = connector.configured.name
            let total = totals[token]
            up.add(connector.state == .success ? 1 : 0, ["connector": name])
            tries.add(connector.attempt, ["connector": name])
            received.add(total?.received ?? 0, ["connector": name])
            sent.add(total?.sent ?? 0, ["connector": name])
        }
        return [up, tries, received, sent]
    }

    /// Those that there were since the start: one that is lost has no connection.
    var neighbourMetrics: [MetricFamily] {
        var present = MetricFamily(
            "martlet_neighbour_connections", .gauge, help: "Connections with a neighbour.")
        var received = MetricFamily(
            "martlet_neighbour_received_bytes", .counter,
            help: "Bytes of AMQP that have come from a neighbour.")
        var sent = MetricFamily(
            "martlet_neighbour_sent_bytes", .counter,
            help: "Bytes of AMQP that were sent to a neighbour.")
        for (name, total) in traffic.neighbours.totals.sorted(by: { $0.key < $1.key }) {
            present.add(total.connections, ["neighbour": name])
            received.add(total.received, ["neighbour": name])
            sent.add(total.sent, ["neighbour": name])
        }
        return [present, received, sent]
    }

    var meshMetrics: [MetricFamily] {
        guard let mesh, settings.mode == .interior else { return [] }
        return [
            MetricFamily(
                "martlet_mesh_routers", .gauge, help: "Other routers that can be reached.",
                UInt64(mesh.machine.reachableRouters.count)),
            MetricFamily(
                "martlet_mesh_trunks", .gauge, help: "Connections to neighbouring routers.",
                UInt64(mesh.trunks.count)),
        ]
    }

    func securityMetrics(_ facts: RouterFacts) -> [MetricFamily] {
        var failed = MetricFamily(
            "martlet_handshakes_failed", .counter,
            help: "Handshakes that came to nothing, by how far they had come.")
        failed.add(facts.tlsHandshakesFailed, ["stage": "tls"])
        failed.add(facts.loginsDenied, ["stage": "sasl"])
        failed.add(facts.loginsTurnedAway, ["stage": "queue"])
        failed.add(facts.silentConnections, ["stage": "silent"])
        var expiry = MetricFamily(
            "martlet_certificate_expiry_time_seconds", .gauge,
            help: "When the certificate of each sslProfile ends, in seconds since 1970.")
        var loads = MetricFamily(
            "martlet_certificate_loads", .counter,
            help: "How often the files of each sslProfile were read and taken.")
        var usable = MetricFamily(
            "martlet_certificate_usable", .gauge,
            help: "1 for each sslProfile whose files could be used when they were last read.")
        for row in kept where row.type == Schema.sslProfile.name {
            let newest = profiles.newest(named: row.name)
            loads.add(newest?.generation ?? 0, ["profile": row.name])
            usable.add(profiles.fault(of: row.name) == nil ? 1 : 0, ["profile": row.name])
            guard let certificate = newest?.certificate else { continue }
            expiry.add(certificate.ends, ["profile": row.name])
        }
        var denied = MetricFamily(
            "martlet_policy_denied", .counter, help: "What the policy has refused.")
        denied.add(policyCounts.denied, ["kind": "connection"])
        return [failed, expiry, loads, usable, denied]
    }

    func webMetrics(_ web: WebCounts) -> [MetricFamily] {
        var turnedAway = MetricFamily(
            "martlet_http_connections_turned_away", .counter,
            help: "HTTP connections that were one too many for the listener, or of their host.")
        turnedAway.add(web.turnedAway, ["limit": "listener"])
        turnedAway.add(web.turnedAwayOfHost, ["limit": "host"])
        var failed = MetricFamily(
            "martlet_http_connections_failed", .counter,
            help: "HTTP connections that ended by what came over them, or did not.")
        for fault in WebFault.allCases {
            failed.add(web.failed[fault] ?? 0, ["reason": fault.rawValue])
        }
        return [
            MetricFamily(
                "martlet_http_connections", .gauge, help: "Open HTTP connections.",
                UInt64(web.open)),
            MetricFamily(
                "martlet_http_connections_opened", .counter, help: "HTTP connections that came.",
                web.connections),
            turnedAway, failed,
            MetricFamily(
                "martlet_http_connections_expired", .counter,
                help: "HTTP connections that ended because no request, or no other, came.",
                web.expired),
            MetricFamily(
                "martlet_http_requests", .counter, help: "Requests for the router's pages.",
                web.requests),
            MetricFamily(
                "martlet_http_upgrades", .counter,
                help: "HTTP connections that went on as WebSockets.", web.upgraded),
        ]
    }

    var workerMetrics: [MetricFamily] {
        var busy = MetricFamily(
            "martlet_worker_busy_seconds", .counter,
            help: "Processor time that each worker has used.")
        var load = MetricFamily(
            "martlet_worker_connections", .gauge, help: "Connections of each worker.")
        var turns = MetricFamily(
            "martlet_worker_wakeups", .counter, help: "Turns of each worker's loop.")
        var deliveries = MetricFamily(
            "martlet_worker_deliveries", .counter,
            help: "Deliveries that each worker has sent, to clients and to routers.")
        for worker in workers {
            let number = "\(worker.number)"
            busy.add(
                .decimal(Double(worker.processorTime.value.count) / 1e9), ["worker": number])
            load.add(worker.connectionCount.value.count, ["worker": number])
            turns.add(worker.counters.turns.count, ["worker": number])
            deliveries.add(
                worker.counters.egress.count &+ worker.counters.transit.count,
                ["worker": number])
        }
        var lines = MetricFamily("martlet_log_lines", .counter, help: "Lines of the log by level.")
        for level in LogLevel.allCases {
            let count = LogModule.allCases.reduce(0) { $0 + log.count($1, level) }
            lines.add(count, ["level": level.name])
        }
        return [busy, load, turns, deliveries, lines]
    }

    func processMetrics(_ reading: MetricsReading) -> [MetricFamily] {
        var families = [
            MetricFamily(
                "martlet_waiting_bytes", .gauge, help: "Bytes of messages that wait.",
                UInt64(clamping: reading.waitingBytes)),
            MetricFamily(
                "martlet_waiting_bytes_limit", .gauge,
                help: "Bytes of messages that may wait: memoryBudget.",
                UInt64(clamping: reading.waitingLimit)),
            MetricFamily(
                "process_start_time_seconds", .gauge,
                help: "When the process began, in seconds since 1970.",
                UInt64(clamping: unixNow - Int(clamping: now.since(startedAt).count / 1_000))),
            MetricFamily(
                "process_open_fds", .gauge, help: "Open files and sockets.",
                Descriptor.openCount),
            MetricFamily(
                "process_max_fds", .gauge, help: "Files and sockets that may be open.",
                Descriptor.limit),
        ]
        if let time = Clock.processorTime(ofProcess: Int32(Processors.processID)) {
            var family = MetricFamily(
                "process_cpu_seconds", .counter, help: "Processor time that was used.")
            family.add(.decimal(Double(time) / 1e9))
            families.append(family)
        }
        if let resident = ProcessMemory.residentNow {
            families.append(
                MetricFamily(
                    "process_resident_memory_bytes", .gauge, help: "Bytes in real memory.",
                    resident))
        }
        return families
    }
}
