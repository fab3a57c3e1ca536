internal import Sessions

/// The sessions that the router has begun on a connection for links to a container: its auto links, and
/// links that go on there (RS-231, RS-463).
///
/// A container may end a whole session for one link that it does not want. So links of different
/// peers share none, as long as these are not too many; and an auto link whose session was ended has
/// one to itself from then on. A session ends with its last link: only then are deliveries back with
/// RabbitMQ that were on their way when the link was detached.
struct OwnSessions {
    /// What shares a session.
    enum User: Hashable {
        case autoLinks
        case autoLink(UInt64)
        case asker(AskingSession)
    }

    /// So many, full ones included; then they are shared.
    static let most = 256

    private var sessions: [(user: User, session: Session)] = []

    /// A session with room for a link: the user's own, or one that `open` begins. Nil if there is none.
    mutating func session(for user: User, opening open: () -> Session?) -> Session? {
        if let own = sessions.first(where: { $0.user == user && $0.session.takesLink }) {
            return own.session
        }
        sessions.removeAll { $0.session.isOver }
        if sessions.count < Self.most, let session = open() {
            sessions.append((user, session))
            return session
        }
        return sessions.last { $0.session.takesLink }?.session
    }

    /// A link is detached; true if its session is one of these, and was forgotten with its last link.
    mutating func forget(ifUnused session: Session) -> Bool {
        guard !session.hasLinks,
            let place = sessions.firstIndex(where: { $0.session === session })
        else { return false }
        sessions.remove(at: place)
        return true
    }
}
