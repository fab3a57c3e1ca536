internal import Basis
internal import Client
internal import Options

extension Option {
    static let bus = Option(
        "b", "bus", argument: "URL",
        help: "Connect to HOST[:PORT], to PORT of this machine, or to "
            + "amqp[s]://[USER[:PASSWORD]@]HOST[:PORT], over WebSocket to "
            + "ws[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH]; to port 5672 of this machine if not given"
    )
    static let timeout = Option(
        "t", "timeout", argument: "SECONDS",
        help: "Wait no longer than this for the connection and for each answer; 5 if not given, "
            + "60 if 0")
    static let certificate = Option(
        nil, "ssl-certificate", argument: "FILE", help: "Our certificate for TLS, in PEM form")
    static let key = Option(
        nil, "ssl-key", argument: "FILE", help: "The certificate's private key, in PEM form")
    static let trustFile = Option(
        nil, "ssl-trustfile", argument: "FILE",
        help: "The authorities that may have signed the router's certificate, in PEM form")
    static let keyPassword = Option(
        nil, "ssl-password", argument: "PASSWORD", help: "The private key's password")
    static let keyPasswordFile = Option(
        nil, "ssl-password-file", argument: "FILE",
        help: "Take the private key's password from this file")
    static let anyPeerName = Option(
        nil, "ssl-disable-peer-name-verify",
        help: "Take the router's certificate even if it is not for the host connected to: insecure")
    static let mechanisms = Option(
        nil, "sasl-mechanisms", argument: "NAMES",
        help: "Use no other SASL mechanisms than these, separated by blanks")
    static let user = Option(
        nil, "sasl-username", argument: "USER", help: "Log in as this user")
    static let password = Option(
        nil, "sasl-password", argument: "PASSWORD", help: "The user's password")
    static let passwordFile = Option(
        nil, "sasl-password-file", argument: "FILE", help: "Take the password from this file")
}

extension OptionGroup {
    static let connection = OptionGroup(
        "Connection options",
        [
            .bus, .timeout, .certificate, .key, .trustFile, .keyPassword, .keyPasswordFile,
            .anyPeerName, .mechanisms, .user, .password, .passwordFile,
        ])
}

extension Arguments {
    func busURL() throws(UsageError) -> BusURL {
        var url = try BusURL(self[.bus] ?? BusURL.loopback)
        if has(.certificate) || has(.trustFile) { url.usesTLS = true }
        return url
    }

    /// TLS if the URL's scheme or a certificate or trust file asks for it; SASL if TLS, a user or
    /// any SASL option does (MG-241).
    func clientOptions() throws -> ClientOptions {
        let url = try busURL()
        var options = ClientOptions(
            host: url.host, port: url.port, container: "martlet-\(Terminal.uniqueName())")
        if let span = try seconds(.timeout) { options.timeout = span > 0 ? span : 60_000 }
        if url.usesTLS { options.tls = try tls() }
        options.webSocketPath = url.webSocketPath
        options.sasl = try sasl(url)
        return options
    }

    private func tls() throws(Failure) -> ClientOptions.TLS {
        var tls = ClientOptions.TLS()
        tls.certificate = self[.certificate]
        tls.key = self[.key]
        tls.trustFile = self[.trustFile]
        tls.password = try secret(.keyPassword, file: .keyPasswordFile)
        tls.verifiesName = !has(.anyPeerName)
        return tls
    }

    private func sasl(_ url: BusURL) throws(Failure) -> ClientOptions.SASL? {
        let sasl = ClientOptions.SASL(
            mechanisms: self[.mechanisms], user: self[.user] ?? url.user,
            password: try secret(.password, file: .passwordFile) ?? url.password)
        let isWanted =
            url.usesTLS || sasl.mechanisms != nil || sasl.user != nil || sasl.password != nil
        return isWanted ? sasl : nil
    }

    /// What the file says, without blanks around it, or else the option itself.
    private func secret(_ option: Option, file: Option) throws(Failure) -> String? {
        guard let path = self[file] else { return self[option] }
        return try Files.readText(path).trimmed
    }
}

extension StringProtocol {
    /// Without blanks and line ends around it.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        let count = start.reversed().prefix(while: \.isWhitespace).count
        return String(start.dropLast(count))
    }
}
