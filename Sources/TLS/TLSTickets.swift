internal import COpenSSL
internal import EventLoop

/// The newest session that a server let us resume: a connector's own. It serves only the host and
/// the generation that it was made with, since nothing is checked again when it goes on.
public final class TLSTickets: Sendable {
    /// A session of OpenSSL's.
    ///
    /// `@unchecked Sendable`: only one thread has it at a time, the one that took it from the lock.
    private struct Ticket: @unchecked Sendable {
        let session: OpaquePointer
        let profile: TLSProfile
        let host: String
    }

    private let ticket = Guarded<Ticket?>(nil)

    public init() {}

    deinit { if let last = exchange(nil) { SSL_SESSION_free(last.session) } }

    /// Takes over a reference.
    func keep(_ session: OpaquePointer, of profile: TLSProfile, host: String) {
        let old = exchange(Ticket(session: session, profile: profile, host: host))
        if let old { SSL_SESSION_free(old.session) }
    }

    /// A reference for the caller. Each is given once: a ticket used twice tells who we are.
    func take(for profile: TLSProfile, host: String) -> OpaquePointer? {
        guard let old = exchange(nil) else { return nil }
        guard old.profile === profile, old.host == host else {
            SSL_SESSION_free(old.session)
            return nil
        }
        return old.session
    }

    private func exchange(_ new: Ticket?) -> Ticket? {
        ticket.withLock { ticket in
            defer { ticket = new }
            return ticket
        }
    }
}
