internal import AMQP
internal import Management
internal import Web

extension HealthReport {
    /// As text, or as JSON if the client would rather have that. With `verbose` every check has its
    /// line; without, those whose faults count.
    func response(to question: Question) -> Response {
        let status = isGood ? Status.ok : .unavailable
        if question.accept.contains("application/json") {
            let json = value(tellsDetails: question.tellsDetails).json
            return Response(status, contentType: "application/json", text: json + "\n")
        }
        let isVerbose = question.has("verbose")
        let shown = checks.filter { isVerbose || $0.fault != nil && $0.isRequired }
        var lines = shown.map { line(for: $0, tellsDetails: question.tellsDetails) }
        if isGood { lines.append("ok") }
        return Response(status, text: lines.joined(separator: "\n") + "\n")
    }

    private func line(for check: Check, tellsDetails: Bool) -> String {
        guard let fault = check.fault else { return "[+]\(check.name) ok" }
        let mark = check.isRequired ? "[-]" : "[!]"
        return "\(mark)\(check.name): \(tellsDetails ? fault : "failed")"
    }
}
