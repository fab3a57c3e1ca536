/// What a finished handshake has agreed on.
public struct TLSFacts: Hashable, Sendable {
    /// As OpenSSL names it: `TLSv1.3`.
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`
    public let cipher: String
    /// The strength of the cipher's key.
    public let bits: Int
    /// The session went on from an earlier one, without certificates on the wire.
    public let isResumed: Bool
    /// The host that the client asked for.
    public let serverName: String?
    /// The peer's certificate, which was checked; nil if it gave none.
    public let peer: CertificateFacts?
    /// The user that the certificate names (RS-336), after the profile's mapping.
    public let user: String?
    /// Which generation of which profile it was made with.
    public let profile: String
    public let generation: Int
    public let ordinal: Int
}

/// Why there is no session, in a sentence that names the certificate and the check.
public struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// What a check of the peer's certificate found, as it was when it failed.
struct Refusal {
    /// OpenSSL's number for it.
    let code: Int32
    /// The certificate that failed; nil if there was none.
    let certificate: CertificateFacts?
    /// The peer's own, which may be another.
    let peer: CertificateFacts?
    /// How far the one that failed is from the peer's own: 0 is that one.
    let depth: Int
}
