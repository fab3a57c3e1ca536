internal import COpenSSL

/// What a peer's certificate must be beside what OpenSSL looks at, and what is said of one that is
/// not.
extension TLSSession {
    /// OpenSSL has looked at one certificate of the chain, from the authority down to the peer's own.
    func judge(_ check: OpaquePointer, isRight: Bool) -> Bool {
        guard isRight else {
            note(check, X509_STORE_CTX_get_error(check))
            return false
        }
        guard X509_STORE_CTX_get_error_depth(check) == 0,
            let certificate = X509_STORE_CTX_get_current_cert(check)
        else { return true }
        switch role {
        case .server:
            guard !leadsToClientTrust(check) else { return true }
            return refuse(check, X509_V_ERR_CERT_UNTRUSTED)
        case .client(let dialling):
            guard !dialling.ignoresName, !HostName.is(dialling.host, in: certificate) else {
                return true
            }
            return refuse(check, X509_V_ERR_HOSTNAME_MISMATCH)
        }
    }

    private func refuse(_ check: OpaquePointer, _ code: Int32) -> Bool {
        X509_STORE_CTX_set_error(check, code)
        note(check, code)
        return false
    }

    private func note(_ check: OpaquePointer, _ code: Int32) {
        let certificate = X509_STORE_CTX_get_current_cert(check).map(Certificate.init(sharing:))
        let peer = X509_STORE_CTX_get0_cert(check).map(Certificate.init(sharing:))
        refusal = Refusal(
            code: code, certificate: certificate?.facts, peer: peer?.facts,
            depth: Int(X509_STORE_CTX_get_error_depth(check)))
    }

    /// The chain has a certificate of `trustedCertsFile`, if there is such a file.
    private func leadsToClientTrust(_ check: OpaquePointer) -> Bool {
        guard let trust = profile.clientTrust else { return true }
        var index: Int32 = 0
        while let member = tls_chain_member(check, index) {
            if trust.contains(where: { X509_cmp($0.handle, member) == 0 }) { return true }
            index += 1
        }
        return false
    }
}

/// Names of hosts, as connectors and certificates have them.
enum HostName {
    /// It is a number of IP, not a name.
    static func isAddress(_ text: String) -> Bool {
        let octets = a2i_IPADDRESS(text)
        ASN1_OCTET_STRING_free(octets)
        return octets != nil
    }

    /// The certificate is for that host. An address may also stand where a name should: many
    /// certificates for machines without a name are made so.
    static func `is`(_ host: String, in certificate: OpaquePointer) -> Bool {
        let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        if X509_check_host(certificate, host, host.utf8.count, flags, nil) == 1 { return true }
        return isAddress(host) && X509_check_ip_asc(certificate, host, 0) == 1
    }
}
