/// What a peer begins with on a port that serves TLS and clear connections alike.
public enum FirstBytes: Hashable, Sendable {
    /// It may be either so far.
    case incomplete
    /// A TLS handshake, without a word before it.
    case handshake
    /// AMQP's announcement of TLS (AMQP 5.2.1); the handshake follows when it was answered.
    case announcement
    case clear

    /// The header with protocol id 2, as both ends send it (AMQP 5.2.1).
    public static let header: [UInt8] = Array("AMQP".utf8) + [2, 1, 0, 0]

    /// The first byte of a TLS record that carries a handshake.
    static let handshakeRecord: UInt8 = 0x16

    /// Never more than the header's eight bytes are needed.
    public static func judge(_ bytes: some Collection<UInt8>) -> FirstBytes {
        guard let first = bytes.first else { return .incomplete }
        if first == handshakeRecord { return .handshake }
        guard header.starts(with: bytes.prefix(header.count)) else { return .clear }
        return bytes.count < header.count ? .incomplete : .announcement
    }
}
