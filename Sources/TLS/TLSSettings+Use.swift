/// What one end of a connection needs of a profile.
extension TLSSettings {
    /// Why a listener cannot use it, whatever its files hold; nil if it can.
    public func faultOfListener(demandsCertificate: Bool) -> TLSFault? {
        if certificateFile == nil {
            return TLSFault(
                "certFile", "sslProfile '\(name)' has no certFile, and a listener needs one")
        }
        if demandsCertificate, trustFile == nil, clientTrustFile == nil {
            return TLSFault(
                "caCertFile", "sslProfile '\(name)' has no caCertFile to check clients with",
                remedy: "name the authority that signs their certificates")
        }
        return nil
    }

    /// Why a connector cannot use it, whatever its files hold; nil if it can.
    public var faultOfConnector: TLSFault? {
        guard trustFile == nil else { return nil }
        return TLSFault(
            "caCertFile", "sslProfile '\(name)' has no caCertFile, so that no server is trusted",
            remedy: "name the authority that signed its certificate, or the system's bundle")
    }
}
