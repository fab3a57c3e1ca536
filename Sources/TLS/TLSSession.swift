internal import COpenSSL
internal import EventLoop

/// One TLS session over a socket: OpenSSL reads and writes the socket itself. One thread at a time
/// may use it.
final class TLSSession {
    /// Which end we are, and with what.
    enum Role {
        case server(TLSService)
        case client(TLSDialling)
    }

    let role: Role
    /// What we show and whom we trust; a server may change it when it is asked for a host.
    private(set) var profile: TLSProfile
    private let handle: OpaquePointer
    private(set) var facts: TLSFacts?
    private(set) var failure: TLSFailure?
    /// What the check of the peer's certificate found wrong.
    var refusal: Refusal?
    private(set) var isShakingHands = true
    /// The operation that was last tried goes on when the socket can be written.
    private(set) var awaitsRoom = false
    /// The peer has said that no more comes.
    private var hasEnded = false
    /// An end or a failure has not been told yet.
    private var owesWord = false

    /// Nil if a server has no profile, or OpenSSL no memory.
    init?(_ role: Role, socket: Descriptor) {
        let profile: TLSProfile? =
            switch role {
            case .server(let service): service.profiles.first
            case .client(let dialling): dialling.profile
            }
        guard let profile, let handle = SSL_new(profile.context) else { return nil }
        self.role = role
        self.profile = profile
        self.handle = handle
        tls_set_owner(handle, Unmanaged.passUnretained(self).toOpaque())
        SSL_set_fd(handle, socket.number)
        switch role {
        case .server(let service): serve(service)
        case .client(let dialling): dial(dialling)
        }
    }

    deinit { SSL_free(handle) }

    private func serve(_ service: TLSService) {
        let demand = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        SSL_set_verify(
            handle, service.demandsCertificate ? demand : SSL_VERIFY_NONE, Self.checkCertificate)
        // A session that was made without a certificate does not go on where one is demanded.
        var context: [UInt8] = [service.demandsCertificate ? 1 : 0]
        SSL_set_session_id_context(handle, &context, UInt32(context.count))
        SSL_set_accept_state(handle)
    }

    private func dial(_ dialling: TLSDialling) {
        SSL_set_verify(handle, SSL_VERIFY_PEER, Self.checkCertificate)
        if !HostName.isAddress(dialling.host) { _ = tls_set_server_name(handle, dialling.host) }
        if let session = dialling.tickets?.take(for: profile, host: dialling.host) {
            SSL_set_session(handle, session)
            SSL_SESSION_free(session)
        }
        SSL_set_connect_state(handle)
    }

    // MARK: Transfers

    /// Bytes or a word are here that the kernel does not know of: the socket may stay silent.
    var hasMore: Bool { owesWord || !isShakingHands && SSL_pending(handle) > 0 }

    /// Reads until the room is full or the socket has nothing more.
    func receive(into room: UnsafeMutableRawBufferPointer) -> Descriptor.Transfer {
        guard shakeHands(), !hasEnded, failure == nil else { return word }
        return transfer(room.count) { done, step in
            SSL_read_ex(handle, room.baseAddress.map { $0 + done }, room.count - done, &step)
        }
    }

    /// Writes until the socket takes no more. After `wouldBlock` the same bytes must come first
    /// again: OpenSSL has sealed some of them already.
    func send(_ bytes: UnsafeRawBufferPointer) -> Descriptor.Transfer {
        guard shakeHands(), failure == nil else { return word }
        return transfer(bytes.count) { done, step in
            SSL_write_ex(handle, bytes.baseAddress.map { $0 + done }, bytes.count - done, &step)
        }
    }

    /// Repeats an operation of OpenSSL's, behind what is done, until all is or it cannot go on.
    private func transfer(
        _ count: Int, _ operation: (_ done: Int, _ step: inout Int) -> Int32
    ) -> Descriptor.Transfer {
        var done = 0
        while done < count {
            var step = 0
            ERR_clear_error()
            let code = operation(done, &step)
            guard code == 1 else {
                note(code)
                break
            }
            awaitsRoom = false
            done += step
        }
        return done > 0 ? .done(done) : word
    }

    /// Tells the peer that no more comes, if it can be told at once.
    func sayGoodbye() {
        guard !isShakingHands, failure == nil else { return }
        ERR_clear_error()
        _ = SSL_shutdown(handle)
        ERR_clear_error()
    }

    /// What is to be said where nothing was transferred.
    private var word: Descriptor.Transfer {
        owesWord = false
        if let failure { return .failed(SystemError(.secure, code: 0, text: failure.description)) }
        return hasEnded ? .ended : .wouldBlock
    }

    private func note(_ code: Int32) {
        awaitsRoom = false
        switch SSL_get_error(handle, code) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_WANT_WRITE: awaitsRoom = true
        case SSL_ERROR_ZERO_RETURN:
            hasEnded = true
            owesWord = true
        case SSL_ERROR_SYSCALL: fail(TLSFailure(brokenOff(SystemError.last(.read))))
        default: fail(TLSFailure(words(for: ErrorQueue.take())))
        }
    }

    private func fail(_ failure: TLSFailure) {
        self.failure = failure
        owesWord = true
        awaitsRoom = false
    }

    // MARK: Handshake

    /// Goes on with the handshake; true when it is done.
    private func shakeHands() -> Bool {
        guard isShakingHands, failure == nil, !hasEnded else { return !isShakingHands }
        ERR_clear_error()
        let code = SSL_do_handshake(handle)
        guard code == 1 else {
            note(code)
            if hasEnded { fail(TLSFailure(brokenOff(nil))) }
            return false
        }
        isShakingHands = false
        awaitsRoom = false
        finish()
        return failure == nil
    }

    /// The handshake is done: notes what came of it. What a resumed session skips is looked at again.
    private func finish() {
        let certificate = SSL_get1_peer_certificate(handle).map(Certificate.init(owning:))
        let peer = certificate?.facts
        if case .server(let service) = role, service.demandsCertificate, peer == nil {
            return fail(TLSFailure("the peer sent no certificate, and one is demanded"))
        }
        if let peer, peer.ends < Clock.unixSeconds, verifiesPeer {
            return fail(
                TLSFailure(
                    "the peer's certificate \(peer.label) expired on "
                        + CertificateFacts.date(peer.ends)))
        }
        let user = certificate?.user(profile.settings.userFormat)
        facts = TLSFacts(
            version: String(cString: SSL_get_version(handle)),
            cipher: SSL_get_current_cipher(handle).map { String(cString: SSL_CIPHER_get_name($0)) }
                ?? "",
            bits: Int(SSL_CIPHER_get_bits(SSL_get_current_cipher(handle), nil)),
            isResumed: SSL_session_reused(handle) == 1, serverName: serverName, peer: peer,
            user: user.map { profile.settings.userNames[$0] ?? $0 },
            profile: profile.settings.name, generation: profile.generation,
            ordinal: profile.ordinal)
    }

    private var verifiesPeer: Bool {
        switch role {
        case .server(let service): service.demandsCertificate
        case .client: true
        }
    }

    private var serverName: String? {
        SSL_get_servername(handle, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    // MARK: What OpenSSL asks on the way

    /// Chooses the profile whose certificate is for the host that a client named.
    static func nameAsked(_ handle: OpaquePointer?) -> Int32 {
        guard let handle, let owner = tls_owner(handle) else { return SSL_TLSEXT_ERR_NOACK }
        let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
        guard case .server(let service) = session.role, let name = session.serverName else {
            return SSL_TLSEXT_ERR_NOACK
        }
        if service.profiles.count > 1,
            let fitting = service.profiles.first(where: { $0.isFor(name) })
        {
            session.profile = fitting
            SSL_set_SSL_CTX(handle, fitting.context)
        }
        return SSL_TLSEXT_ERR_OK
    }

    /// A server let us go on another time. 1 if the reference was taken over.
    static func sessionMade(_ handle: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
        guard let handle, let made = session, let owner = tls_owner(handle) else { return 0 }
        let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
        guard case .client(let dialling) = session.role, let tickets = dialling.tickets else {
            return 0
        }
        tickets.keep(made, of: session.profile, host: dialling.host)
        return 1
    }

    private static let checkCertificate: @convention(c) (Int32, OpaquePointer?) -> Int32 = {
        isRight, check in
        guard let check, let owner = tls_owner_in_check(check) else { return 0 }
        let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
        return session.judge(check, isRight: isRight == 1) ? 1 : 0
    }
}
