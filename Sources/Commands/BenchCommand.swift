internal import AMQP
internal import Basis
internal import Client
internal import EventLoop
internal import Options

extension Option {
    static let pairs = Option(
        nil, "pairs", argument: "COUNT",
        help: "Use so many senders and receivers, each pair with an address of its own")
    static let benchSize = Option(
        "s", "size", argument: "BYTES",
        help: "Send messages with so many bytes of data; 100 if "
            + "not given, 8 at least")
    static let benchDuration = Option(
        nil, "duration", argument: "SECONDS",
        help: "Send for so long; 5 if neither this nor --count is given")
    static let benchCredit = Option(
        nil, "credit", argument: "COUNT",
        help: "Let so many messages be under way to each receiver; 1000 if not given")
    static let benchRate = Option(
        nil, "rate", argument: "RATE",
        help: "So many messages a second, all pairs together; as fast as can be if not given, and "
            + "then latency is that of full queues")
}

/// `martlet bench`
enum BenchCommand {
    static let command = Command(
        "bench", operands: "[ADDRESS]", summary: "Measure rate and latency of a router",
        details: [
            "Sends messages to ADDRESS (martlet.bench if not given) and receives them again, from "
                + "one thread. Latency is from sending to receiving.",
            "Exits with 0 if all came back and was accepted, 3 if not, 130 if interrupted; prints "
                + "what was measured in any case.",
        ],
        groups: [
            OptionGroup(
                "Options",
                [
                    .count, .benchDuration, .benchRate, .benchSize, .pairs, .presettled,
                    .benchCredit,
                    .json, .quiet, .verbose,
                ]), .connection,
        ]
    ) { invocation in
        try invocation.arguments.check(operands: 1)
        return try Interruption.guarding { loop in
            try Bench(invocation.arguments, loop).run()
        }
    }
}

/// Traffic of our own through a router, measured.
private final class Bench {
    private var traffic: Traffic
    private let size: Int
    private let isPresettled: Bool
    private let rate: Double?
    private var pairs: [Pair] = []
    private var histogram = LatencyHistogram()
    private var tally = OutcomeTally()
    private var sentCount = 0
    private var template: [UInt8]
    private var latest = Clock.now

    private struct Pair {
        let sender: Sender
        let receiver: Receiver
    }

    init(_ arguments: Arguments, _ loop: ClientLoop) throws {
        traffic = try Traffic(arguments, loop, span: 5_000)
        size = max(8, try arguments.count(.size, atMost: MessageTemplate.sizeMax) ?? 100)
        isPresettled = arguments.has(.presettled)
        template = Message(body: .data([[UInt8](repeating: 0, count: size)])).encoded()
        rate = try arguments.number(.rate)
        let pairCount = max(1, try arguments.count(.pairs, atMost: 10_000) ?? 1)
        let credit = try arguments.credit(ifNone: 1_000)
        try traffic.telling { () throws(ClientError) in try open(pairCount, credit: credit) }
    }

    private func open(_ pairCount: Int, credit: Int) throws(ClientError) {
        let address = traffic.arguments.operands.first ?? "martlet.bench"
        let loop = traffic.loop
        var receiving = traffic.options
        receiving.container += "-receiver"
        var sending = traffic.options
        sending.container += "-sender"
        for number in 1...pairCount {
            let name = pairCount == 1 ? address : "\(address).\(number)"
            let receiver = try Receiver(
                Client(receiving, loop: loop), from: .address(name), credit: credit)
            receiver.onArrival = { [unowned self, unowned receiver] arrival in
                take(arrival, from: receiver)
            }
            let sender = try Sender(
                Client(sending, loop: loop), to: name,
                settlement: isPresettled ? .settled : .unsettled)
            sender.onOutcome = { [unowned self] _, outcome in tally.add(outcome) }
            pairs.append(Pair(sender: sender, receiver: receiver))
        }
        for pair in pairs { try pair.sender.wait("Waiting for credit") { pair.sender.canSend } }
    }

    private func take(_ arrival: Receiver.Arrival, from receiver: Receiver) {
        let now = Clock.now
        latest = now
        let sent = arrival.bytes.suffix(size).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if sent > 0, sent <= now.nanoseconds { histogram.record(now.nanoseconds - sent) }
        receiver.settle(arrival)
        receiver.grant(credit: 1)
    }

    func run() throws -> ExitCode {
        defer { for pair in pairs { pair.sender.client.close(); pair.receiver.client.close() } }
        traffic.restart()
        let start = traffic.start
        var failure: Failure?
        var end = start
        do throws(Failure) {
            try traffic.telling { () throws(ClientError) in
                try send(from: start)
                end = Clock.now
                try drain()
            }
        } catch {
            failure = error
        }
        let span = max(Milliseconds(1), max(end, latest).since(start))
        let report = BenchReport(
            sentCount: sentCount, receivedCount: histogram.count, size: size, span: span,
            histogram: histogram)
        Terminal.write(traffic.arguments.has(.json) ? try report.json : report.text)
        let missed = tally.summary
        if let missed { Terminal.say("martlet bench: " + missed) }
        if let failure { throw failure }
        if !isPresettled, histogram.count < sentCount {
            Terminal.say("martlet bench: \(sentCount - histogram.count) messages did not arrive")
            return .notAccepted
        }
        return missed == nil ? .done : .notAccepted
    }

    private func send(from start: Instant) throws(ClientError) {
        var pace = Pace(rate: rate, from: start)
        var progress = Progress(isQuiet: traffic.arguments.has(.quiet), from: start)
        defer { progress.clear() }
        while !traffic.hasEnough(sentCount), !traffic.isOver {
            let now = Clock.now
            let isIdle = !sendBurst(&pace, now)
            progress.tell("received", histogram.count, of: traffic.count, at: now)
            let waits = [traffic.end, progress.due, rate == nil ? nil : pace.due].compactMap { $0 }
            traffic.loop.turn(until: isIdle ? waits.min() ?? now + 200 : now)
            try check(now)
        }
    }

    private static let burst = 32

    /// Sends what is due, no more than a burst on each link. False if there was nothing to send.
    private func sendBurst(_ pace: inout Pace, _ now: Instant) -> Bool {
        var hasSent = false
        for _ in 0..<Self.burst {
            for pair in pairs where pair.sender.canSend {
                guard pace.due <= now, !traffic.hasEnough(sentCount) else { return hasSent }
                let time = Clock.now.nanoseconds
                let place = template.count - size
                for byte in 0..<8 {
                    template[place + byte] = UInt8(
                        truncatingIfNeeded: time >> UInt64(56 - 8 * byte))
                }
                _ = pair.sender.enqueue(template, settled: isPresettled)
                pace.took()
                sentCount += 1
                hasSent = true
            }
        }
        return hasSent
    }

    private func check(_ now: Instant) throws(ClientError) {
        if traffic.loop.isInterrupted { throw .interrupted }
        for pair in pairs {
            try pair.sender.check()
            try pair.receiver.check()
            try pair.sender.client.check()
            try pair.receiver.client.check()
        }
    }

    /// Waits for what is still under way, as long as some of it comes.
    private func drain() throws(ClientError) {
        let patience: Milliseconds = isPresettled ? 200 : 2_000
        latest = Clock.now
        while histogram.count < sentCount || (!isPresettled && tally.total < sentCount) {
            let deadline = latest + patience
            guard Clock.now < deadline else { return }
            traffic.loop.turn(until: deadline)
            try check(Clock.now)
        }
    }
}

/// What a benchmark has measured.
struct BenchReport {
    let sentCount: Int
    let receivedCount: Int
    /// Bytes of data in a message.
    let size: Int
    let span: Milliseconds
    let histogram: LatencyHistogram

    private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99), ("p99.9", 99.9)]

    private var seconds: Double { Double(span.count) / 1_000 }
    private var rate: Double { Double(receivedCount) / seconds }

    var text: String {
        let megabytes = rate * Double(size) / 1e6
        var text = "sent      \(Cell.commas(String(sentCount)))\n"
        text += "received  \(Rate.text(receivedCount, in: span)), "
        text += "\(Cell.fixed(megabytes, 1)) MB/s\n"
        guard histogram.count > 0 else { return text }
        text += "latency   "
        text += Self.percentiles.map { name, percent in
            "\(name) \(LatencyHistogram.text(histogram.percentile(percent)))"
        }.joined(separator: ", ")
        text += ", max \(LatencyHistogram.text(histogram.largest))\n"
        guard Terminal.isOutput else { return text }
        return text + "\n" + histogram.chart(width: min(80, Terminal.size.columns))
    }

    /// Latencies in microseconds.
    var json: String {
        get throws {
            let microseconds = { (time: UInt64) in Value.double(Double(time) / 1_000) }
            var latency = ValueMap()
            for (name, percent) in Self.percentiles {
                latency[name] = microseconds(histogram.percentile(percent))
            }
            latency["mean"] = microseconds(histogram.mean)
            latency["max"] = microseconds(histogram.largest)
            let report: Value = [
                "sent": .integer(sentCount), "received": .integer(receivedCount),
                "seconds": .double(seconds), "rate": .double(rate.rounded()),
                "size": .integer(size), "latency": .map(latency),
            ]
            return try JSONText.encode(report) + "\n"
        }
    }
}
