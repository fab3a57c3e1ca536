internal import AMQP
internal import Basis
internal import EventLoop
internal import SASL
internal import TLS

/// One client's conversation with a service, over a connection of its own. What the client says comes by
/// `hear`; what the service says goes to whoever has asked last.
final class ServiceTalk {
    let login: AuthService.Login
    let source: LoginSource
    /// When it is given up.
    let due: Instant
    private(set) var tell: @Sendable (AuthService.Said) -> Void
    private(set) var interest: Poller.Interest = [.reading, .writing]
    private let place: AuthService.Place
    private let channel: Channel
    private let driver = ConnectionDriver(server: false)
    private let sasl: SASLLayer
    private var bytesHeard = 0

    var socket: Descriptor { channel.socket }

    /// A service may say so much, and no frame of its may be longer.
    private static let mostBytes = 1 << 20
    private static let readSize = 16 << 10

    init(
        _ letter: AuthService.Letter, at place: AuthService.Place,
        _ transport: AuthService.Transport, over socket: Descriptor, from source: LoginSource,
        until due: Instant
    ) {
        login = letter.login
        tell = letter.tell
        self.place = place
        self.source = source
        self.due = due
        channel =
            switch transport {
            case .secure(let dialling): Channel(socket, dialling: dialling)
            case .clear, .unusable: Channel(clear: socket)
            }
        sasl = SASLLayer(driver.transport)
        if let realm = place.realm { sasl.setHostname(realm) }
        driver.transport.setMaxFrame(Self.mostBytes)
        driver.bind()
        let connection = driver.connection
        connection.setContainer("")
        connection.setHostname(place.host)
        connection.setDesiredCapabilities(.array(.symbols(["ADDRESS-AUTHZ"])))
        connection.setProperties(
            .map([
                .symbol("product"): .string(place.product),
                .symbol("version"): .string(place.version),
            ]))
        connection.open()
    }

    func close() { channel.close() }

    func hear(_ word: AuthService.Word, _ tell: @escaping @Sendable (AuthService.Said) -> Void) {
        self.tell = tell
        switch word {
        case .initiated(let mechanism, let initial):
            sasl.initiate(mechanism, initial: initial)
        case .response(let bytes): sasl.respond(bytes)
        case .began, .forget: break
        }
    }

    /// Reads and writes what can be. Gives the last word, if it has been said.
    func serve() -> AuthService.Said? {
        write() ?? read() ?? write()
    }

    private func read() -> AuthService.Said? {
        while true {
            let room = driver.readBuffer(size: Self.readSize)
            guard !room.isEmpty else { return failed("it speaks no AMQP") }
            switch channel.receive(into: room) {
            case .done(let count):
                bytesHeard += count
                guard bytesHeard <= Self.mostBytes else { return failed("it says too much") }
                guard driver.readDone(count) else { return failed("it speaks no AMQP") }
                if let last = takeEvents() { return last }
                if count == 0, !channel.hasMore { return nil }
            case .wouldBlock: return nil
            case .ended:
                driver.readClose()
                return takeEvents() ?? failed("it has closed the connection")
            case .failed(let error): return failed(error.reason)
            }
        }
    }

    private func write() -> AuthService.Said? {
        while true {
            let bytes = driver.writeBuffer()
            guard !bytes.isEmpty else {
                interest = channel.readsByWriting ? [.reading, .writing] : [.reading]
                return takeEvents()
            }
            switch channel.send(bytes) {
            case .done(let count): driver.writeDone(count)
            case .wouldBlock:
                interest = channel.awaitsRoom ? [.reading, .writing] : [.reading]
                return nil
            case .ended: return failed("it has closed the connection")
            case .failed(let error): return failed(error.reason)
            }
        }
    }

    private func takeEvents() -> AuthService.Said? {
        switch sasl.takeHeard() {
        case .mechanisms(let offered): tell(.mechanisms(offered))
        case .challenge(let bytes): tell(.challenge(bytes))
        case .began, .initiated, .response, nil: break
        }
        switch sasl.decision {
        case .denied?: return .denied
        case .undecided?: return failed("it cannot decide now")
        case .accepted?, nil: break
        }
        while let event = driver.nextEvent() {
            switch event.kind {
            case .transportError: return failed(driver.transport.condition.error)
            case .connectionRemoteOpen where sasl.decision == .accepted: return verdict
            case .connectionRemoteClose: return failed(driver.connection.remoteCondition.error)
            default: break
            }
        }
        return nil
    }

    private var verdict: AuthService.Said {
        do throws(ServiceVerdict.Fault) {
            return .accepted(try ServiceVerdict(driver.connection.remoteProperties))
        } catch {
            return failed(error.words)
        }
    }

    private func failed(_ error: AMQPError?) -> AuthService.Said {
        failed(error.map { "\($0.name) \($0.text ?? "")" } ?? "it has closed the connection")
    }

    private func failed(_ reason: String) -> AuthService.Said {
        .unavailable("\(place.host):\(place.port): \(reason)")
    }
}
