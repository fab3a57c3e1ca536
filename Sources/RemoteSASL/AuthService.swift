internal import EventLoop
public import SASL
public import TLS

/// Has logins answered by services elsewhere: what a client says to SASL is said to an AMQP peer in its
/// place, and back (RS-338). One thread for all services, so that no worker waits for any.
///
/// A login is asked for, in turn with others of other hosts (`LoginQueue`), and then has a connection to
/// its service of its own, for eight seconds at the most.
public final class AuthService: Sendable {
    /// One login, for as long as its connection lasts. Numbers are the caller's and never reused.
    public typealias Login = UInt64

    /// Where a service is, and what is said to it.
    public struct Place: Hashable, Sendable {
        public let name: String
        public let host: String
        public let port: String
        /// The host name in `sasl-init`; nil for none (RS-536).
        public let realm: String?
        /// Of the router, for `open` (RS-537).
        public let product: String
        public let version: String

        public init(
            name: String, host: String, port: String, realm: String?, product: String,
            version: String
        ) {
            self.name = name
            self.host = host
            self.port = port
            self.realm = realm
            self.product = product
            self.version = version
        }
    }

    /// How a service is reached.
    public enum Transport: Sendable {
        case clear
        case secure(TLSDialling)
        /// Its profile cannot be used. Why.
        case unusable(String)
    }

    /// What a client has said.
    public enum Word: Sendable {
        /// It waits for the mechanisms that it is offered.
        case began(Place, Transport, source: LoginSource)
        case initiated(mechanism: String, initial: [UInt8]?)
        case response([UInt8])
        /// The connection has gone.
        case forget
    }

    /// What is to be said to it.
    public enum Said: Sendable {
        case mechanisms([String])
        case challenge([UInt8])
        case accepted(ServiceVerdict)
        case denied
        /// The service cannot be asked, or does not answer. Why.
        case unavailable(String)
    }

    struct Letter: Sendable {
        let login: Login
        let word: Word
        let tell: @Sendable (Said) -> Void
    }

    private let mailbox = Mailbox<Letter>()

    /// Starts the thread.
    public init() {
        WorkerThread(name: "auth-services") { [mailbox] in
            WorkerThread.giveWay()
            let desk = ServiceDesk(wakeUp: mailbox.wakeUp)
            var letters: [Letter] = []
            while true {
                desk.wait()
                mailbox.heard()
                mailbox.take(into: &letters)
                for letter in letters { desk.take(letter) }
                letters.removeAll(keepingCapacity: true)
                desk.goOn()
            }
        }.detach()
    }

    /// Asks for what is to be said next; `tell` is called on the service's thread, once for each word but
    /// `forget`.
    public func hear(_ login: Login, _ word: Word, tell: @escaping @Sendable (Said) -> Void) {
        mailbox.post(Letter(login: login, word: word, tell: tell))
    }
}
