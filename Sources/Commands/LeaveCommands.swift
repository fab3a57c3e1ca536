internal import AMQP
internal import Basis
internal import EventLoop
internal import Options

/// Takes a router out of service, by the operations `DRAIN` and `SHUTDOWN`.
enum LeaveCommands {
    static let all = [drain, shutdown]

    private static let deadline = Option(
        nil, "deadline", argument: "SECONDS", help: "How long that may take")

    private static let drain = Command(
        "drain", summary: "Take a router out of service, and wait until all is settled",
        details: [
            "Clients' links are refused from now on, their senders give their credit back, other "
                + "routers go round this one, and /readyz says so. The router stays, with what "
                + "its clients have, until it is shut down. Waits until all that was under way is "
                + "settled, 60 seconds unless --deadline says otherwise; exits with 5 if it is not.",
            "It needs a login, and 'remoteShutdown: yes' there to reach a router through another.",
        ],
        groups: groups, run: waitForDrain)

    private static let shutdown = Command(
        "shutdown", summary: "Drain a router and end it",
        details: [
            "The router is drained, and ends as soon as all is settled, or after the deadline: "
                + "without one, after its own shutdownDrainSeconds. Prints how long that may take "
                + "and does not wait for it.",
            "It needs a login, and 'remoteShutdown: yes' there to reach a router through another.",
        ],
        groups: groups, run: end)

    private static let groups = [
        OptionGroup("Options", [deadline]),
        OptionGroup("Router options", isExclusive: true, [.router, .edgeRouter]), .connection,
    ]

    @Sendable private static func waitForDrain(_ invocation: Invocation) throws -> ExitCode {
        try invocation.arguments.check(operands: 0)
        let patience = try invocation.arguments.seconds(deadline) ?? .seconds(60)
        let node = try ManagementNode(invocation.arguments)
        defer { node.close() }
        let start = Clock.now
        while true {
            let left = number("linksUnderWay", in: try ask("DRAIN", node))
            if left == 0 {
                Terminal.write("drained\n")
                return .done
            }
            guard Clock.now < start + patience else {
                Terminal.write("not drained: \(left) links are not done\n")
                return .unwell
            }
            Clock.pause(.seconds(1))
        }
    }

    @Sendable private static func end(_ invocation: Invocation) throws -> ExitCode {
        try invocation.arguments.check(operands: 0)
        var properties = ValueMap()
        if let patience = try invocation.arguments.seconds(deadline) {
            properties["deadlineSeconds"] = .long(Int64(patience.count / 1_000))
        }
        let node = try ManagementNode(invocation.arguments)
        defer { node.close() }
        let left = number("secondsLeft", in: try ask("SHUTDOWN", node, properties))
        Terminal.write("ends within \(left) s\n")
        return .done
    }

    private static func ask(
        _ operation: String, _ node: ManagementNode, _ properties: ValueMap = ValueMap()
    ) throws(Failure) -> ValueMap {
        let answer = try node.callSelf(operation, properties)
        guard let map = answer.map else {
            throw Failure("ValueError", "the router's answer to \(operation) is no map")
        }
        return map
    }

    private static func number(_ name: String, in answer: ValueMap) -> Int64 {
        answer[name]?.integer ?? 0
    }
}
