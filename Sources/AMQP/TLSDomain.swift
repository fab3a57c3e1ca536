internal import CProton

/// What TLS sessions are made from: who we are and whom we trust. Wraps `pn_ssl_domain_t`.
///
/// To be kept as long as a transport made from it lives.
public final class TLSDomain {
    /// What is demanded of the peer's certificate.
    public enum Verification: Sendable {
        /// Nothing: not even that there is one.
        case none
        /// That a trusted authority signed it.
        case peer
        /// That it is for the name that we connect to, too.
        case peerAndName
    }

    /// A file or setting that OpenSSL refused.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    let handle: OpaquePointer

    public init(server: Bool) throws(Failure) {
        guard let domain = pn_ssl_domain(server ? PN_SSL_MODE_SERVER : PN_SSL_MODE_CLIENT) else {
            throw Failure(description: "TLS is not available in this build of Proton")
        }
        handle = domain
    }

    deinit { pn_ssl_domain_free(handle) }

    /// Sets our certificate and its key, both PEM files; one file may hold both.
    ///
    /// Wraps `pn_ssl_domain_set_credentials`.
    public func setCredentials(
        certificate: String, key: String?, password: String?
    ) throws(Failure) {
        let code = pn_ssl_domain_set_credentials(handle, certificate, key, password)
        guard code == 0 else {
            let files = key.map { "certificate '\(certificate)' and key '\($0)'" }
            throw Failure(
                description: "\(files ?? "certificate '\(certificate)'") cannot be used: check "
                    + "that the files exist, are PEM, belong together, and the key's password")
        }
    }

    /// Sets the authorities trusted: a PEM file. Wraps `pn_ssl_domain_set_trusted_ca_db`.
    public func setTrusted(_ file: String) throws(Failure) {
        guard pn_ssl_domain_set_trusted_ca_db(handle, file) == 0 else {
            throw Failure(
                description: "trust file '\(file)' cannot be used: check that it exists and is PEM")
        }
    }

    /// Sets what is demanded of the peer; a server names `advertised`, its trust file, to clients.
    ///
    /// Wraps `pn_ssl_domain_set_peer_authentication`.
    public func setVerification(
        _ verification: Verification, advertised: String? = nil
    ) throws(Failure) {
        let mode =
            switch verification {
            case .none: PN_SSL_ANONYMOUS_PEER
            case .peer: PN_SSL_VERIFY_PEER
            case .peerAndName: PN_SSL_VERIFY_PEER_NAME
            }
        guard pn_ssl_domain_set_peer_authentication(handle, mode, advertised) == 0 else {
            throw Failure(description: "TLS cannot verify peers as asked")
        }
    }

    /// Sets the ciphers allowed, as OpenSSL lists them. Wraps `pn_ssl_domain_set_ciphers`.
    public func setCiphers(_ ciphers: String) throws(Failure) {
        guard pn_ssl_domain_set_ciphers(handle, ciphers) == 0 else {
            throw Failure(description: "OpenSSL knows none of the ciphers '\(ciphers)'")
        }
    }

    /// Sets the versions allowed: `TLSv1`, `TLSv1.1` ..., separated by blanks. Wraps
    /// `pn_ssl_domain_set_protocols`.
    public func setProtocols(_ protocols: String) throws(Failure) {
        guard pn_ssl_domain_set_protocols(handle, protocols) == 0 else {
            throw Failure(description: "not a list of TLS versions: '\(protocols)'")
        }
    }
}

extension Transport {
    /// Puts TLS below AMQP. A client gives the name that the peer's certificate must be for.
    ///
    /// Wraps `pn_ssl_init` and `pn_ssl_set_peer_hostname`.
    public func startTLS(_ domain: TLSDomain, peerName: String? = nil) {
        guard let tls = pn_ssl(handle) else { return }
        _ = pn_ssl_init(tls, domain.handle, nil)
        if let peerName { _ = pn_ssl_set_peer_hostname(tls, peerName) }
    }
}
