package import AMQP
package import Basis

/// Where a client connects, and as whom.
package struct ClientOptions: Sendable {
    /// TLS below AMQP. File names are those of PEM files.
    package struct TLS: Sendable {
        package var certificate: String?
        package var key: String?
        package var password: String?
        /// Authorities trusted; those of the system if nil.
        package var trustFile: String?
        /// Whether the peer's certificate must be for the host that was connected to.
        package var verifiesName = true

        package init() {}
    }

    /// The SASL layer.
    package struct SASL: Sendable {
        /// The mechanisms that may be used, separated by blanks; any if nil.
        package var mechanisms: String?
        package var user: String?
        package var password: String?

        package init(mechanisms: String? = nil, user: String? = nil, password: String? = nil) {
            self.mechanisms = mechanisms
            self.user = user
            self.password = password
        }
    }

    package var host: String
    /// A number or a service's name.
    package var port: String
    package var container: String
    /// The `hostname` of our open; the host connected to if nil.
    package var virtualHost: String?
    /// The properties of our open; keys are symbols.
    package var properties: [(key: String, value: Value)] = []
    package var tls: TLS?
    /// The path at which the server is asked for a WebSocket; nil for bare AMQP.
    package var webSocketPath: String?
    /// No SASL layer at all if nil.
    package var sasl: SASL?
    /// How long each step may take.
    package var timeout: Milliseconds = .seconds(5)
    /// The largest frame taken, in bytes.
    package var frameSizeMax = 65_536

    package init(host: String, port: String, container: String) {
        self.host = host
        self.port = port
        self.container = container
    }
}
