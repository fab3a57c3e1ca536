/// Why HTTP connections end that did not have to: what counters and the log tell apart.
public enum WebFault: String, CaseIterable, Sendable {
    /// The TLS handshake failed, or was not begun where it is demanded.
    case tls
    /// What came is no HTTP, or a request that makes no sense.
    case malformed
    case version
    /// The head is too long, or has too many fields.
    case head
    /// The body is too long, or does not say how long it is.
    case body
    /// The request did not come in time.
    case slow
    /// The answer was not read in time.
    case unread
    /// A WebSocket that is not to be had here, or not by this page.
    case upgrade

    init(_ status: Status) {
        self =
            switch status {
            case .timeOut: .slow
            case .lengthRequired, .bodyTooLarge: .body
            case .targetTooLong, .headTooLarge: .head
            case .versionNotSupported: .version
            case .forbidden, .upgradeRequired: .upgrade
            case .badRequest, .switching, .ok, .movedPermanently, .notModified, .notFound,
                .methodNotAllowed, .failed, .unavailable:
                .malformed
            }
    }
}
