package import AMQP

/// What was looked at to say how the router is, and what was found.
package struct HealthReport: Hashable, Sendable {
    package struct Check: Hashable, Sendable {
        package let name: String
        /// What is wrong; nil for nothing.
        package let fault: String?
        /// A fault of it makes the whole report one. Others are told, and no more.
        package let isRequired: Bool
    }

    package private(set) var checks: [Check] = []

    package init() {}

    package mutating func add(_ name: String, _ fault: String?, isRequired: Bool = true) {
        checks.append(Check(name: name, fault: fault, isRequired: isRequired))
    }

    package var isGood: Bool { checks.allSatisfy { $0.fault == nil || !$0.isRequired } }

    /// A map: `ok`, a boolean, and `checks`, a list of maps with `name`, `ok`, `reason` where that
    /// is false, and `required`, false, where it is false and the report is good in spite of it.
    /// Reasons name hosts and connectors: without `tellsDetails` they are left out.
    package func value(tellsDetails: Bool = true) -> Value {
        let rows = checks.map { check -> Value in
            var row: [(Value, Value)] = [
                ("name", .string(check.name)), ("ok", .bool(check.fault == nil)),
            ]
            if let fault = check.fault {
                if !check.isRequired { row.append(("required", false)) }
                if tellsDetails { row.append(("reason", .string(fault))) }
            }
            return .map(ValueMap(row))
        }
        return ["ok": .bool(isGood), "checks": .list(rows)]
    }
}

/// The answers to what probes ask.
package struct RouterHealth: Hashable, Sendable {
    /// No thread hangs: a restart would not help, else.
    package let live: HealthReport
    /// All is there that belongs to the start.
    package let started: HealthReport
    /// Clients are served.
    package let ready: HealthReport

    package init(live: HealthReport, started: HealthReport, ready: HealthReport) {
        self.live = live
        self.started = started
        self.ready = ready
    }

    /// A map of the three reports, as management tells them.
    var value: Value {
        ["live": live.value(), "started": started.value(), "ready": ready.value()]
    }
}
