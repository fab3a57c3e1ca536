import AMQP
import Client
import EventLoop

/// A peer on a port of the kernel's choice that takes one connection and serves it: a message to an
/// address goes to every receiver from it, one with a reply-to comes back there as a reply.
///
/// A link to or from `refused` is detached with `amqp:not-found`; a message to `closes` ends the
/// connection with an error; one to `rejects` is rejected; one to `late` is settled only when the
/// reply to it was.
struct EchoPeer {
    let port: String
    private let listener: Descriptor

    init() throws {
        let listener = try Socket.listen(host: "127.0.0.1", port: "0")[0]
        self.listener = listener
        port = Socket.local(listener).port
        // Not joined: it ends when its one connection does.
        let thread = WorkerThread(name: "peer") {
            Service.accept(listener)?.run()
        }
        thread.detach()
    }

    func connect(sasl: ClientOptions.SASL? = nil) throws -> Client {
        var options = ClientOptions(host: "127.0.0.1", port: port, container: "test")
        options.sasl = sasl
        return try Client(options)
    }
}

private final class Service {
    private let socket: Descriptor
    private let driver = ConnectionDriver(server: true)
    private let poller = Poller()
    private var count: UInt64 = 0
    private var outlets: [(address: String, link: EngineLink)] = []
    private var late: EngineDelivery?

    static func accept(_ listener: Descriptor) -> Service? {
        let poller = Poller()
        poller.add(listener, token: 0, for: .reading)
        while true {
            _ = poller.wait(milliseconds: -1)
            if case .connection(let socket, _) = Socket.accept(listener) {
                poller.remove(listener)
                listener.close()
                return Service(socket)
            }
        }
    }

    private init(_ socket: Descriptor) {
        self.socket = socket
        driver.transport.requireAuthentication(false)
        driver.bind()
        poller.add(socket, token: 0, for: .reading)
    }

    func run() {
        while !driver.isFinished {
            let isWritten = driver.writeBuffer().isEmpty
            poller.change(socket, token: 0, for: isWritten ? .reading : [.reading, .writing])
            _ = poller.wait(milliseconds: -1)
            read()
            while let event = driver.nextEvent() { take(event) }
            while case let bytes = driver.writeBuffer(), !bytes.isEmpty,
                case .done(let count) = socket.send(bytes)
            {
                driver.writeDone(count)
            }
            while let event = driver.nextEvent() { take(event) }
            if driver.isWriteClosed { break }
        }
        socket.close()
    }

    private func read() {
        let room = driver.readBuffer(size: 4_096)
        guard !room.isEmpty else { return }
        switch socket.receive(into: room) {
        case .done(let count): _ = driver.readDone(count)
        case .wouldBlock: break
        case .ended, .failed: driver.close()
        }
    }

    private func take(_ event: Event) {
        switch event.kind {
        case .connectionRemoteOpen: driver.connection.open()
        case .connectionRemoteClose: driver.connection.close()
        case .sessionRemoteOpen: event.session?.open()
        case .linkRemoteOpen: event.link.map(attach)
        case .linkRemoteClose: event.link?.close()
        case .delivery: event.delivery.map(deliver)
        default: break
        }
    }

    private func attach(_ link: EngineLink) {
        let address = (link.isSender ? link.remoteSource : link.remoteTarget).address
        if address == "refused" {
            link.open()
            link.condition.set(AMQPError(name: "amqp:not-found", text: "no such node"))
            return link.close()
        }
        link.source.copy(link.remoteSource)
        link.target.copy(link.remoteTarget)
        if link.isSender {
            let name = link.remoteSource.isDynamic ? "temp.\(outlets.count)" : address ?? ""
            link.source.setAddress(name)
            outlets.append((name, link))
        }
        link.open()
        if !link.isSender { link.grant(credit: 10) }
    }

    private func deliver(_ delivery: EngineDelivery) {
        let link = delivery.link
        if link.isSender, delivery.isUpdated, let request = late {
            request.update(.accepted)
            request.settle()
            late = nil
        }
        guard !link.isSender, delivery.isReadable, !delivery.isPartial else { return }
        var bytes = [UInt8](repeating: 0, count: delivery.pending)
        _ = bytes.withUnsafeMutableBytes { link.receive(into: $0) }
        link.advance()
        let address = link.target.address ?? ""
        if address == "late" {
            late = delivery
            return forward(bytes, to: address, settled: false)
        }
        if address == "rejects" {
            delivery.update(.rejected(AMQPError(name: "amqp:internal-error", text: "no")))
        } else {
            delivery.update(.accepted)
        }
        delivery.settle()
        link.grant(credit: 1)
        if address == "closes" {
            driver.connection.condition.set(
                AMQPError(name: "amqp:connection:forced", text: "told to"))
            return driver.connection.close()
        }
        forward(bytes, to: address)
    }

    private func forward(_ bytes: [UInt8], to address: String, settled: Bool = true) {
        var bytes = bytes
        var address = address
        if let request = try? Message(decoding: bytes), let properties = request.properties,
            let replyTo = properties.replyTo
        {
            let reply = Message.Properties(
                to: replyTo, correlationID: properties.correlationID)
            address = replyTo
            bytes = Message(properties: reply, body: request.body).encoded()
        }
        for outlet in outlets where outlet.address == address {
            count += 1
            let delivery = outlet.link.deliver(tag: count)
            bytes.withUnsafeBytes { outlet.link.send($0) }
            outlet.link.advance()
            if settled { delivery.settle() }
        }
    }
}
