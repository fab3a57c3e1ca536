internal import AMQP
internal import Management
internal import Web

/// What was looked at to say how the router is, and what was found.
struct HealthReport: Sendable {
    struct Check: Sendable {
        let name: String
        /// What is wrong; nil for nothing.
        let fault: String?
    }

    private(set) var checks: [Check] = []

    mutating func add(_ name: String, _ fault: String?) {
        checks.append(Check(name: name, fault: fault))
    }

    var isGood: Bool { checks.allSatisfy { $0.fault == nil } }

    /// As text, or as JSON if the client would rather have that. With `verbose` every check has its
    /// line; without, those that failed.
    func response(to question: Question) -> Response {
        let status = isGood ? Status.ok : .unavailable
        if question.accept.contains("application/json") {
            return Response(status, contentType: "application/json", text: json(question) + "\n")
        }
        let isVerbose = question.has("verbose")
        var lines = checks.filter { isVerbose || $0.fault != nil }.map { check in
            line(for: check, tellsDetails: question.tellsDetails)
        }
        if isGood { lines.append("ok") }
        return Response(status, text: lines.joined(separator: "\n") + "\n")
    }

    private func line(for check: Check, tellsDetails: Bool) -> String {
        guard let fault = check.fault else { return "[+]\(check.name) ok" }
        return "[-]\(check.name): \(tellsDetails ? fault : "failed")"
    }

    private func json(_ question: Question) -> String {
        let rows = checks.map { check -> Value in
            var row: [(Value, Value)] = [
                ("name", .string(check.name)), ("ok", .bool(check.fault == nil)),
            ]
            if let fault = check.fault, question.tellsDetails {
                row.append(("reason", .string(fault)))
            }
            return .map(ValueMap(row))
        }
        let report: [(Value, Value)] = [("ok", .bool(isGood)), ("checks", .list(rows))]
        return Value.map(ValueMap(report)).json
    }
}
