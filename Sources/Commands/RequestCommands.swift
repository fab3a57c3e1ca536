internal import AMQP
internal import Basis
internal import Client
internal import EventLoop
internal import Options

/// `martlet request` and `martlet respond`
enum RequestCommands {
    static let request = Command(
        "request", operands: "ADDRESS [MESSAGE...]",
        summary: "Send requests to an address and print the replies",
        details: [
            "Sends one request after the other, each when the reply to the one before has come.",
            "Exits with 0 if each was replied to, 3 if one was not accepted, 4 if a reply did not "
                + "come within --timeout, 1 for other failures.",
        ],
        groups: [
            .bodies, .properties, OptionGroup("Options", [.count, .format, .quiet, .verbose]),
            .connection,
        ]
    ) { invocation in
        guard let address = invocation.operands.first else {
            throw UsageError("whom? Give an address")
        }
        return try Interruption.guarding { loop in
            try ask(address, invocation.arguments, loop)
        }
    }

    private static func ask(
        _ address: String, _ arguments: Arguments, _ loop: ClientLoop
    ) throws -> ExitCode {
        let template = try MessageTemplate(arguments)
        let format = try arguments.choice(.format, MessageText.Format.self) ?? .body
        var bodies = try Bodies(
            arguments.operands.dropFirst(), arguments, template, repeating: false, loop: loop)
        let options = try arguments.clientOptions()
        let start = Clock.now
        var count = 0
        do {
            let client = try Client(options, loop: loop)
            defer { client.close() }
            let requester = try Requester(client, to: address)
            while true {
                switch try bodies.next() {
                case .end:
                    summarise("asked", count, since: start, arguments)
                    return .done
                case .later: _ = try client.wait(until: nil) { bodies.isReady }
                case .body(let body):
                    let reply = try requester.ask(template.with(body))
                    count += 1
                    Terminal.write(try MessageText.bytes(reply, format, address: address))
                }
            }
        } catch let error as ClientError {
            throw Failure(messaging: error, at: options.peer)
        }
    }

    private static func summarise(
        _ verb: String, _ count: Int, since start: Instant, _ arguments: Arguments
    ) {
        guard !arguments.has(.quiet), arguments.has(.verbose) || Terminal.isError else {
            return
        }
        Terminal.say("\(verb) " + Rate.text(count, in: Clock.now.since(start)))
    }

    static let respond = Command(
        "respond", operands: "ADDRESS [MESSAGE]", summary: "Reply to the requests to an address",
        details: [
            "Replies with MESSAGE or the file's content, or else with the request's own body.",
            "Exits with 0 when --count requests were replied to or --duration is over, 4 if the "
                + "time was over before --count, 130 if interrupted.",
        ],
        groups: [
            .properties,
            OptionGroup(
                "Options", [.file, .form, .count, .duration, .credit, .format, .quiet, .verbose]),
            .connection,
        ]
    ) { invocation in
        guard let address = invocation.operands.first else {
            throw UsageError("whose requests? Give an address")
        }
        try invocation.arguments.check(operands: 2)
        return try Interruption.guarding { loop in
            try Responding(address, invocation.arguments, loop).run()
        }
    }

    /// Requests to one address, and our replies.
    private final class Responding {
        private let arguments: Arguments
        private let address: String
        private let template: MessageTemplate
        private let reply: Message.Body?
        private let format: MessageText.Format
        private let count: Int?
        private let credit: Int
        private let start = Clock.now
        private let end: Instant?
        private let client: Client

        init(_ address: String, _ arguments: Arguments, _ loop: ClientLoop) throws {
            self.address = address
            self.arguments = arguments
            template = try MessageTemplate(arguments)
            var reply: Message.Body?
            if arguments.operands.count > 1 { reply = try template.body(arguments.operands[1]) }
            if let path = arguments[.file] {
                reply = try template.body(
                    file: Files.read(path), isFormGiven: arguments.has(.form))
            }
            self.reply = reply
            format = try arguments.choice(.format, MessageText.Format.self) ?? .body
            count = try arguments.count(.count)
            credit = max(1, try arguments.count(.credit) ?? 100)
            end = try arguments.number(.duration).map { [start] in
                start + Milliseconds(UInt64($0 * 1_000))
            }
            let options = try arguments.clientOptions()
            do throws(ClientError) {
                client = try Client(options, loop: loop)
            } catch {
                throw Failure(messaging: error, at: options.peer)
            }
        }

        func run() throws -> ExitCode {
            defer { client.close() }
            var repliedCount = 0
            do {
                let receiver = try Receiver(client, from: .address(address), credit: credit)
                let sender = try Sender(client, to: nil)
                while count.map({ repliedCount < $0 }) ?? true {
                    guard let request = try next(receiver) else { break }
                    if try handle(request, receiver, sender) { repliedCount += 1 }
                    receiver.grant(credit: 1)
                }
                try sender.waitUntilWritten()
                receiver.close()
            } catch let error as ClientError {
                RequestCommands.summarise("replied to", repliedCount, since: start, arguments)
                throw Failure(messaging: error, at: client.options.peer)
            }
            RequestCommands.summarise("replied to", repliedCount, since: start, arguments)
            guard let count, repliedCount < count else { return .done }
            throw Failure(
                "Timeout", "replied to \(repliedCount) of \(count) requests in the time given",
                exitCode: .timedOut)
        }

        /// The next request; nil when the time is over.
        private func next(_ receiver: Receiver) throws(ClientError) -> Receiver.Arrival? {
            guard try client.wait(until: end, { receiver.hasArrival || receiver.hasFailed }) else {
                return nil
            }
            return try receiver.receive()
        }

        /// Replies, if there is somewhere to reply to.
        private func handle(
            _ arrival: Receiver.Arrival, _ receiver: Receiver, _ sender: Sender
        ) throws -> Bool {
            let request: Message
            do throws(Malformed) {
                request = try Message(decoding: arrival.bytes)
            } catch {
                Terminal.say("martlet respond: a request \(error)")
                receiver.settle(arrival, .rejected)
                return false
            }
            if !arguments.has(.quiet) {
                Terminal.write(try MessageText.bytes(request, format, address: address))
            }
            guard let replyTo = request.properties?.replyTo else {
                Terminal.say("martlet respond: a request has no reply-to")
                receiver.settle(arrival, .rejected)
                return false
            }
            var message = template.with(reply ?? request.body)
            var properties = message.properties ?? Message.Properties()
            properties.to = replyTo
            properties.correlationID =
                request.properties?.correlationID ?? request.properties?.messageID
            message.properties = properties
            let outcome = try sender.send(message.encoded())
            receiver.settle(arrival, outcome.state == .accepted ? .accepted : .released)
            if outcome.state != .accepted {
                Terminal.say("martlet respond: the reply was \(outcome.state.name)")
            }
            return true
        }
    }
}
