package import AMQP
package import Basis
internal import EventLoop
internal import SASL
internal import TLS
internal import Web
internal import WebSocket

/// One connection to an AMQP peer, and whoever waits on it.
///
/// Its methods that can throw wait: they turn the loop until what they are for has happened, the
/// time is over, or it can no longer happen. To be used by the loop's thread only.
package final class Client {
    package let loop: ClientLoop
    package let options: ClientOptions
    let driver: ConnectionDriver
    let channel: Channel
    /// The frames over it, if it is a WebSocket.
    let webSocket: FramedChannel?
    /// Nil for a connection without a SASL layer.
    let sasl: SASLLayer?
    /// Our conversation, where the mechanism has more than one message.
    var login: SASLClient?
    private var token: UInt64 = 0
    private var interest: Poller.Interest = [.reading, .writing]
    private(set) var session: EngineSession?
    private(set) var nextTick: Instant?
    private var links: [AnyObject] = []
    private var linkCount = 0
    private var state = State.connecting

    private enum State {
        /// The socket is not connected yet. Becomes `open` or `failed`.
        case connecting
        /// Bytes go both ways. Becomes `failed` or `closed`.
        case open
        /// The connection is gone, without our asking.
        case failed(ClientError)
        /// We have closed it.
        case closed
    }

    /// Connects, and waits until the peer has opened the connection.
    package init(
        _ options: ClientOptions, loop: ClientLoop = ClientLoop()
    ) throws(ClientError) {
        self.loop = loop
        self.options = options
        let dialling = try options.dialling()
        let socket: Descriptor
        do throws(SystemError) {
            socket = try Socket.connect(host: options.host, port: options.port)
        } catch {
            throw .unreachable(options.peer, reason: error.reason)
        }
        let channel = dialling.map { Channel(socket, dialling: $0) } ?? Channel(clear: socket)
        self.channel = channel
        webSocket = options.webSocketPath.map { path in
            let authority = Knock.authority(
                host: options.virtualHost ?? options.host, port: options.port)
            return FramedChannel(channel, knocking: .webSocket(of: authority, path: path))
        }
        driver = ConnectionDriver(server: false)
        sasl = options.sasl == nil ? nil : SASLLayer(driver.transport)
        prepare()
        token = loop.add(self, socket: socket)
        do throws(ClientError) {
            try wait("Opening connection") { driver.connection.isRemoteActive }
        } catch {
            abandon()
            throw error
        }
        let session = driver.connection.makeSession()
        session.open()
        self.session = session
    }

    private func prepare() {
        let connection = driver.connection
        connection.setContainer(options.container)
        if !options.properties.isEmpty {
            connection.setProperties(
                .map(ValueMap(options.properties.map { (.symbol($0.key), $0.value) })))
        }
        connection.setHostname(options.virtualHost ?? options.host)
        driver.transport.setMaxFrame(options.frameSizeMax)
        if let mechanisms = options.sasl?.mechanisms {
            driver.transport.allowMechanisms(mechanisms)
        }
        driver.bind()
        connection.open()
    }

    /// The properties of the peer's open.
    package var remoteProperties: Value? { driver.connection.remoteProperties }
    package var remoteContainer: String { driver.connection.remoteContainer }

    // MARK: Waiting

    /// Turns the loop until `isDone`. `timeout` nil means the options' one.
    package func wait(
        _ step: String, timeout: Milliseconds? = nil, until isDone: () -> Bool
    ) throws(ClientError) {
        let deadline = Clock.now + (timeout ?? options.timeout)
        guard try wait(until: deadline, isDone) else {
            throw .timedOut(options.peer, doing: step)
        }
    }

    /// Turns the loop until `isDone`, or until the deadline, if any. False when time is over.
    package func wait(
        until deadline: Instant?, _ isDone: () -> Bool
    ) throws(ClientError) -> Bool {
        while !isDone() {
            if case .failed(let error) = state { throw error }
            if loop.isInterrupted { throw .interrupted }
            if let deadline, deadline <= Clock.now { return false }
            loop.turn(until: deadline)
        }
        return true
    }

    /// Fails if the connection has.
    package func check() throws(ClientError) {
        if case .failed(let error) = state { throw error }
    }

    // MARK: Links

    func nextLinkName() -> String {
        linkCount += 1
        return "\(options.container)-\(linkCount)"
    }

    /// Keeps what serves a link for as long as the connection lives.
    func keep(_ owner: AnyObject) { links.append(owner) }

    // MARK: Ending

    /// Closes the connection and waits for the peer to do so too, but not for long.
    package func close() {
        guard case .open = state else { return abandon() }
        driver.connection.close()
        _ = try? wait(until: Clock.now + min(options.timeout, 1_000)) {
            !driver.connection.isRemoteActive
        }
        abandon()
    }

    /// Drops the connection at once.
    package func abandon() {
        if case .closed = state { return }
        loop.remove(channel.socket, token: token)
        webSocket?.sayGoodbye(.normal)
        channel.close()
        // The engine says nothing more to them, and they hold the client.
        links = []
        if case .failed = state { return }
        state = .closed
    }

    private func fail(_ error: ClientError) {
        switch state {
        case .connecting, .open: state = .failed(error)
        case .failed, .closed: break
        }
    }

    // MARK: Bytes

    private static let readSize = 65_536

    /// Takes in what the socket has, once it is known to have something, or to be connected.
    func advance(readable: Bool) {
        switch state {
        case .connecting:
            if let failure = Socket.connectFailure(channel.socket) {
                return fail(.unreachable(options.peer, reason: failure.reason))
            }
            state = .open
        case .open: break
        case .failed, .closed: return
        }
        if readable || channel.readsByWriting { read() }
        takeEvents()
    }

    /// Writes what there is to write. True if something has come of it that somebody may wait for.
    @discardableResult
    func flush() -> Bool {
        guard case .open = state else { return false }
        tick()
        write()
        let hasEvents = takeEvents()
        guard case .open = state else { return true }
        return hasEvents
    }

    /// Every byte has gone to the system.
    var isWritten: Bool { driver.writeBuffer().isEmpty }

    private func read() {
        while !driver.isReadClosed {
            let room = driver.readBuffer(size: Self.readSize)
            guard !room.isEmpty else { return }
            switch receive(into: room) {
            case .done(let count):
                guard driver.readDone(count) else {
                    return fail(.disconnected(options.peer, nil))
                }
                hearLogin()
                takeEvents()
                if count < room.count, !hasMore { return }
            case .wouldBlock: return
            case .ended:
                // What the peer said last may have left the engine something to say of it.
                _ = driver.writeBuffer()
                takeEvents()
                driver.readClose()
                takeEvents()
                fail(.disconnected(options.peer, nil))
            case .failed(let error): return streamFailed(error)
            }
        }
    }

    private func write() {
        while true {
            let bytes = driver.writeBuffer()
            guard !bytes.isEmpty || webSocket?.owesFrame == true else {
                return want(channel.readsByWriting ? [.reading, .writing] : [.reading])
            }
            switch send(bytes) {
            case .done(let count): driver.writeDone(count)
            case .wouldBlock: return want(awaitsRoom ? [.reading, .writing] : [.reading])
            case .ended: return
            case .failed(let error): return streamFailed(error)
            }
        }
    }

    private func streamFailed(_ error: SystemError) {
        driver.close()
        let words: (name: String, text: String)
        if channel.refusal != nil {
            words = ("amqp:connection:framing-error", "SSL Failure: \(error.reason)")
        } else if let violation = webSocket?.violation {
            words = ("amqp:connection:framing-error", "WebSocket: \(violation)")
        } else {
            words = ("amqp:connection:forced", error.description)
        }
        fail(.disconnected(options.peer, AMQPError(name: words.name, text: words.text)))
    }

    private func want(_ wanted: Poller.Interest) {
        guard wanted != interest else { return }
        interest = wanted
        loop.change(channel.socket, token: token, for: wanted)
    }

    private func tick() {
        let now = Int64(Clock.now.nanoseconds / 1_000_000)
        let next = driver.transport.tick(milliseconds: now)
        nextTick = next > 0 ? Instant(milliseconds: UInt64(next)) : nil
    }

    // MARK: Events

    /// True if there were any.
    @discardableResult
    private func takeEvents() -> Bool {
        var count = 0
        while let event = driver.nextEvent() {
            count += 1
            switch event.kind {
            case .delivery: takeDelivery(event)
            case .linkRemoteClose, .linkRemoteDetach: takeDetach(event)
            case .linkFlow: takeFlow(event)
            case .connectionRemoteClose:
                let error = driver.connection.remoteCondition.error
                driver.connection.close()
                fail(.connectionClosed(options.peer, error))
            case .transportError:
                fail(.disconnected(options.peer, driver.transport.condition.error))
            case .connectionRemoteOpen, .sessionRemoteOpen, .sessionRemoteClose, .linkRemoteOpen,
                .linkFinal, .transportInputClosed, .transportClosed, .other:
                break
            }
        }
        return count > 0
    }

    private func takeFlow(_ event: Event) {
        guard let link = event.link, link.isSender else { return }
        link.owner(as: Sender.self)?.takeUnretainedValue().creditChanged()
    }

    private func takeDelivery(_ event: Event) {
        guard let delivery = event.delivery else { return }
        let link = delivery.link
        if link.isSender {
            link.owner(as: Sender.self)?.takeUnretainedValue().updated(delivery)
        } else {
            link.owner(as: Receiver.self)?.takeUnretainedValue().readable(delivery)
        }
    }

    private func takeDetach(_ event: Event) {
        guard let link = event.link, link.isLocalActive else { return }
        let identity = ClientError.LinkIdentity(
            isSender: link.isSender, name: link.name,
            address: (link.isSender ? link.target : link.source).address)
        let error = ClientError.linkClosed(identity, link.remoteCondition.error)
        link.close()
        if link.isSender {
            link.owner(as: Sender.self)?.takeUnretainedValue().closed(error)
        } else {
            link.owner(as: Receiver.self)?.takeUnretainedValue().closed(error)
        }
    }
}

extension ClientOptions {
    /// Where the client connects, as a person would write it.
    package var peer: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
