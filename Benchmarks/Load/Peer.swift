internal import AMQP
internal import EventLoop

/// One connection to the router.
final class Peer {
    let driver = ConnectionDriver(server: false)
    let socket: Descriptor
    let token: UInt64
    /// What is sent on the connection, if anything.
    var outlet: Outlet?
    /// Why the socket failed, if it did.
    private(set) var failure: SystemError?
    /// The socket took less than there was to write.
    private(set) var isBlocked = false
    /// The poller tells when the socket can be written to.
    private var isWatchedForWriting = true

    private static let readSize = 65_536
    private static let largestFrame = 65_536

    /// Starts to connect, and opens the AMQP connection.
    init(
        host: String, port: String, container: String, token: UInt64
    ) throws(SystemError) {
        socket = try Socket.connect(host: host, port: port)
        self.token = token
        driver.connection.setContainer(container)
        driver.connection.setHostname(host)
        driver.transport.setMaxFrame(Self.largestFrame)
        driver.transport.allowMechanisms("ANONYMOUS")
        driver.bind()
        driver.connection.open()
    }

    deinit { socket.close() }

    /// Makes a session that takes as much as its links have credit for.
    func makeSession() -> EngineSession {
        let session = driver.connection.makeSession()
        session.setIncomingCapacity(64 << 20)
        session.open()
        return session
    }

    /// Takes in what the socket has.
    func receive() {
        let room = driver.readBuffer(size: Self.readSize)
        guard !room.isEmpty else { return }
        switch socket.receive(into: room) {
        case .done(let count): _ = driver.readDone(count)
        case .wouldBlock: break
        case .ended: driver.readClose()
        case .failed(let error):
            failure = error
            driver.close()
        }
    }

    /// Writes what there is, as far as the socket takes it. Gives whether that was anything.
    func flush(_ poller: borrowing Poller) -> Bool {
        var hasWritten = false
        isBlocked = false
        while !isBlocked {
            let bytes = driver.writeBuffer()
            guard !bytes.isEmpty else { break }
            switch socket.send(bytes) {
            case .done(let count):
                driver.writeDone(count)
                hasWritten = true
            case .wouldBlock: isBlocked = true
            case .ended, .failed:
                driver.close()
                return false
            }
        }
        if isBlocked != isWatchedForWriting {
            isWatchedForWriting = isBlocked
            poller.change(socket, token: token, for: isBlocked ? [.reading, .writing] : .reading)
        }
        return hasWritten
    }
}
