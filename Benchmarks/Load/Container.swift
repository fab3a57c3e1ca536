import AMQP

/// A container's side of what the router opens on its connection: links that go on by a link route, and
/// auto links.
enum Container {
    /// Answers a session or a link, with what it wants; gives the link.
    static func answer(_ event: Event) -> EngineLink? {
        if event.kind == .sessionRemoteOpen, let session = event.session,
            session.isLocalUninitialised
        {
            session.setIncomingCapacity(64 << 20)
            session.open()
        }
        guard event.kind == .linkRemoteOpen, let link = event.link, link.isLocalUninitialised
        else { return nil }
        link.source.copy(link.remoteSource)
        link.target.copy(link.remoteTarget)
        link.open()
        return link
    }
}
