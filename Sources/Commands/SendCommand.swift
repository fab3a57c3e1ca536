internal import AMQP
internal import Basis
internal import Client
internal import EventLoop
internal import Options

extension Option {
    static let rate = Option(
        nil, "rate", argument: "RATE", help: "So many messages a second; as fast as can be if not")
    static let presettled = Option(
        nil, "presettled", help: "Settle before sending: nobody learns what became of a message")
    static let window = Option(
        nil, "window", argument: "COUNT",
        help: "Have no more messages than this under way; as many as credit allows if not given")
    static let anonymous = Option(
        nil, "anonymous", help: "Use a link without an address; each message bears its own")
}

/// `martlet send`
enum SendCommand {
    static let command = Command(
        "send", operands: "ADDRESS [MESSAGE...]", summary: "Send messages to an address",
        details: [
            "Each MESSAGE is the text of one message. Without any, --file, --lines or --size "
                + "say what is sent, and without those, one empty message is.",
            "Exits with 0 if all was accepted, 3 if some was not, 4 if the time was over first, "
                + "1 if the router could not be reached or refused.",
        ],
        groups: [
            .bodies, .properties,
            OptionGroup(
                "Options",
                [
                    .count, .rate, .duration, .presettled, .window, .anonymous, .quiet, .verbose,
                ]), .connection,
        ]
    ) { invocation in
        try Traffic.run(invocation, asking: "where to?") { try Sending($0, $1, $2).run() }
    }
}

/// Messages on their way to one address.
private final class Sending {
    private let traffic: Traffic
    private let address: String
    private let template: MessageTemplate
    private var bodies: Bodies
    private let isPresettled: Bool
    private let window: Int
    private var pace: Pace
    private var progress: Progress
    private let client: Client
    private let sender: Sender
    private var sentCount = 0
    private var tally = OutcomeTally()
    private var waiting: [UInt8]?
    private var isExhausted = false
    /// When the last message left or was settled.
    private var latest = Clock.now

    init(_ address: String, _ arguments: Arguments, _ loop: ClientLoop) throws {
        traffic = try Traffic(arguments, loop)
        self.address = address
        var given = arguments
        if arguments.has(.anonymous), arguments[.to] == nil { given.set(.to, address) }
        template = try MessageTemplate(given)
        bodies = try Bodies(
            arguments.operands.dropFirst(), arguments, template, repeating: traffic.end != nil,
            loop: loop)
        isPresettled = arguments.has(.presettled)
        window = max(1, try arguments.count(.window) ?? Int.max)
        pace = Pace(rate: try arguments.number(.rate), from: traffic.start)
        progress = Progress(isQuiet: arguments.has(.quiet), from: traffic.start)
        client = try traffic.connect()
        sender = try traffic.telling { [client, isPresettled] () throws(ClientError) in
            try Sender(
                client, to: arguments.has(.anonymous) ? nil : address,
                settlement: isPresettled ? .settled : .unsettled)
        }
    }

    func run() throws -> ExitCode {
        defer { client.close() }
        sender.onOutcome = { [unowned self] _, outcome in
            tally.add(outcome)
            latest = Clock.now
        }
        var failure: Failure?
        do throws(Failure) {
            try sendAll()
        } catch {
            failure = error
        }
        progress.clear()
        traffic.summarise("sent", sentCount)
        let missed = tally.summary
        if let missed { Terminal.say("martlet send: " + missed) }
        if let failure { throw failure }
        return missed == nil ? .done : .notAccepted
    }

    private var outstanding: Int { isPresettled ? 0 : sentCount - tally.total }

    private func sendAll() throws(Failure) {
        while true {
            if traffic.isOver { isExhausted = true }
            try sendDue()
            if isExhausted, outstanding == 0 { break }
            progress.tell("sent", sentCount, of: traffic.count, at: Clock.now)
            try wait()
        }
        try traffic.telling { () throws(ClientError) in try sender.waitUntilWritten() }
        if traffic.isOver { try traffic.check("sent", sentCount) }
    }

    /// Sends what may be sent now.
    private func sendDue() throws(Failure) {
        while !isExhausted, outstanding < window, sender.canSend, pace.due <= Clock.now {
            guard let message = try nextMessage() else { return }
            _ = sender.enqueue(message, settled: isPresettled)
            waiting = nil
            pace.took()
            sentCount += 1
            latest = Clock.now
            // Turns the loop now and then, so that outcomes are taken and nothing piles up.
            if sentCount.isMultiple(of: 100) { return }
        }
    }

    private func nextMessage() throws(Failure) -> [UInt8]? {
        if let waiting { return waiting }
        switch try bodies.next() {
        case .body(let body): waiting = template.with(body).encoded()
        case .later: break
        case .end: isExhausted = true
        }
        return waiting
    }

    /// Waits until there may be something to do.
    private func wait() throws(Failure) {
        let now = Clock.now
        if try nextMessage() == nil, outstanding == 0, isExhausted { return }
        let mayFinish = waiting != nil || outstanding > 0
        let isPaced = waiting != nil && pace.due > now
        var deadlines = [progress.due, traffic.end.map { max($0, now + 10) }].compactMap { $0 }
        let patience = latest + client.options.timeout
        if isPaced { deadlines.append(pace.due) } else if mayFinish { deadlines.append(patience) }
        let settled = tally.total
        let unsent = sender.unsentBytes
        try traffic.telling { () throws(ClientError) in
            try sender.check()
            // One turn at least: what was enqueued is to be written.
            client.loop.turn(until: now)
            _ = try client.wait(until: deadlines.min()) {
                tally.total != settled || (!isPaced && canGoOn)
            }
            try sender.check()
        }
        if sender.unsentBytes < unsent { latest = Clock.now }
        if !isPaced, mayFinish, latest + client.options.timeout <= Clock.now, !canGoOn {
            throw stalled
        }
    }

    private var canGoOn: Bool {
        guard !isExhausted, sender.canSend, outstanding < window else { return sender.hasFailed }
        return waiting != nil || bodies.isReady
    }

    private var stalled: Failure {
        let peer = client.options.peer
        guard outstanding > 0 else {
            return Failure(
                "Timeout",
                "\(peer) gives no credit for '\(address)': nobody receives from it, or those who "
                    + "do take no more. Wait longer with -t SECONDS",
                exitCode: .timedOut)
        }
        return Failure(
            "Timeout",
            "\(outstanding) of \(sentCount) messages were not settled in time: the receiver has "
                + "them and says nothing. Wait longer with -t SECONDS",
            exitCode: .timedOut)
    }
}

/// What became of messages that were sent.
struct OutcomeTally {
    private var counts: [String: Int] = [:]
    private(set) var total = 0
    private var reason: AMQPError?

    mutating func add(_ outcome: Outcome) {
        total += 1
        counts[outcome.state.name, default: 0] += 1
        if reason == nil { reason = outcome.details?.error }
    }

    /// What went wrong, in words; nil if all were accepted.
    var summary: String? {
        let missed = counts.filter { $0.key != "accepted" }.sorted { $0.key < $1.key }
        guard !missed.isEmpty else { return nil }
        let parts = missed.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let why = reason.map { ": \($0.name)" + ($0.text.map { " (\($0))" } ?? "") } ?? ""
        return "of \(total) \(total == 1 ? "message" : "messages"), \(parts)\(why)"
    }
}

extension Failure {
    /// As for management, but a time-out has its own exit code, and a refused address is explained.
    init(messaging error: ClientError, at place: String) {
        switch error {
        case .timedOut(_, let step) where step.hasPrefix("Waiting for credit"):
            self.init(
                error.kind,
                "\(place) gives no credit: nobody receives from the address, or those who do take "
                    + "no more. Wait longer with -t SECONDS", exitCode: .timedOut)
        case .timedOut:
            let failure = Failure(error, at: place)
            self.init(failure.kind, failure.text, exitCode: .timedOut)
        case .notAccepted: self.init(error.kind, error.description, exitCode: .notAccepted)
        case .unreachable, .security, .disconnected, .connectionClosed, .linkClosed,
            .protocolViolation, .interrupted:
            self.init(error, at: place)
        }
    }
}
