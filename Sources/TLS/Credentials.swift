internal import COpenSSL
internal import EventLoop

/// PEM files and stores: certificates and keys as OpenSSL reads them.
enum Credentials {
    /// A key of OpenSSL's, counted by it.
    ///
    /// `@unchecked Sendable`: it is only read, and OpenSSL counts its owners under a lock.
    final class Key: @unchecked Sendable {
        let handle: OpaquePointer
        init(owning handle: OpaquePointer) { self.handle = handle }
        deinit { EVP_PKEY_free(handle) }
    }

    /// All certificates of a file, in order; at least one.
    static func certificates(
        _ attribute: String, _ path: String
    ) throws(TLSFault) -> [Certificate] {
        guard !StoreURI.isOne(path) else {
            return [try stored(attribute, path)]
        }
        let found = try objects(attribute, path) { text in
            tls_read_certificate(text).map(Certificate.init(owning:))
        }
        guard !found.isEmpty else {
            throw TLSFault(
                attribute, "\(attribute) '\(path)' holds no certificate",
                remedy: "it must be PEM: -----BEGIN CERTIFICATE-----")
        }
        return found
    }

    /// All lists of certificates taken back, as OpenSSL's own; at least one. To be freed.
    static func revocations(
        _ attribute: String, _ path: String
    ) throws(TLSFault) -> [OpaquePointer] {
        let found = try objects(attribute, path) { tls_read_revocations($0) }
        guard !found.isEmpty else {
            throw TLSFault(
                attribute, "\(attribute) '\(path)' holds no list of revoked certificates",
                remedy: "it must be PEM: -----BEGIN X509 CRL-----")
        }
        return found
    }

    private static func objects<Object>(
        _ attribute: String, _ path: String, _ next: (OpaquePointer) -> Object?
    ) throws(TLSFault) -> [Object] {
        let bytes = try contents(attribute, path)
        ERR_clear_error()
        defer { ERR_clear_error() }
        return with(bytes) { text in
            var found: [Object] = []
            while let object = next(text) { found.append(object) }
            return found
        }
    }

    static func contents(_ attribute: String, _ path: String) throws(TLSFault) -> [UInt8] {
        do throws(SystemError) {
            let file = try Descriptor.open(path, for: .reading)
            defer { file.close() }
            return try file.readAll()
        } catch {
            throw .unreadable(attribute, path, error)
        }
    }

    private static func with<Result>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Result) -> Result?
    {
        bytes.withUnsafeBytes { raw in
            guard let text = BIO_new_mem_buf(raw.baseAddress, Int32(clamping: raw.count)) else {
                return nil
            }
            defer { BIO_free(text) }
            return body(text)
        }
    }

    private static func with<Element>(
        _ bytes: [UInt8], _ body: (OpaquePointer) -> [Element]
    ) -> [Element] {
        let result: [Element]? = with(bytes, body)
        return result ?? []
    }

    // MARK: Keys

    /// The private key of a file or store.
    static func key(
        _ attribute: String, _ path: String, password: String?
    ) throws(TLSFault) -> Key {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard !StoreURI.isOne(path) else { return try storedKey(attribute, path, password) }
        let bytes = try contents(attribute, path)
        let key: OpaquePointer?? = with(bytes) { tls_read_key($0, password) }
        if let key = key ?? nil { return Key(owning: key) }
        guard isEncrypted(bytes) else {
            throw TLSFault(
                attribute, "\(attribute) '\(path)' holds no private key",
                remedy: "it must be PEM: -----BEGIN PRIVATE KEY-----")
        }
        guard password != nil else {
            throw TLSFault(
                "password",
                "the key in \(attribute) '\(path)' is encrypted, and no password is given",
                remedy: "write password: file:PATH")
        }
        throw TLSFault(
            "password", "the password does not open the key in \(attribute) '\(path)'")
    }

    private static func isEncrypted(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
            || text.contains("Proc-Type: 4,ENCRYPTED")
    }

    // MARK: Stores

    private static func storedKey(
        _ attribute: String, _ uri: String, _ password: String?
    ) throws(TLSFault) -> Key {
        guard let found = tls_open_store(uri, password, OSSL_STORE_INFO_PKEY) else {
            let key = uri.hasPrefix("pkcs11:") ? tls_engine_key(uri, password) : nil
            guard let key else { throw unopened(attribute, uri) }
            return Key(owning: key)
        }
        defer { OSSL_STORE_INFO_free(found) }
        guard let key = OSSL_STORE_INFO_get1_PKEY(found) else { throw unopened(attribute, uri) }
        return Key(owning: key)
    }

    private static func stored(
        _ attribute: String, _ uri: String
    ) throws(TLSFault) -> Certificate {
        guard let found = tls_open_store(uri, nil, OSSL_STORE_INFO_CERT) else {
            throw unopened(attribute, uri)
        }
        defer { OSSL_STORE_INFO_free(found) }
        guard let certificate = OSSL_STORE_INFO_get1_CERT(found) else {
            throw unopened(attribute, uri)
        }
        return Certificate(owning: certificate)
    }

    private static func unopened(_ attribute: String, _ uri: String) -> TLSFault {
        let reason = ErrorQueue.take().map { " (\($0.text))" } ?? ""
        return TLSFault(
            attribute, "\(attribute) '\(uri)' cannot be opened as a store\(reason)",
            remedy: "is OpenSSL's provider for it loaded by its configuration file?")
    }
}
