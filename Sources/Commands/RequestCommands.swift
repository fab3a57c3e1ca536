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
        try Traffic.run(invocation, asking: "whom?", ask)
    }

    private static func ask(
        _ address: String, _ arguments: Arguments, _ loop: ClientLoop
    ) throws -> ExitCode {
        let template = try MessageTemplate(arguments)
        let format = try arguments.choice(.format, MessageText.Format.self) ?? .body
        var bodies = try Bodies(
            arguments.operands.dropFirst(), arguments, template, repeating: false, loop: loop)
        let traffic = try Traffic(arguments, loop)
        let client = try traffic.connect()
        defer { client.close() }
        let requester = try traffic.telling { () throws(ClientError) in
            try Requester(client, to: address)
        }
        var count = 0
        defer { traffic.summarise("asked", count) }
        while true {
            switch try bodies.next() {
            case .end: return .done
            case .later:
                _ = try traffic.telling { () throws(ClientError) in
                    try client.wait(until: nil) { bodies.isReady }
                }
            case .body(let body):
                let reply = try traffic.telling { () throws(ClientError) in
                    try requester.ask(template.with(body))
                }
                count += 1
                Terminal.write(try MessageText.bytes(reply, format, address: address))
            }
        }
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
        try invocation.arguments.check(operands: 2)
        return try Traffic.run(invocation, asking: "whose requests?") {
            try Responding($0, $1, $2).run()
        }
    }

    /// Requests to one address, and our replies.
    private final class Responding {
        private let traffic: Traffic
        private let address: String
        private let template: MessageTemplate
        private let reply: Message.Body?
        private let format: MessageText.Format
        private let credit: Int
        private let client: Client

        init(_ address: String, _ arguments: Arguments, _ loop: ClientLoop) throws {
            self.address = address
            traffic = try Traffic(arguments, loop)
            template = try MessageTemplate(arguments)
            var reply: Message.Body?
            if arguments.operands.count > 1 { reply = try template.body(arguments.operands[1]) }
            if let path = arguments[.file] {
                reply = try template.body(
                    file: Files.read(path), isFormGiven: arguments.has(.form))
            }
            self.reply = reply
            format = try arguments.choice(.format, MessageText.Format.self) ?? .body
            credit = try arguments.credit(ifNone: 100)
            client = try traffic.connect()
        }

        func run() throws -> ExitCode {
            defer { client.close() }
            var repliedCount = 0
            defer { traffic.summarise("replied to", repliedCount) }
            do {
                let receiver = try Receiver(client, from: .address(address), credit: credit)
                let sender = try Sender(client, to: nil)
                while !traffic.hasEnough(repliedCount) {
                    guard let request = try next(receiver) else { break }
                    if try handle(request, receiver, sender) { repliedCount += 1 }
                    receiver.grant(credit: 1)
                }
                try sender.waitUntilWritten()
                receiver.close()
            } catch let error as ClientError {
                throw Failure(messaging: error, at: client.options.peer)
            }
            try traffic.check("replied to", repliedCount, "requests")
            return .done
        }

        /// The next request; nil when the time is over.
        private func next(_ receiver: Receiver) throws(ClientError) -> Receiver.Arrival? {
            guard try client.wait(until: traffic.end, { receiver.hasArrival || receiver.hasFailed })
            else {
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
            if !traffic.arguments.has(.quiet) {
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
