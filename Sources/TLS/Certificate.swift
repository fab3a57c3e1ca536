internal import COpenSSL
internal import EventLoop

/// What a certificate says.
public struct CertificateFacts: Hashable, Sendable {
    /// In the form of RFC 2253: the fields in the reverse of their order in the certificate.
    public let subject: String
    public let issuer: String
    /// Other names of the subject, each with its kind: `DNS:localhost`, `IP Address:127.0.0.1`.
    public let names: [String]
    /// In hexadecimal digits.
    public let serial: String
    /// Seconds since 1970: the first and the last at which it may be used.
    public let begins: Int
    public let ends: Int

    /// For a sentence: who it is for.
    public var label: String {
        guard !subject.isEmpty else { return names.first.map { "'\($0)'" } ?? "without a name" }
        return "'\(subject)'"
    }

    /// The subject and its other names.
    var fullLabel: String {
        names.isEmpty || subject.isEmpty
            ? label : "\(label) (\(names.prefix(8).joined(separator: ", ")))"
    }

    /// When it ends, in words.
    public var endText: String { Self.date(ends) }

    static func date(_ seconds: Int) -> String {
        TimeText.format("%Y-%m-%d %H:%M:%S UTC", seconds: seconds, isUTC: true)
    }
}

/// A certificate of OpenSSL's, counted by it. Nothing changes it once it is read.
///
/// `@unchecked Sendable`: it is only read, and OpenSSL counts its owners under a lock.
final class Certificate: @unchecked Sendable {
    let handle: OpaquePointer

    /// Takes over a reference.
    init(owning handle: OpaquePointer) { self.handle = handle }

    /// Shares one that somebody else owns.
    init(sharing handle: OpaquePointer) {
        X509_up_ref(handle)
        self.handle = handle
    }

    deinit { X509_free(handle) }

    /// How many other names are told of.
    private static let mostNames = 32

    var facts: CertificateFacts {
        CertificateFacts(
            subject: Self.text(of: X509_get_subject_name(handle)),
            issuer: Self.text(of: X509_get_issuer_name(handle)),
            names: Text.made { tls_print_names(handle, $0, Int32(Self.mostNames)) }
                .split(separator: "\n").map(String.init),
            serial: Text.made { _ = i2a_ASN1_INTEGER($0, X509_get0_serialNumber(handle)) },
            begins: Int(tls_seconds(X509_get0_notBefore(handle))),
            ends: Int(tls_seconds(X509_get0_notAfter(handle))))
    }

    private static func text(of name: OpaquePointer?) -> String {
        Text.made { tls_print_name(name, $0) }
    }

    /// The user that it names (RS-336); nil if it names none.
    func user(_ format: UserFormat) -> String? {
        format.name(subject: Self.text(of: X509_get_subject_name(handle)), value: value(of:))
    }

    private func value(of field: UserFormat.Field) -> String? {
        switch field {
        case .country: entry(NID_countryName)
        case .state: entry(NID_stateOrProvinceName)
        case .locality: entry(NID_localityName)
        case .organization: entry(NID_organizationName)
        case .unit: entry(NID_organizationalUnitName)
        case .commonName: entry(NID_commonName)
        case .sha1: fingerprint(EVP_sha1())
        case .sha256: fingerprint(EVP_sha256())
        case .sha512: fingerprint(EVP_sha512())
        }
    }

    /// The first field of a kind.
    private func entry(_ kind: Int32) -> String? {
        let name = X509_get_subject_name(handle)
        let index = X509_NAME_get_index_by_NID(name, kind, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(name, index) else { return nil }
        var start: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&start, X509_NAME_ENTRY_get_data(entry))
        guard count >= 0, let start else { return nil }
        defer { CRYPTO_free(start, nil, 0) }
        return String(
            decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// In lower-case hexadecimal digits.
    private func fingerprint(_ digest: OpaquePointer?) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(handle, digest, &bytes, &count) == 1 else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.prefix(Int(count)).flatMap {
                [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
            },
            as: UTF8.self)
    }
}

/// Texts that OpenSSL prints.
enum Text {
    /// What `print` writes to the stream that it is given.
    static func made(_ print: (OpaquePointer?) -> Void) -> String {
        guard let stream = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(stream) }
        print(stream)
        var start: UnsafeMutablePointer<CChar>?
        let count = Int(tls_memory(stream, &start))
        guard let start, count > 0 else { return "" }
        return String(
            decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
