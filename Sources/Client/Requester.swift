package import AMQP
package import Basis

/// Asks and waits for the answer: a sender to an address, and a receiver of a dynamic one for the
/// replies, told apart by correlation-id (MG-243).
package final class Requester {
    package let client: Client
    package let address: String
    private let sender: Sender
    private let receiver: Receiver
    private var count = 0

    package init(_ client: Client, to address: String) throws(ClientError) {
        self.client = client
        self.address = address
        sender = try Sender(client, to: address)
        receiver = try Receiver(client, from: .dynamic, credit: 1)
    }

    /// Sends the request, its reply-to and correlation-id set, and gives the reply.
    package func ask(_ request: Message, timeout: Milliseconds? = nil) throws(ClientError)
        -> Message
    {
        count += 1
        let correlation = Value.string(String(count))
        var request = request
        var properties = request.properties ?? Message.Properties()
        properties.replyTo = receiver.address
        properties.correlationID = correlation
        request.properties = properties
        try sender.wait("Waiting for credit on sender \(sender.link.name)", timeout: timeout) {
            sender.canSend
        }
        if receiver.link.credit == 0 { receiver.grant(credit: 1) }
        sender.forgetOutcomes()
        let number = sender.enqueue(request.encoded())
        while true {
            let arrival = try nextArrival(after: number, timeout: timeout)
            receiver.settle(arrival)
            do throws(Malformed) {
                let reply = try Message(decoding: arrival.bytes, ignoringRest: true)
                if reply.properties?.correlationID == correlation { return reply }
            } catch {
                throw .protocolViolation("a reply from '\(address)' \(error)")
            }
        }
    }

    /// The next message that comes, be it before or after the request's outcome: a responder may
    /// settle the request only when its reply was settled.
    private func nextArrival(
        after number: Int, timeout: Milliseconds?
    ) throws(ClientError) -> Receiver.Arrival {
        let step = "Receiving on receiver \(receiver.link.name)"
        var refusal: Outcome?
        try receiver.wait(step, timeout: timeout) {
            if let outcome = sender.outcome(of: number), outcome.state != .accepted {
                refusal = outcome
            }
            return refusal != nil || receiver.hasArrival || sender.hasFailed
        }
        try sender.check()
        if let refusal { throw .notAccepted(address, refusal.state, refusal.details?.error) }
        return try receiver.receive(timeout: timeout)
    }

    package func close() {
        receiver.close()
        sender.close()
    }
}

extension DeliveryState {
    /// In AMQP's word.
    package var name: String {
        switch self {
        case .accepted: "accepted"
        case .rejected: "rejected"
        case .released: "released"
        case .modified: "modified"
        case .received: "received"
        case .none: "settled without an outcome"
        default: "given state 0x" + String(rawValue, radix: 16)
        }
    }
}
