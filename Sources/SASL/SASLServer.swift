internal import CSASL

/// A server's side of one conversation, by the library. One thread at a time may use it; a step may
/// take long: it reads files, asks other services, and hashes on purpose slowly.
final class SASLServer {
    private let talk: OpaquePointer

    /// Nil if the library gives none.
    init?() {
        var talk: OpaquePointer?
        guard
            sasl_server_new(SASLLibrary.service, nil, nil, nil, nil, nil, 0, &talk) == SASL_OK,
            let talk
        else { return nil }
        self.talk = talk
        _ = sasl_without_layer(talk, UInt32(SASL_SEC_NOANONYMOUS))
    }

    deinit {
        var talk: OpaquePointer? = talk
        sasl_dispose(&talk)
    }

    /// What the library can do, less what wants to bind itself to a TLS session.
    var mechanisms: [String] {
        var list: UnsafePointer<CChar>?
        guard sasl_listmech(talk, nil, "", " ", "", &list, nil, nil) == SASL_OK, let list else {
            return []
        }
        return String(cString: list).split(separator: " ").map(String.init)
            .filter { !$0.hasSuffix("-PLUS") }
    }

    func start(_ mechanism: String, initial: [UInt8]?) -> SASLAnswer {
        var answer: UnsafePointer<CChar>?
        var count: UInt32 = 0
        // Its client speaks second (RFC 2195), whatever some send first.
        let first = mechanism == "CRAM-MD5" ? nil : initial
        let code = (first ?? []).withChars { start, size in
            sasl_server_start(
                talk, mechanism, first == nil ? nil : start, size, &answer, &count)
        }
        return result(code, answer, count)
    }

    func step(_ response: [UInt8]) -> SASLAnswer {
        var answer: UnsafePointer<CChar>?
        var count: UInt32 = 0
        let code = response.withChars { sasl_server_step(talk, $0, $1, &answer, &count) }
        return result(code, answer, count)
    }

    private func result(
        _ code: Int32, _ answer: UnsafePointer<CChar>?, _ count: UInt32
    ) -> SASLAnswer {
        switch code {
        case SASL_CONTINUE: .challenge(Bytes.copy(answer, count))
        case SASL_OK:
            sasl_proved_name(talk).map { .accepted(user: String(cString: $0)) }
                ?? .denied(reason: "the mechanism has proved no name")
        default: .denied(reason: String(cString: sasl_errdetail(talk)))
        }
    }
}

enum Bytes {
    static func copy(_ start: UnsafePointer<CChar>?, _ count: UInt32) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
    }
}

extension [UInt8] {
    /// Never a null pointer: the library tells an empty message from none.
    func withChars<Result>(_ body: (UnsafePointer<CChar>?, UInt32) -> Result) -> Result {
        (self + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                body($0.baseAddress, UInt32(clamping: count))
            }
        }
    }
}
