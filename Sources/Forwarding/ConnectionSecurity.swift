internal import AMQP
internal import EventLoop
public import RemoteSASL
public import SASL
public import TLS

/// What lies between a connection's socket and its frames, and who hears its login.
public struct ConnectionSecurity: Sendable {
    public enum Transport: Sendable {
        case clear
        /// TLS, or TLS and clear on one port.
        case serving(TLSService)
        case dialling(TLSDialling)
        /// Its profile cannot be used: nothing goes over the connection (RS-532, RS-533). Why.
        case unusable(String)
    }

    public var transport: Transport
    /// For mechanisms that need more than a name; nil if there are none.
    public var authenticator: Authenticator?

    /// Who answers for logins in place of that; nil for nobody.
    public var service: AuthServiceAccess?

    public init(_ transport: Transport = .clear, authenticator: Authenticator? = nil) {
        self.transport = transport
        self.authenticator = authenticator
    }

    func channel(over socket: Descriptor) -> Channel {
        switch transport {
        case .clear, .unusable: Channel(clear: socket)
        case .serving(let service): Channel(socket, serving: service)
        case .dialling(let dialling): Channel(socket, dialling: dialling)
        }
    }

    /// Why nothing can go over the connection; nil if something can.
    var fault: AMQPError? {
        guard case .unusable(let reason) = transport else { return nil }
        return AMQPError(name: "amqp:internal-error", text: reason)
    }
}

/// The service that answers for a connection's logins, and how it is reached.
public struct AuthServiceAccess: Sendable {
    public var name: String { place.name }
    let service: AuthService
    let place: AuthService.Place
    let transport: AuthService.Transport

    public init(
        _ service: AuthService, at place: AuthService.Place, _ transport: AuthService.Transport
    ) {
        self.service = service
        self.place = place
        self.transport = transport
    }
}

extension AMQPError {
    init(_ refusal: Channel.Refusal) {
        switch refusal {
        case .unencrypted:
            self.init(
                name: "amqp:connection:policy-error",
                text: "Client connection unencrypted - forbidden")
        case .failed(let failure):
            self.init(
                name: "amqp:connection:framing-error", text: "SSL Failure: \(failure.description)")
        }
    }
}
