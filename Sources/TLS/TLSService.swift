/// How a listener speaks TLS.
public struct TLSService: Sendable {
    /// The first is for clients that name no host, or a host that no certificate is for.
    public let profiles: [TLSProfile]
    /// A client must have a certificate that the profile trusts (RS-335).
    public let demandsCertificate: Bool
    /// A client in clear is turned away (RS-334).
    public let requiresTLS: Bool

    public init(profiles: [TLSProfile], demandsCertificate: Bool, requiresTLS: Bool) {
        self.profiles = profiles
        self.demandsCertificate = demandsCertificate
        self.requiresTLS = requiresTLS
    }
}

/// How a connector speaks TLS.
public struct TLSDialling: Sendable {
    public let profile: TLSProfile
    /// The host that the server's certificate must be for, and that the server is asked for.
    public let host: String
    /// The certificate may be for another host, of an authority trusted all the same.
    public let ignoresName: Bool
    /// Keeps sessions for the next time.
    public let tickets: TLSTickets?

    public init(
        profile: TLSProfile, host: String, ignoresName: Bool = false, tickets: TLSTickets? = nil
    ) {
        self.profile = profile
        self.host = host
        self.ignoresName = ignoresName
        self.tickets = tickets
    }
}
