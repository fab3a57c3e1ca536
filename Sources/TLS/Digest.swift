internal import COpenSSL

/// Digests of OpenSSL's.
public enum Digest {
    /// SHA-1, 20 bytes: for what a protocol has fixed, and no secret hangs on.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var count: UInt32 = 0
        EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha1(), nil)
        return digest
    }

    /// SHA-256, 32 bytes.
    @Sendable public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
        return digest
    }
}
