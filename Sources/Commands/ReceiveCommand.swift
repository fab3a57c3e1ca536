internal import AMQP
internal import Basis
internal import Client
internal import EventLoop
internal import Options

extension Option {
    static let credit = Option(
        nil, "credit", argument: "COUNT",
        help: "Let so many messages be under way to us; 100 if not given")
    static let idle = Option(
        nil, "idle", argument: "SECONDS", help: "Stop when no message came for so long")
    static let settledOnly = Option(
        nil, "presettled", help: "Ask for messages that are settled when they are sent")
    static let outcome = Option(
        nil, "outcome", argument: "accepted|rejected|released|modified",
        help: "Settle messages so; accepted if not given")
    static let format = Option(
        nil, "format", argument: "body|full|json",
        help: "Print the body alone (so if not given), all fields, or a line of JSON")
    static let directory = Option(
        "o", "output", argument: "DIRECTORY",
        help: "Write each message's body into a file of its own there: 000001, 000002, ...")
}

/// `martlet receive`
enum ReceiveCommand {
    static let command = Command(
        "receive", operands: "ADDRESS...", summary: "Receive messages from addresses",
        details: [
            "Goes on until --count messages have come, the time is over, or it is interrupted. A "
                + "message is accepted after it was written; with several addresses, those beyond "
                + "the count are released.",
            "Exits with 0 if all that was asked for has come, 4 if the time was over before "
                + "--count had come, 130 if interrupted, 1 for other failures.",
        ],
        groups: [
            OptionGroup(
                "Options",
                [
                    .count, .duration, .idle, .credit, .settledOnly, .outcome, .format, .directory,
                    .quiet, .verbose,
                ]), .connection,
        ]
    ) { invocation in
        try Traffic.run(invocation, asking: "where from?") { try Receiving($1, $2).run() }
    }
}

enum SettlingOutcome: String, CaseIterable {
    case accepted, rejected, released, modified

    var state: DeliveryState {
        switch self {
        case .accepted: .accepted
        case .rejected: .rejected
        case .released: .released
        case .modified: .modified
        }
    }
}

/// Messages that come from some addresses.
private final class Receiving {
    private let traffic: Traffic
    private let credit: Int
    private let idle: Milliseconds?
    private let outcome: DeliveryState
    private let format: MessageText.Format
    private var progress: Progress
    private let client: Client
    private var receivers: [Receiver] = []
    private var receivedCount = 0
    private var grantedCount = 0
    private var latest = Clock.now
    private var failure: Failure?
    /// Nobody reads what is printed.
    private var isUnread = false

    init(_ arguments: Arguments, _ loop: ClientLoop) throws {
        traffic = try Traffic(arguments, loop)
        credit = try arguments.credit(ifNone: 100)
        idle = try arguments.seconds(.idle)
        outcome = try arguments.choice(.outcome, SettlingOutcome.self)?.state ?? .accepted
        format = try arguments.choice(.format, MessageText.Format.self) ?? .body
        // What is printed is progress enough.
        let isQuiet = arguments.has(.quiet) || Terminal.isOutput
        progress = Progress(isQuiet: isQuiet, from: traffic.start)
        client = try traffic.connect()
    }

    func run() throws -> ExitCode {
        defer { client.close() }
        guard !traffic.hasEnough(0) else { return .done }
        // A loop that watches a pipe is called when nobody reads it any more.
        let output = Descriptor.standardOutput
        let pipe = output.isPipe && !traffic.arguments.has(.directory) ? output : nil
        let token = pipe.map { pipe in
            client.loop.watch(pipe) { [unowned self] in isUnread = true }
        }
        defer { if let pipe, let token { client.loop.unwatch(pipe, token: token) } }
        defer {
            progress.clear()
            traffic.summarise("received", receivedCount)
        }
        try traffic.telling { () throws(ClientError) in
            try attach()
            try receive()
        }
        if let failure { throw failure }
        if isUnread { return .pipeClosed }
        try traffic.check("received", receivedCount)
        return .done
    }

    private func attach() throws(ClientError) {
        for address in traffic.arguments.operands {
            let receiver = try Receiver(
                client, from: .address(address),
                settlement: traffic.arguments.has(.settledOnly) ? .settled : .mixed)
            receiver.onArrival = { [unowned self, unowned receiver] arrival in
                take(arrival, from: receiver, address)
            }
            receivers.append(receiver)
        }
        for receiver in receivers { grant(credit, to: receiver) }
        latest = Clock.now
    }

    /// No more than what is still wanted. Of several addresses, each may have it all: what comes
    /// beyond that is released.
    private func grant(_ wanted: Int, to receiver: Receiver) {
        let before = receivers.count == 1 ? grantedCount : receivedCount
        let granted = min(wanted, (traffic.count ?? Int.max) - before)
        guard granted > 0 else { return }
        grantedCount += granted
        receiver.grant(credit: granted)
    }

    private var isDone: Bool {
        isUnread || failure != nil || traffic.hasEnough(receivedCount)
    }

    private func receive() throws(ClientError) {
        while !isDone {
            let idleEnd = idle.map { latest + $0 }
            let now = Clock.now
            if let stop = [traffic.end, idleEnd].compactMap({ $0 }).min(), stop <= now { return }
            progress.tell("received", receivedCount, of: traffic.count, at: now)
            let before = receivedCount
            let deadline = [traffic.end, idleEnd, progress.due].compactMap { $0 }.min()
            _ = try client.wait(until: deadline) {
                receivedCount != before || isDone || receivers.contains(where: \.hasFailed)
            }
            for receiver in receivers { try receiver.check() }
        }
    }

    private func take(_ arrival: Receiver.Arrival, from receiver: Receiver, _ address: String) {
        guard !isDone, failure == nil else { return receiver.settle(arrival, .released) }
        do throws(Failure) {
            try write(arrival, address)
        } catch {
            failure = error
            return receiver.settle(arrival, .released)
        }
        receivedCount += 1
        latest = Clock.now
        receiver.settle(arrival, outcome)
        grant(1, to: receiver)
    }

    private func write(_ arrival: Receiver.Arrival, _ address: String) throws(Failure) {
        let message: Message
        do throws(Malformed) {
            message = try Message(decoding: arrival.bytes)
        } catch {
            throw Failure("MessageException", "a message from '\(address)' \(error)")
        }
        guard let directory = traffic.arguments[.directory] else {
            return Terminal.write(try MessageText.bytes(message, format, address: address))
        }
        let name = Cell.padded(Int64(receivedCount + 1), 6)
        let bytes =
            format == .body
            ? try MessageText.body(message.body)
            : try MessageText.bytes(message, format, address: address)
        try Files.write(bytes, to: "\(directory)/\(name)")
    }
}
