internal import COpenSSL
internal import EventLoop

/// One generation of a profile, ready for sessions: its files have been read, and what they say
/// later makes another generation. Trust is what the profile says and nothing else: the system's
/// authorities are trusted only where its trust file is theirs.
///
/// `@unchecked Sendable`: nothing of it changes once it is made; sessions share its context, whose
/// counts OpenSSL keeps under locks.
public final class TLSProfile: @unchecked Sendable {
    public let settings: TLSSettings
    /// Counts the times that the profile's files were read anew.
    public let generation: Int
    /// The number that an operator gave to the certificates that it has read.
    public let ordinal: Int
    /// Our certificate, if there is one.
    public let certificate: CertificateFacts?
    let context: OpaquePointer
    private let leaf: Certificate?
    /// What clients' certificates must lead to beside the authorities trusted; nil for no such bound.
    let clientTrust: [Certificate]?

    /// Reads everything that the settings name.
    public init(
        _ settings: TLSSettings, generation: Int = 1, ordinal: Int = 0
    ) throws(TLSFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let context = SSL_CTX_new(TLS_method()) else {
            throw TLSFault("sslProfile", "OpenSSL has no TLS: is its configuration file right?")
        }
        // Nothing of this object is set before all is well: until then the context has no owner.
        let chain: [Certificate]
        let clientTrust: [Certificate]?
        do throws(TLSFault) {
            chain = try Self.credentials(of: settings, context)
            clientTrust = try Self.trust(of: settings, context)
            try Self.revocations(of: settings, context)
            try Self.versions(of: settings, context)
            try Self.ciphers(of: settings, context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        self.settings = settings
        self.generation = generation
        self.ordinal = ordinal
        self.context = context
        self.clientTrust = clientTrust
        leaf = chain.first
        certificate = chain.first?.facts
        tls_set_modes(context)
        tls_set_options(context)
        tls_on_server_name(context) { handle, _, _ in TLSSession.nameAsked(handle) }
        SSL_CTX_sess_set_new_cb(context) { handle, session in
            TLSSession.sessionMade(handle, session)
        }
    }

    deinit { SSL_CTX_free(context) }

    /// What its author should know although it can be used: dates, and names that clients look for.
    /// `seconds` since 1970.
    public func findings(at seconds: Int) -> [TLSFault] {
        guard let certificate, let file = settings.certificateFile else { return [] }
        let what = "the certificate \(certificate.label) in certFile '\(file)'"
        var findings: [TLSFault] = []
        if certificate.ends < seconds {
            let date = CertificateFacts.date(certificate.ends)
            findings.append(
                TLSFault("certFile", "\(what) expired on \(date)", remedy: "renew it"))
        } else if certificate.begins > seconds {
            let date = CertificateFacts.date(certificate.begins)
            findings.append(
                TLSFault(
                    "certFile", "\(what) is not valid before \(date)",
                    remedy: "is the machine's clock right?"))
        }
        if certificate.names.isEmpty {
            findings.append(
                TLSFault(
                    "certFile", "\(what) has no subject alternative name",
                    remedy: "clients that check names refuse it: issue one with subjectAltName"))
        }
        return findings
    }

    /// Our certificate is for the host of that name.
    func isFor(_ name: String) -> Bool {
        guard let leaf else { return false }
        return X509_check_host(leaf.handle, name, name.utf8.count, 0, nil) == 1
    }

    /// The versions that sessions may speak, for a sentence.
    var versions: String {
        settings.protocols ?? "what the system allows"
    }

    // MARK: Making

    /// Our certificates, the leaf first.
    private static func credentials(
        of settings: TLSSettings, _ context: OpaquePointer
    ) throws(TLSFault) -> [Certificate] {
        guard let file = settings.certificateFile else {
            guard let key = settings.keyFile else { return [] }
            throw TLSFault(
                "privateKeyFile", "privateKeyFile '\(key)' is given without a certFile",
                remedy: "write the certificate's file too")
        }
        let chain = try Credentials.certificates("certFile", file)
        let key = try Credentials.key(
            settings.keyFile == nil ? "certFile" : "privateKeyFile", settings.keyFile ?? file,
            password: settings.password)
        guard X509_check_private_key(chain[0].handle, key.handle) == 1 else {
            throw TLSFault(
                "privateKeyFile",
                "the key in '\(settings.keyFile ?? file)' is not that of the certificate "
                    + "\(chain[0].facts.label) in certFile '\(file)'")
        }
        guard SSL_CTX_use_certificate(context, chain[0].handle) == 1,
            SSL_CTX_use_PrivateKey(context, key.handle) == 1
        else { throw refused("certFile", file) }
        for certificate in chain.dropFirst() {
            guard tls_add_chain(context, certificate.handle) == 1 else {
                throw refused("certFile", file)
            }
        }
        return chain
    }

    private static func refused(_ attribute: String, _ file: String) -> TLSFault {
        let reason = ErrorQueue.take()?.text ?? "it cannot be used"
        return TLSFault(attribute, "OpenSSL refuses \(attribute) '\(file)': \(reason)")
    }

    /// More authorities than this are not named to clients: the list would not help them to choose.
    private static let mostNamed = 32

    private static func trust(
        of settings: TLSSettings, _ context: OpaquePointer
    ) throws(TLSFault) -> [Certificate]? {
        let store = SSL_CTX_get_cert_store(context)
        // An authority that the profile names is trusted by itself, whoever signed it.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        var clientTrust: [Certificate]?
        if let file = settings.clientTrustFile {
            clientTrust = try Credentials.certificates("trustedCertsFile", file)
        }
        var trusted = clientTrust ?? []
        if let file = settings.trustFile {
            if (try? FileText.names(in: file)) != nil {
                guard X509_STORE_load_path(store, file) == 1 else {
                    throw refused("caCertFile", file)
                }
                trusted = []
            } else {
                trusted = try Credentials.certificates("caCertFile", file)
            }
        }
        for certificate in trusted { X509_STORE_add_cert(store, certificate.handle) }
        let named = clientTrust ?? trusted
        if named.count <= mostNamed {
            for certificate in named { SSL_CTX_add_client_CA(context, certificate.handle) }
        }
        return clientTrust
    }

    private static func revocations(
        of settings: TLSSettings, _ context: OpaquePointer
    ) throws(TLSFault) {
        guard let file = settings.revocationFile else { return }
        let store = SSL_CTX_get_cert_store(context)
        for list in try Credentials.revocations("crlFile", file) {
            X509_STORE_add_crl(store, list)
            X509_CRL_free(list)
        }
        X509_STORE_set_flags(
            store, UInt(X509_V_FLAG_CRL_CHECK) | UInt(X509_V_FLAG_CRL_CHECK_ALL))
    }

    private static func versions(
        of settings: TLSSettings, _ context: OpaquePointer
    ) throws(TLSFault) {
        guard let text = settings.protocols else { return }
        let (versions, unknown) = TLSVersion.list(text)
        let known = TLSVersion.allCases.map(\.rawValue).joined(separator: ", ")
        guard unknown == nil, !versions.isEmpty else {
            throw TLSFault(
                "protocols", "protocols '\(text)' names no version of TLS: '\(unknown ?? "")'",
                remedy: "versions are \(known)")
        }
        let allowed = TLSVersion.allCases.filter(versions.contains)
        guard let least = allowed.first, let most = allowed.last,
            tls_set_versions(context, least.number, most.number) == 1
        else { throw refused("protocols", text) }
        for version in TLSVersion.allCases where !versions.contains(version) {
            tls_exclude(context, version.exclusion)
        }
        // The old versions sign with SHA-1, which OpenSSL takes at its lowest level only.
        if versions.contains(.v1) || versions.contains(.v1_1) {
            SSL_CTX_set_security_level(context, 0)
        }
    }

    private static func ciphers(
        of settings: TLSSettings, _ context: OpaquePointer
    ) throws(TLSFault) {
        guard let text = settings.ciphers else { return }
        let words = text.split(whereSeparator: { ": ,".contains($0) })
        let suites = words.filter { $0.hasPrefix("TLS_") }
        let others = words.filter { !$0.hasPrefix("TLS_") }
        let isRight =
            (suites.isEmpty
                || SSL_CTX_set_ciphersuites(context, suites.joined(separator: ":")) == 1)
            && (others.isEmpty
                || SSL_CTX_set_cipher_list(context, others.joined(separator: ":")) == 1)
        guard isRight else {
            throw TLSFault(
                "ciphers", "OpenSSL knows none of the ciphers '\(text)'",
                remedy: "'openssl ciphers -v' lists what it knows")
        }
    }
}

extension TLSVersion {
    fileprivate var number: Int32 {
        switch self {
        case .v1: TLS1_VERSION
        case .v1_1: TLS1_1_VERSION
        case .v1_2: TLS1_2_VERSION
        case .v1_3: TLS1_3_VERSION
        }
    }

    /// Bits of `SSL_OP_NO_TLSv1` and its like, which C gives only as casts.
    fileprivate var exclusion: UInt64 {
        switch self {
        case .v1: 1 << 26
        case .v1_1: 1 << 28
        case .v1_2: 1 << 27
        case .v1_3: 1 << 29
        }
    }
}
