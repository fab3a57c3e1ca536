internal import Configuration
internal import TLS

extension TLSSettings {
    init(_ settings: ProfileSettings, clientTrustFile: String? = nil) {
        self.init(
            name: settings.name, certificateFile: settings.certFile,
            keyFile: settings.privateKeyFile, password: settings.password,
            trustFile: settings.caCertFile, clientTrustFile: clientTrustFile,
            revocationFile: settings.crlFile, ciphers: settings.ciphers,
            protocols: settings.protocols, userFormat: UserFormat(settings.uidFormat ?? ""),
            userNames: settings.uidNames)
    }
}

extension ProfileFinding {
    init(_ fault: TLSFault, isFatal: Bool) {
        self.init(
            attribute: fault.attribute, reason: fault.reason, remedy: fault.remedy,
            isFatal: isFatal)
    }
}
