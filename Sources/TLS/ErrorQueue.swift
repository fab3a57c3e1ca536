internal import COpenSSL

/// What OpenSSL has to say of the last call on this thread.
enum ErrorQueue {
    struct Entry {
        let library: Int32
        let reason: Int32
        /// OpenSSL's own words, such as `wrong version number`.
        let text: String
    }

    /// The first that went wrong; the queue is empty afterwards.
    static func take() -> Entry? {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return nil }
        let text = ERR_reason_error_string(code).map { String(cString: $0) }
        return Entry(
            library: tls_library(code), reason: tls_reason(code), text: text ?? "code \(code)")
    }
}
