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
                OptionGroup("Options", [.watch, .limit, .verbose]), .connection,
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
        let show = Showing(
            view: view, arguments: arguments,
            choice: View.Choice(
                isVerbose: arguments.has(.verbose), limit: try arguments.count(.limit)),
            format: arguments.has(.csv) ? .csv : arguments.has(.json) ? .json : .text)
        guard arguments.has(.watch) else {
            let node = try ManagementNode(arguments)
            defer { node.close() }
            let style = TextStyle(
                hasColour: Terminal.hasColour && invocation.command.name != "qdstat")
            Terminal.write(try show.text(node, style))
            return .done
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

    /// The whole output, heading and all.
    func text(_ node: ManagementNode, _ style: TextStyle) throws -> String {
        let nodes = try node.managementNodes()
        guard arguments.has(.allRouters), nodes.count >= 2 else {
            let report = try view.report(node, choice)
            if format == .json { return try json(report.data) }
            let heading = view.hasHeading ? try Self.time + node.router().line("id") + "\n" : ""
            return heading + report.text(format, style)
        }
        var text = Self.time
        var data = ValueMap()
        for address in nodes {
            try node.turn(to: String(address.dropFirst("amqp:/".count)))
            let report = try view.report(node, choice)
            let parts = address.split(separator: "/", omittingEmptySubsequences: false)
            let router = parts.count > 3 ? String(parts[3]) : address
            data[router] = report.data
            text += style.strong("Router  \(router)") + "\n\n" + report.text(format, style) + "\n"
        }
        return format == .json ? try json(.map(data)) : text
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
                latest = try wrapping { try text(current, style) }
                if let screen { screen.show(latest) } else { Terminal.write(latest) }
            } catch {
                if error.exitCode == .interrupted { break }
                node?.close()
                node = nil
                if let screen {
                    screen.show(latest + "\n" + style.bad(error.description) + "\n")
                } else {
                    Terminal.say(error.description)
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
    fileprivate func line(_ name: String) -> String { Cell.text(self[name]) + "\n" }
}
