internal import Basis
internal import EventLoop
internal import TLS

/// A connection of the web thread: its channel, and what is said over it.
final class WebConnection {
    let channel: Channel
    let visitor: WebThread.Visitor
    let conversation: Conversation
    var ticket = Ticket(slot: 0, generation: 0)
    var interest: Poller.Interest = .reading
    /// When a timer will look at it; none is set beyond that.
    var timer = Instant.never
    /// What was asked for it.
    var question: UInt64?
    /// The client was told that no more comes.
    var hasShutDown = false

    init(_ socket: Descriptor, _ visitor: WebThread.Visitor, at now: Instant) {
        self.visitor = visitor
        channel =
            visitor.tls.map { Channel(socket, serving: $0) } ?? Channel(clear: socket)
        conversation = Conversation(visitor.site, at: now) {
            TimeText.format("%a, %d %b %Y %H:%M:%S GMT", seconds: Clock.unixSeconds, isUTC: true)
        }
    }

    /// What the poller is to look for.
    var wanted: Poller.Interest {
        var wanted: Poller.Interest = []
        if conversation.wantsBytes { wanted.insert(.reading) }
        let isPending = !conversation.pending.isEmpty
        if isPending && channel.awaitsRoom || channel.readsByWriting { wanted.insert(.writing) }
        return wanted
    }
}
