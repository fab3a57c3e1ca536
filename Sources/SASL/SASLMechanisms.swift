/// Which mechanisms are offered and chosen.
public enum SASLMechanisms {
    static let anonymous = "ANONYMOUS"
    static let external = "EXTERNAL"
    static let plain = "PLAIN"

    /// Words of a list as configurations have it: parted by blanks or commas.
    public static func words(_ list: String) -> [String] {
        list.split { " ,\t".contains($0) }.map { $0.uppercased() }
    }

    /// What a listener offers (RS-330): what its configuration names, or everything if it names
    /// nothing, as far as it can be had.
    ///
    /// - Parameters:
    ///   - library: what the library can do with the passwords that it is set up for; nothing where
    ///     it is not set up (RS-542).
    ///   - hasIdentity: the client has shown a certificate.
    public static func offered(
        wanted: String?, library: [String], demandsUser: Bool, hasIdentity: Bool
    ) -> [String] {
        var known = library.filter { $0 != anonymous && $0 != external }
        if hasIdentity { known.insert(external, at: 0) }
        if !demandsUser { known.insert(anonymous, at: 0) }
        guard let wanted else { return known }
        let words = words(wanted)
        return known.filter { words.contains($0.uppercased()) }
    }

    /// Strongest first. A password in clear goes last, and a name for nobody after it.
    private static let strength = [
        "SCRAM-SHA-512", "SCRAM-SHA-384", "SCRAM-SHA-256", "SCRAM-SHA-224", "SCRAM-SHA-1",
        external, "GSSAPI", "DIGEST-MD5", "CRAM-MD5", plain, anonymous,
    ]

    /// What a connector has to show.
    public struct Means: Sendable {
        public var hasPassword: Bool
        /// The stream is under TLS.
        public var isSecure: Bool
        /// The server has got a certificate of ours.
        public var hasCertificate: Bool
        /// A password may go over a stream in clear although `PLAIN` is not named.
        public var sendsPasswordInClear: Bool

        public init(
            hasPassword: Bool, isSecure: Bool, hasCertificate: Bool,
            sendsPasswordInClear: Bool = false
        ) {
            self.sendsPasswordInClear = sendsPasswordInClear
            self.hasPassword = hasPassword
            self.isSecure = isSecure
            self.hasCertificate = hasCertificate
        }
    }

    /// What a connector answers a server's offer with; nil if nothing fits. `allowed` is what its
    /// configuration names. A password goes over a stream in clear only if `PLAIN` is named, and
    /// Kerberos is tried only if it is.
    public static func chosen(
        of offered: [String], allowed: String?, means: Means
    ) -> String? {
        let offered = offered.map { $0.uppercased() }
        let named = allowed.map(words)
        return strength.first { mechanism in
            guard offered.contains(mechanism), named?.contains(mechanism) ?? true else {
                return false
            }
            switch mechanism {
            case anonymous: return true
            case external: return means.isSecure && means.hasCertificate
            case "GSSAPI": return named != nil
            case plain:
                let mayShow = means.isSecure || named != nil || means.sendsPasswordInClear
                return means.hasPassword && mayShow
            default: return means.hasPassword
            }
        }
    }

    /// The only message of PLAIN (RFC 4616).
    public static func plainMessage(user: String, password: String) -> [UInt8] {
        [0] + Array(user.utf8) + [0] + Array(password.utf8)
    }
}
