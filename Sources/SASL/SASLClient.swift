internal import CSASL
internal import EventLoop

/// A client's side of one conversation, by the library.
///
/// `@unchecked Sendable`: the library's object is used under `lock`.
public final class SASLClient: @unchecked Sendable {
    private struct Talk {
        var handle: OpaquePointer?
        var isDone = false
    }

    private let talk = Guarded(Talk())
    private let user: String
    private let password: String

    /// `host` is the server's name, as Kerberos and DIGEST-MD5 know it.
    public init(host: String, user: String, password: String) {
        self.user = user
        self.password = password
        guard SASLLibrary.startClient() == nil else { return }
        talk.withLock { talk in
            let code = sasl_client_new(
                SASLLibrary.service, host, nil, nil, sasl_client_callbacks(), 0, &talk.handle)
            guard code == SASL_OK, let handle = talk.handle else { return }
            _ = sasl_without_layer(handle, 0)
        }
    }

    deinit { talk.withLock { sasl_dispose(&$0.handle) } }

    /// Begins with a mechanism that the server offers.
    public func start(_ mechanism: String) -> SASLReply {
        talk.withLock { talk in
            guard let handle = talk.handle else {
                return .failed(reason: "libsasl2 cannot be a client")
            }
            var message: UnsafePointer<CChar>?
            var count: UInt32 = 0
            var used: UnsafePointer<CChar>?
            let code = interacting { asked in
                sasl_client_start(handle, mechanism, &asked, &message, &count, &used)
            }
            switch code {
            case SASL_OK, SASL_CONTINUE:
                talk.isDone = code == SASL_OK
                return .initial(message == nil ? nil : Bytes.copy(message, count))
            default: return .failed(reason: Self.reason(code, handle))
            }
        }
    }

    /// Answers a challenge.
    public func step(_ challenge: [UInt8]) -> SASLReply {
        talk.withLock { talk in
            guard let handle = talk.handle else {
                return .failed(reason: "libsasl2 cannot be a client")
            }
            // The server's last word, after which nothing is left to prove, is answered by nothing.
            guard !talk.isDone else { return .response([]) }
            var message: UnsafePointer<CChar>?
            var count: UInt32 = 0
            let code = challenge.withChars { start, size in
                interacting { asked in
                    sasl_client_step(handle, start, size, &asked, &message, &count)
                }
            }
            switch code {
            case SASL_OK, SASL_CONTINUE:
                talk.isDone = code == SASL_OK
                return .response(Bytes.copy(message, count))
            default: return .failed(reason: Self.reason(code, handle))
            }
        }
    }

    /// The server has proved that it knows the password too, where the mechanism has that: a server
    /// that says yes without it is none of ours.
    public func isProved(byOutcome data: [UInt8]) -> Bool {
        if talk.withLock({ $0.isDone }) { return true }
        if !data.isEmpty { _ = step(data) }
        return talk.withLock { $0.isDone }
    }

    private func interacting(
        _ body: (inout UnsafeMutablePointer<sasl_interact_t>?) -> Int32
    ) -> Int32 {
        var asked: UnsafeMutablePointer<sasl_interact_t>?
        return user.withCString { user in
            password.withCString { password in
                // Each question is asked once.
                for _ in 0..<8 {
                    let code = body(&asked)
                    guard code == SASL_INTERACT, let asked else { return code }
                    sasl_answer(asked, user, password)
                }
                return SASL_FAIL
            }
        }
    }

    private static func reason(_ code: Int32, _ handle: OpaquePointer) -> String {
        let detail = String(cString: sasl_errdetail(handle))
        return detail.isEmpty ? SASLLibrary.text(of: code) : detail
    }
}
