internal import AMQP
internal import Basis
internal import Client
internal import EventLoop
internal import Options

extension Option {
    static let allRouters = Option(
        nil, "all-routers", help: "Show every router of the network, one after the other")
    static let limit = Option(
        nil, "limit", argument: "ROWS", help: "Show no more rows than this; 0 shows them all")
    static let csv = Option(nil, "csv", help: "Print tables as comma-separated values")
    static let json = Option(nil, "json", help: "Print JSON")
    static let everyLink = Option(nil, "all", help: "Show the links between routers, too")
    static let watch = Option(
        "w", "watch", argument: "SECONDS", isArgumentOptional: true,
        help: "Show it anew again and again, every 2 seconds if not given, in place on a terminal")
}

extension OptionGroup {
    static let target = OptionGroup(
        "Router options", isExclusive: true, [.allRouters, .router, .edgeRouter])
}

/// The commands that show a running router in tables (MG-255 to MG-272).
enum ShowCommands {
    static let all: [Command] = View.all.map { view in
        Command(
            view.name, summary: view.summary,
            groups: [
                .target, OptionGroup("Output options", isExclusive: true, [.csv, .json]),
                OptionGroup(
                    "Options",
                    (view.name == View.links.name ? [.everyLink] : []) + [
                        .watch, .limit, .verbose,
                    ]), .connection,
            ]
        ) { invocation in try show(view, invocation) }
    }

    /// The program's other name, with the view as an option.
    static let qdstat = Command(
        "qdstat", summary: "Show a running router",
        groups: [
            OptionGroup("Views", isExclusive: true, View.all.map(\.option)), .target,
            OptionGroup("Options", [.limit, .csv, .verbose]), .connection,
        ]
    ) { invocation in
        let view = View.all.first { invocation.arguments.has($0.option) } ?? .general
        return try show(view, invocation)
    }

    private static func show(_ view: View, _ invocation: Invocation) throws -> ExitCode {
        let arguments = invocation.arguments
        try arguments.check(operands: 0)
        let isClassic = invocation.command.name == "qdstat"
        let show = Showing(
            view: view, arguments: arguments,
            choice: View.Choice(
                isVerbose: arguments.has(.verbose), isClassic: isClassic,
                hasEveryLink: arguments.has(.everyLink), limit: try arguments.count(.limit)),
            format: arguments.has(.csv) ? .csv : arguments.has(.json) ? .json : .text)
        guard arguments.has(.watch) else {
            let node = try ManagementNode(arguments)
            defer { node.close() }
            let style = TextStyle(hasColour: Terminal.hasColour && !isClassic)
            let shown = try show.report(node, style)
            Terminal.write(shown.text)
            for text in shown.silent { Terminal.say("\(invocation.program): \(text)") }
            return shown.silent.isEmpty ? .done : .failed
        }
        let given = arguments[.watch] == "" ? nil : try arguments.seconds(.watch)
        let interval = max(100, given ?? 2_000)
        return try Interruption.guarding { loop in try show.watch(every: interval, loop) }
    }
}

/// One view as somebody asked for it.
private struct Showing {
    let view: View
    let arguments: Arguments
    let choice: View.Choice
    let format: View.Format

    /// What there is to see.
    struct Shown {
        /// The whole output, heading and all.
        var text: String
        /// Of each router that did not answer, a line.
        var silent: [String] = []
    }

    func report(_ node: ManagementNode, _ style: TextStyle) throws -> Shown {
        let addresses = try node.managementNodes()
        guard arguments.has(.allRouters) else { return Shown(text: try text(node, style)) }
        let names = addresses.map(Self.router)
        let lost = try node.query(EntityType.long("node"), attributes: ["id"])
            .map { Cell.text($0["id"]) }.filter { !names.contains($0) }
        guard names.count + lost.count >= 2 else { return Shown(text: try text(node, style)) }
        return try reports(node, names, lost, style)
    }

    private func text(_ node: ManagementNode, _ style: TextStyle) throws -> String {
        let report = try view.report(node, choice)
        if format == .json { return try json(report.data) }
        let heading = view.hasHeading ? try Self.time + node.router().line("id") + "\n" : ""
        return heading + report.text(format, style)
    }

    /// One router after the other; those that are lost are known, but nothing leads there.
    private func reports(
        _ node: ManagementNode, _ names: [String], _ lost: [String], _ style: TextStyle
    ) throws -> Shown {
        var shown = Shown(text: Self.time)
        var data = ValueMap()
        for name in names {
            do {
                try node.turn(toRouter: name)
                let report = try view.report(node, choice)
                data[name] = report.data
                shown.text +=
                    style.strong("Router  \(name.harmless)") + "\n\n"
                    + report.text(format, style) + "\n"
            } catch let failure as Failure where failure.isOfDistantRouter {
                shown.silent.append(failure.advice)
            }
        }
        shown.silent += lost.map { Failure.lost($0).harmless }
        if format == .json { shown.text = try json(.map(data)) }
        return shown
    }

    /// The router of `amqp:/_topo/0/ROUTER/$management`.
    private static func router(_ address: String) -> String {
        let parts = address.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[3]) : address
    }

    private func json(_ data: Value) throws -> String { try JSONText.encode(data) + "\n" }

    /// `2026-11-24 08:29:14.340651 UTC`
    private static var time: String {
        let now = Clock.wall
        let date = CalendarTime(seconds: Int64(now.seconds)).date
        return "\(date).\(Cell.padded(Int64(now.microseconds), 6)) UTC\n"
    }

    /// Shows it again and again, until a signal; a router that is gone is waited for.
    func watch(every interval: Milliseconds, _ loop: ClientLoop) throws -> ExitCode {
        let screen =
            format == .text && Terminal.isOutput
            ? Screen(showsEnd: view.endsWithNewest) : nil
        let style = TextStyle(hasColour: screen != nil && Terminal.hasColour)
        var node: ManagementNode? = try ManagementNode(arguments, loop: loop)
        var latest = ""
        screen?.enter()
        defer {
            node?.close()
            screen?.leave(showing: latest)
        }
        while !loop.isInterrupted {
            let deadline = Clock.now + interval
            do throws(Failure) {
                let current: ManagementNode
                if let node { current = node } else { current = try connect(loop) }
                node = current
                let shown = try wrapping { try report(current, style) }
                latest = shown.text
                if let screen {
                    let lines = shown.silent.map { style.bad($0) + "\n" }
                    screen.show(latest + lines.joined())
                } else {
                    Terminal.write(latest)
                    for text in shown.silent { Terminal.say(text) }
                }
            } catch {
                if error.exitCode == .interrupted { break }
                node?.close()
                node = nil
                if let screen {
                    screen.show(latest + "\n" + style.bad(error.advice) + "\n")
                } else {
                    Terminal.say(error.advice)
                }
            }
            loop.rest(until: deadline)
        }
        return .interrupted
    }

    private func connect(_ loop: ClientLoop) throws(Failure) -> ManagementNode {
        try wrapping { try ManagementNode(arguments, loop: loop) }
    }

    private func wrapping<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
        do {
            return try body()
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure("Error", "\(error)")
        }
    }
}

extension Entity {
    fileprivate func line(_ name: String) -> String { Cell.text(self[name]).harmless + "\n" }
}
