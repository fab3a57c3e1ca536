internal import AMQP
internal import Basis
internal import Options

/// Asks a router how it is: what its health pages say, over AMQP.
enum HealthCommand {
    static let command = Command(
        "health", operands: "[live|started|ready]",
        summary: "Ask a router whether it is alive, has started, and is ready for clients",
        details: [
            "Prints each answer, and under it what is not as it should be: what the router's web "
                + "listeners say on /livez, /startupz and /readyz. Exits with 5 if an answer is no, "
                + "or the one that is asked for; what is marked as not required leaves it yes."
        ],
        groups: [
            OptionGroup("Router options", isExclusive: true, [.router, .edgeRouter]),
            OptionGroup("Output options", isExclusive: true, [.verbose, .json]), .connection,
        ], run: run)

    /// A question, and the name of its answer.
    private static let questions = ["live", "started", "ready"]

    @Sendable private static func run(_ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        try arguments.check(operands: 1)
        let asked = try invocation.operands.first.map { word in
            guard questions.contains(word) else {
                throw UsageError("'\(word)' is no question: give live, started or ready")
            }
            return [word]
        }
        let node = try ManagementNode(arguments)
        defer { node.close() }
        let health = try health(of: node)
        let reports = (asked ?? questions).map { ($0, Report(health[$0])) }
        if arguments.has(.json) {
            let shown = asked.flatMap { $0.first }.flatMap { health[$0] } ?? .map(health)
            Terminal.write(try JSONText.encode(shown) + "\n")
        } else {
            let isVerbose = arguments.has(.verbose)
            Terminal.write(reports.map { $1.text($0, isVerbose: isVerbose) }.joined())
        }
        return reports.allSatisfy { $1.isGood } ? .done : .unwell
    }

    private static func health(of node: ManagementNode) throws(Failure) -> ValueMap {
        do throws(Failure) {
            let answer = try node.callSelf("GET-HEALTH")
            guard let health = answer.map, questions.allSatisfy({ health[$0]?.map != nil }) else {
                throw Failure("ValueError", "the router's answer says nothing of its health")
            }
            return health
        } catch {
            guard error.kind == "NotImplementedStatus" else { throw error }
            throw Failure(
                error.kind, "this router does not say over AMQP how it is",
                remedy: "qdrouterd has /healthz on listeners with http: yes")
        }
    }

    /// One answer, as the router gave it.
    private struct Report {
        let isGood: Bool
        let checks: [ValueMap]

        init(_ value: Value?) {
            isGood = value?.map?["ok"]?.boolean ?? false
            checks = (value?.map?["checks"]?.list ?? []).compactMap(\.map)
        }

        func text(_ name: String, isVerbose: Bool) -> String {
            checks.reduce(into: "\(name): \(isGood ? "yes" : "no")\n") { text, check in
                let name = Cell.text(check["name"] ?? .null).harmless
                guard check["ok"]?.boolean != true else {
                    if isVerbose { text += "  \(name): ok\n" }
                    return
                }
                let reason = check["reason"].map { Cell.text($0).harmless } ?? "failed"
                let isRequired = check["required"]?.boolean ?? true
                text += "  \(name): \(reason)\(isRequired ? "" : " (not required)")\n"
            }
        }
    }
}
