internal import COpenSSL
internal import EventLoop

/// What a profile says: who we are, whom we trust, and what may be spoken. Nothing is read yet.
public struct TLSSettings: Hashable, Sendable {
    /// The profile's name, for what is said of it.
    public var name: String
    /// Our certificate and those between it and its authority: a PEM file or the URI of a store.
    public var certificateFile: String?
    /// Its key: a PEM file or the URI of a store. Without it the certificate's file has both.
    public var keyFile: String?
    /// The key's password, in clear.
    public var password: String?
    /// The authorities trusted: a PEM file, or a directory of them as OpenSSL names its files.
    public var trustFile: String?
    /// Of those, the ones that clients' certificates must lead to: a PEM file.
    public var clientTrustFile: String?
    /// Certificates that their authorities took back: a PEM file with a list of each authority.
    public var revocationFile: String?
    /// A list of OpenSSL's. Names that begin with `TLS_` are suites of TLS 1.3, the others ciphers
    /// of the versions before; a kind that is not named is left to OpenSSL.
    public var ciphers: String?
    /// Versions allowed, parted by blanks; those that the system allows if there are none.
    public var protocols: String?
    /// Which fields of a peer's certificate make its user name (RS-336).
    public var userFormat: UserFormat
    /// User names in place of those that certificates give; others stay (RS-336).
    public var userNames: [String: String]

    public init(
        name: String, certificateFile: String? = nil, keyFile: String? = nil,
        password: String? = nil, trustFile: String? = nil, clientTrustFile: String? = nil,
        revocationFile: String? = nil, ciphers: String? = nil, protocols: String? = nil,
        userFormat: UserFormat = .subject, userNames: [String: String] = [:]
    ) {
        self.name = name
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.password = password
        self.trustFile = trustFile
        self.clientTrustFile = clientTrustFile
        self.revocationFile = revocationFile
        self.ciphers = ciphers
        self.protocols = protocols
        self.userFormat = userFormat
        self.userNames = userNames
    }

    /// Where the system keeps the authorities that it trusts.
    public static var systemTrust: String {
        let file = X509_get_default_cert_file().map { String(cString: $0) } ?? ""
        guard (try? Descriptor.open(file, for: .reading).close()) == nil else { return file }
        return X509_get_default_cert_dir().map { String(cString: $0) } ?? file
    }

    /// The files of which a change makes another generation.
    public var files: [String] {
        [certificateFile, keyFile, trustFile, clientTrustFile, revocationFile]
            .compactMap { $0 }.filter { !StoreURI.isOne($0) }
    }
}

/// A version of TLS, under the name that a profile gives it.
public enum TLSVersion: String, CaseIterable, Sendable {
    case v1 = "TLSv1"
    case v1_1 = "TLSv1.1"
    case v1_2 = "TLSv1.2"
    case v1_3 = "TLSv1.3"

    /// Those of a list parted by blanks, commas or semicolons; nil names what is none.
    static func list(_ text: String) -> (versions: Set<TLSVersion>, unknown: String?) {
        var versions: Set<TLSVersion> = []
        for word in text.split(whereSeparator: { " ,;\t".contains($0) }) {
            guard let version = TLSVersion(rawValue: String(word)) else {
                return (versions, String(word))
            }
            versions.insert(version)
        }
        return (versions, nil)
    }
}

/// The address of a key or a certificate that is in no file: `pkcs11:…`, `handle:0x81000001`.
enum StoreURI {
    /// A scheme of two letters at least and a colon, and no path that begins with it.
    static func isOne(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let scheme = text[..<colon]
        return scheme.count > 1 && scheme.first?.isLetter == true
            && scheme.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
            }
    }
}
