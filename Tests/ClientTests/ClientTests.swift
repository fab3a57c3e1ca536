import AMQP
import Basis
import Client
import EventLoop
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A client` {
    @Test func `receives what it sent to the same address`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let receiver = try Receiver(client, from: .address("a"), credit: 5)
        let sender = try Sender(client, to: "a")
        let message = Message(body: .value("hello")).encoded()
        #expect(try sender.send(message).state == .accepted)
        #expect(try receiver.receive().bytes == message)
    }

    @Test func `receives a message larger than a frame`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let receiver = try Receiver(client, from: .address("a"), credit: 5)
        let sender = try Sender(client, to: "a")
        let message = Message(body: .data([[UInt8](repeating: 7, count: 1_000_000)])).encoded()
        #expect(try sender.send(message, settled: true).state == .accepted)
        #expect(try receiver.receive().bytes == message)
    }

    @Test func `gets the answer to its request`() throws {
        let client = try EchoPeer().connect(sasl: ClientOptions.SASL(mechanisms: "ANONYMOUS"))
        defer { client.close() }
        let requester = try Requester(client, to: "$management")
        for number in 0..<3 {
            let reply = try requester.ask(Message(body: .value(.integer(number))))
            #expect(reply.body == .value(.integer(number)))
        }
        requester.close()
    }

    @Test func `gets the answer before its request is settled`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let requester = try Requester(client, to: "late")
        for number in 0..<2 {
            let reply = try requester.ask(Message(body: .value(.integer(number))))
            #expect(reply.body == .value(.integer(number)))
        }
    }

    @Test func `does not wait for an answer to a request that was rejected`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let requester = try Requester(client, to: "rejects")
        let error = #expect(throws: ClientError.self) {
            try requester.ask(Message(body: .value(nil)))
        }
        let reason = AMQPError(name: "amqp:internal-error", text: "no")
        #expect(error == .notAccepted("rejects", .rejected, reason))
    }

    @Test func `learns why a link was refused`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let error = #expect(throws: ClientError.self) { try Sender(client, to: "refused") }
        guard case .linkClosed(let link, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(link.isSender && link.address == "refused")
        #expect(reason == AMQPError(name: "amqp:not-found", text: "no such node"))
        #expect(throws: ClientError.self) { try Receiver(client, from: .address("refused")) }
    }

    @Test func `learns that a message was rejected, and why`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let sender = try Sender(client, to: "rejects")
        let outcome = try sender.send(Message(body: .value(nil)).encoded())
        #expect(outcome.state == .rejected)
        #expect(outcome.details?.error?.text == "no")
    }

    @Test func `learns why the connection was closed`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let sender = try Sender(client, to: "closes")
        let message = Message(body: .value(nil)).encoded()
        let error = #expect(throws: ClientError.self) {
            while true { try sender.send(message) }
        }
        guard case .connectionClosed(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason == AMQPError(name: "amqp:connection:forced", text: "told to"))
    }

    @Test func `waits no longer than told`() throws {
        let client = try EchoPeer().connect()
        defer { client.close() }
        let receiver = try Receiver(client, from: .address("quiet"))
        let error = #expect(throws: ClientError.self) { try receiver.receive(timeout: 20) }
        #expect(error?.kind == "Timeout")
    }

    @Test func `says that nobody listens`() throws {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        let port = Socket.local(listener).port
        listener.close()
        let options = ClientOptions(host: "127.0.0.1", port: port, container: "test")
        let error = #expect(throws: ClientError.self) { try Client(options) }
        #expect(error == .unreachable("127.0.0.1:\(port)", reason: "Connection refused"))
    }
}
