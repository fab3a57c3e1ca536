internal import AMQP
internal import EventLoop
internal import SASL
internal import TLS

/// What a client shows of itself, and whom it trusts.
extension Client {
    /// Answers what the server has said to SASL, if it has.
    func hearLogin() {
        guard let sasl, let options = options.sasl, let heard = sasl.takeHeard() else { return }
        switch heard {
        case .mechanisms(let offered): choose(of: offered, options, sasl)
        case .challenge(let bytes):
            guard case .response(let response) = login?.step(bytes) else { return sasl.giveUp() }
            sasl.respond(response)
        case .began, .initiated, .response: sasl.giveUp()
        }
    }

    private func choose(of offered: [String], _ sasl: ClientOptions.SASL, _ layer: SASLLayer) {
        let means = SASLMechanisms.Means(
            hasPassword: sasl.user != nil && sasl.password != nil,
            isSecure: channel.facts != nil, hasCertificate: options.tls?.certificate != nil,
            sendsPasswordInClear: true)
        guard
            let mechanism = SASLMechanisms.chosen(
                of: offered, allowed: sasl.mechanisms, means: means)
        else { return layer.giveUp() }
        let (user, password) = (sasl.user ?? "", sasl.password ?? "")
        switch mechanism {
        case "ANONYMOUS", "EXTERNAL": layer.initiate(mechanism, initial: [])
        case "PLAIN":
            layer.initiate(
                mechanism, initial: SASLMechanisms.plainMessage(user: user, password: password))
        default:
            let client = SASLClient(host: options.host, user: user, password: password)
            guard case .initial(let bytes) = client.start(mechanism) else { return layer.giveUp() }
            login = client
            layer.isServerProved = { client.isProved(byOutcome: $0) }
            layer.initiate(mechanism, initial: bytes)
        }
    }
}

extension ClientOptions {
    /// The words of a profile's faults, with the options in place of its attributes.
    private static func inOptions(_ text: String) -> String {
        let options = [
            ("certFile", "--ssl-certificate"), ("privateKeyFile", "--ssl-key"),
            ("caCertFile", "--ssl-trustfile"), ("password: file:PATH", "--ssl-password-file"),
        ]
        return options.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// How TLS is made; nil for a connection in clear.
    func dialling() throws(ClientError) -> TLSDialling? {
        guard let tls else { return nil }
        Signals.ignoreBrokenPipes()
        let settings = TLSSettings(
            name: "martlet", certificateFile: tls.certificate, keyFile: tls.key,
            password: tls.password, trustFile: tls.trustFile ?? TLSSettings.systemTrust)
        do throws(TLSFault) {
            return TLSDialling(
                profile: try TLSProfile(settings), host: virtualHost ?? host,
                ignoresName: !tls.verifiesName)
        } catch {
            throw .security(Self.inOptions(error.description))
        }
    }
}
