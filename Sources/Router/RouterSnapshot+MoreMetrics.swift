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
        for connector in connectors.sorted(by: { $0.key < $1.key }).map(\.value) {
            let name = connector.configured.name
            up.add(connector.state == .success ? 1 : 0, ["connector": name])
            tries.add(connector.attempt, ["connector": name])
        }
        return [up, tries]
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
        for row in kept where row.type == Schema.sslProfile.name {
            guard let certificate = profiles.newest(named: row.name)?.certificate else { continue }
            expiry.add(certificate.ends, ["profile": row.name])
        }
        var denied = MetricFamily(
            "martlet_policy_denied", .counter, help: "What the policy has refused.")
        denied.add(policyCounts.denied, ["kind": "connection"])
        return [failed, expiry, denied]
    }

    func webMetrics(_ web: WebCounts) -> [MetricFamily] {
        [
            MetricFamily(
                "martlet_http_connections", .gauge, help: "Open HTTP connections.",
                UInt64(web.open)),
            MetricFamily(
                "martlet_http_connections_opened", .counter, help: "HTTP connections that came.",
                web.connections),
            MetricFamily(
                "martlet_http_connections_turned_away", .counter,
                help: "HTTP connections that were one too many.", web.turnedAway),
            MetricFamily(
                "martlet_http_connections_failed", .counter,
                help: "HTTP connections that ended by what came over them, or did not.",
                web.refused),
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
        for worker in workers {
            busy.add(
                .decimal(Double(worker.processorTime.value.count) / 1e9),
                ["worker": "\(worker.number)"])
            load.add(worker.connectionCount.value.count, ["worker": "\(worker.number)"])
        }
        var lines = MetricFamily("martlet_log_lines", .counter, help: "Lines of the log by level.")
        for level in LogLevel.allCases {
            let count = LogModule.allCases.reduce(0) { $0 + log.count($1, level) }
            lines.add(count, ["level": level.name])
        }
        return [busy, load, lines]
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
                UInt64((try? FileText.names(in: "/proc/self/fd").count) ?? 0)),
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
