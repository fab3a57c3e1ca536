internal import COpenSSL
internal import EventLoop

/// What is said of a handshake that failed: which certificate, which check, both names.
extension TLSSession {
    func words(for entry: ErrorQueue.Entry?) -> String {
        if let refusal { return "certificate verify failed: " + words(for: refusal) }
        guard let entry else { return brokenOff(nil) }
        if let alert = Alert(reason: entry.reason) { return words(for: alert) }
        guard entry.library == ERR_LIB_SSL else { return "the peer broke TLS: \(entry.text)" }
        switch entry.reason {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return "the peer sent no certificate, and one is demanded"
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
            SSL_R_UNKNOWN_PROTOCOL, SSL_R_BAD_PACKET_LENGTH, SSL_R_PACKET_LENGTH_TOO_LONG:
            guard isShakingHands else { return "the peer broke TLS: \(entry.text)" }
            return "the peer does not speak TLS here: \(entry.text)"
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE:
            return "no version of TLS in common with the peer: \(whose) allows \(profile.versions)"
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_CIPHERS_AVAILABLE:
            let ciphers = profile.settings.ciphers ?? "OpenSSL's own"
            return "no cipher in common with the peer: \(whose) allows \(ciphers)"
        default: return "the peer broke TLS: \(entry.text)"
        }
    }

    /// The stream ended, or the kernel says why it cannot go on.
    func brokenOff(_ error: SystemError?) -> String {
        let reason = error.flatMap { $0.code == 0 ? nil : $0.reason }
        guard isShakingHands else { return reason ?? "the peer ended the stream without a word" }
        return "the peer ended the connection during the TLS handshake"
            + (reason.map { ": \($0)" } ?? "")
    }

    private var whose: String { "sslProfile '\(profile.settings.name)'" }

    // MARK: The peer's certificate

    private func words(for refusal: Refusal) -> String {
        guard let certificate = refusal.certificate else {
            return "\(reason(refusal.code)): no certificate to name"
        }
        let what =
            refusal.depth == 0
            ? "the peer's certificate \(certificate.fullLabel)"
            : "the certificate \(certificate.label) above the peer's \(refusal.peer?.label ?? "")"
        switch refusal.code {
        case X509_V_ERR_HOSTNAME_MISMATCH:
            guard case .client(let dialling) = role else { return reason(refusal.code) }
            return "\(what) is not for '\(dialling.host)', the host that was connected to"
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "\(what) expired on \(CertificateFacts.date(certificate.ends))"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "\(what) is not valid before \(CertificateFacts.date(certificate.begins))"
        case X509_V_ERR_CERT_UNTRUSTED:
            return "\(what) leads to none of the authorities in trustedCertsFile "
                + "'\(profile.settings.clientTrustFile ?? "")'"
        case X509_V_ERR_CERT_REVOKED:
            return "\(what) was revoked by '\(certificate.issuer)'"
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return "\(what) cannot be looked up: crlFile "
                + "'\(profile.settings.revocationFile ?? "")' has no list of '\(certificate.issuer)'"
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return "\(what) cannot be looked up: the list of '\(certificate.issuer)' in crlFile "
                + "'\(profile.settings.revocationFile ?? "")' is out of date"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            let peer = refusal.peer ?? certificate
            let link = refusal.depth == 0 ? "is signed by" : "leads to"
            return "the peer's certificate \(peer.fullLabel) \(link) '\(certificate.issuer)', "
                + "which \(trust)"
        default: return "\(what): \(reason(refusal.code))"
        }
    }

    /// Why an authority is not trusted.
    private var trust: String {
        guard let file = profile.settings.trustFile ?? profile.settings.clientTrustFile else {
            return "nobody trusts: \(whose) has no caCertFile"
        }
        return "caCertFile '\(file)' does not hold"
    }

    private func reason(_ code: Int32) -> String {
        String(cString: X509_verify_cert_error_string(Int(code)))
    }

    // MARK: Ours

    private func words(for alert: Alert) -> String {
        let ours = profile.certificate.map { certificate in
            "our certificate \(certificate.fullLabel), signed by '\(certificate.issuer)'"
        }
        switch alert.meaning {
        case .ourCertificate:
            return "the peer refused \(ours ?? "us, who have no certificate"): "
                + "it said '\(alert.text)'"
        case .ourAbsence:
            let whatWeHave = ours.map { ", though we have \($0)" } ?? ": \(whose) has no certFile"
            return "the peer demands a certificate\(whatWeHave)"
        case .version:
            return "no version of TLS in common with the peer: \(whose) allows \(profile.versions)"
        case .other: return "the peer ended the TLS handshake: it said '\(alert.text)'"
        }
    }
}

/// A fatal alert from the peer (RFC 8446 section 6).
struct Alert {
    enum Meaning { case ourCertificate, ourAbsence, version, other }

    let number: Int32
    let text: String

    /// OpenSSL gives an alert as its number and a thousand.
    init?(reason: Int32) {
        guard (1_000..<1_256).contains(reason) else { return nil }
        number = reason - 1_000
        text = SSL_alert_desc_string_long(number).map { String(cString: $0) } ?? "alert \(number)"
    }

    var meaning: Meaning {
        switch number {
        case 42...46, 48, 49: .ourCertificate
        case 41, 116: .ourAbsence
        case 70, 71: .version
        default: .other
        }
    }
}
