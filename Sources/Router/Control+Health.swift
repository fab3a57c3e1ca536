internal import Basis
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import Management
internal import Schema
internal import TLS
internal import Topology

/// How the router is, as probes ask. Each report fails for what its reader can do something about:
/// a restart for liveness, other routers' clients for readiness.
extension Control {
    func livenessReport(missing: Set<Int>) -> HealthReport {
        var report = HealthReport()
        report.add("control", nil)
        for worker in workers.indices {
            let isMissing = missing.contains(worker)
            report.add("worker \(worker)", isMissing ? "it takes no letters" : nil)
        }
        return report
    }

    /// Once all is there that belongs to the start, that stays so.
    var startReport: HealthReport {
        var report = HealthReport()
        report.add("listeners", hasStarted ? nil : deafListeners)
        report.add("mesh", hasStarted ? nil : unmetNeighbours)
        if report.isGood { hasStarted = true }
        return report
    }

    /// An uplink that is cut does not count: the clients of a site have each other all the same.
    var readinessReport: HealthReport {
        var report = HealthReport()
        report.add("running", phase == .running ? leaveFault : "the router is shutting down")
        for check in startReport.checks where check.name == "mesh" {
            report.add("start", check.fault)
        }
        report.add("listeners", deafListeners)
        report.add("certificates", endedCertificates)
        report.add("memory", budget.isFull ? "as many messages wait as may" : nil)
        for connector in connectors.sorted(by: { $0.key < $1.key }).map(\.value) {
            report.add(
                "connector \(connector.settings.name ?? connector.place.text)", fault(connector),
                isRequired: connector.settings.isRequired)
        }
        for row in kept where row.type == Schema.sslProfile.name {
            guard let fault = profiles.fault(of: row.name) else { continue }
            report.add("sslProfile \(row.name)", fault.description, isRequired: false)
        }
        return report
    }

    private var deafListeners: String? {
        let deaf = listeners.values.filter(\.sockets.isEmpty).map { listener in
            "\(listener.settings.host):\(listener.settings.port)"
        }
        return deaf.isEmpty ? nil : "cannot listen on \(deaf.sorted().joined(separator: ", "))"
    }

    /// Until a neighbour is met that is dialled, or has had its time.
    private var unmetNeighbours: String? {
        let dialsRouters = connectors.values.contains { $0.settings.role == .interRouter }
        guard dialsRouters, now < startedAt + .seconds(10),
            mesh?.machine.reachableRouters.isEmpty == true
        else { return nil }
        return "no neighbour has been met yet"
    }

    private var endedCertificates: String? {
        let used = Set(listeners.values.flatMap { $0.tls?.settings.map(\.name) ?? [] })
        let ended = profiles.ending(before: Clock.unixSeconds).map(\.settings.name)
        let faults = ended.filter(used.contains)
        guard !faults.isEmpty else { return nil }
        return "expired: those of sslProfile \(faults.sorted().joined(separator: ", "))"
    }

    private func fault(_ connector: Connector) -> String? {
        guard connector.state == .success, isOpen(connector) else {
            return connector.message.isEmpty ? "not connected yet" : connector.message
        }
        return nil
    }

    /// Its peer has opened the connection too.
    private func isOpen(_ connector: Connector) -> Bool {
        connector.connection.flatMap { connections[$0]?.report } != nil
    }
}
