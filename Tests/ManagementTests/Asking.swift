import AMQP
import Management
import Testing

/// Tests that ask the agent of a small router.
protocol Asking {
    var router: SmallRouter { get }
    var agent: Agent { get }
}

extension Asking {
    func ask(
        _ operation: String?, _ properties: ValueMap = [:], body: Value = .map([:])
    ) throws -> Message {
        var all = properties
        if let operation { all["operation"] = .string(operation) }
        let request = Message(
            properties: Message.Properties(replyTo: "reply", correlationID: .ulong(5)),
            applicationProperties: all, body: .value(body))
        return try #require(
            agent.respond(to: request, from: router, requester: Requester(connection: 1)))
    }

    func status(_ message: Message) -> Int64? {
        message.applicationProperties?["statusCode"]?.integer
    }

    func text(_ message: Message) -> String? {
        message.applicationProperties?["statusDescription"]?.text
    }

    func body(_ message: Message) -> ValueMap? {
        guard case .value(let value) = message.body else { return nil }
        return value.map
    }

    /// The values of one attribute in the rows of a QUERY's response.
    func rows(_ message: Message) -> [Value]? {
        body(message)?["results"]?.list?.compactMap { $0.list?.first }
    }
}
