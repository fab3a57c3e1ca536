internal import AMQP
internal import Basis
internal import EventLoop
internal import Sessions

/// Streaming links of a trunk: how many there are, and which one a message takes (IR 1.6).
///
/// A message that is still arriving goes on a link of its own, so that it holds nothing up. What comes
/// later of the same sender, for the same address and no more urgent, follows on that link as long as
/// the message is there, so that it stays behind; the next router sees it come on one link and does
/// the same. What waits for the trunk's data link before a stream begins is sent first: the stream
/// stands in that link's queue for its turn.
///
///     data link:       [ a ][ b ][ place of C ][ d ]
///     streaming link:  [ C … ][ e ]                      e is of C's sender
extension Worker {
    /// The link for a message; nil if the trunk has gone.
    func trunkLink(
        _ ticket: Ticket, for message: borrowing ArrivingMessage, over route: Route
    ) -> OutgoingLink? {
        trunkLink(ticket, series(of: message, over: route.id), isWhole: message.isWhole)
    }

    func trunkLink(_ ticket: Ticket, _ series: MessageSeries, isWhole: Bool) -> OutgoingLink? {
        guard connections.contains(ticket), let trunk = connections[ticket].trunk else {
            return nil
        }
        if !trunk.lastStreamed.isEmpty, let link = followedLink(by: series, on: trunk) {
            return link
        }
        if let own = outlet(of: series, on: trunk),
            isWhole || !trunk.opensStreams || own.active != nil || !own.queue.isEmpty
        {
            return own
        }
        return isWhole || !trunk.opensStreams
            ? trunk.dataLink(priority: series.priority)
            : streamingLink(for: series.source?.client, trunk, connections[ticket])
    }

    func series(of message: borrowing ArrivingMessage, over route: RouteID?) -> MessageSeries {
        MessageSeries(source: source(of: message), route: route, priority: message.priority)
    }

    func source(of message: borrowing ArrivingMessage) -> MessageSource {
        let link = message.link
        return MessageSource(
            inlet: WorkerTicket(worker: handle.number, ticket: link.ticket),
            client: link.kind == .trunk ? nil : link.connection.id)
    }

    private func followedLink(by series: MessageSeries, on trunk: Trunk) -> OutgoingLink? {
        guard let last = trunk.lastStreamed[series] else { return nil }
        guard deliveries.contains(last), deliveries[last].link.phase != .detached else {
            trunk.lastStreamed[series] = nil
            return nil
        }
        return deliveries[last].link
    }

    /// A delivery goes over a streaming link: later ones of its series follow it.
    @inline(__always)
    func noteStreamed(
        _ ticket: Ticket, of message: borrowing ArrivingMessage, over route: Route?,
        on link: OutgoingLink
    ) {
        guard link.isStreaming else { return }
        noteStreamed(ticket, series(of: message, over: route?.id), on: link)
    }

    func noteStreamed(_ ticket: Ticket, _ series: MessageSeries, on link: OutgoingLink) {
        guard let trunk = link.connection.trunk else { return }
        trunk.lastStreamed[series] = ticket
        tidyLater(link.connection)
    }

    // MARK: Which link

    /// The link for another message of this client's, nil for a neighbour's.
    private func streamingLink(
        for client: ConnectionID?, _ trunk: Trunk, _ connection: PeerConnection
    ) -> OutgoingLink? {
        if let client {
            let share = max(1, mostStreaming(on: connection) / Trunk.shareOfClient)
            let own = trunk.streaming.filter { $0.client == client && !$0.carriesNothing }
            if own.count >= share { return leastLoaded(own) }
        }
        let link = streamingLink(trunk, connection)
        link?.client = client
        return link
    }

    /// One that carries nothing, or a new one; beyond the bound the least loaded, where the message
    /// waits its turn.
    private func streamingLink(_ trunk: Trunk, _ connection: PeerConnection) -> OutgoingLink? {
        if let free = trunk.streaming.first(where: { $0.carriesNothing }) {
            free.isSpare = false
            return free
        }
        if trunk.streaming.count < mostStreaming(on: connection),
            let session = openSession(on: connection)
        {
            return openStreamingLink(in: session, of: trunk, connection)
        }
        if let least = leastLoaded(trunk.streaming) { return least }
        // The peer allows no further session: it shares one with messages that can wait.
        guard let session = trunk.dataLink(priority: 0)?.link.session else { return nil }
        return openStreamingLink(in: session, of: trunk, connection)
    }

    private func leastLoaded(_ links: [OutgoingLink]) -> OutgoingLink? {
        links.min { $0.streamingLoad < $1.streamingLoad }
    }

    /// The peer's streaming links need sessions as well.
    private func mostStreaming(on connection: PeerConnection) -> Int {
        min(Trunk.mostStreaming, (connection.channels.mostSessions - Trunk.fixedSessions) / 2)
    }

    /// A link in a session of its own: a message that its receiver does not take must not use up the
    /// window of the others.
    private func openStreamingLink(
        in session: Session, of trunk: Trunk, _ connection: PeerConnection
    ) -> OutgoingLink {
        let link = session.makeLink(name: trunkLinkName(), isSender: true)
        let capability = connection.plan.role == .edge ? nil : "qd.router-data"
        link.attach(
            Link.Answer(
                source: Terminus.made(.source, capability: capability),
                target: Terminus.made(.target, capability: capability)))
        let outgoing = addOutgoing(link, connection, kind: .trunk, isAnnotated: true)
        outgoing.flowControlsPresettled = trunk.isMartlet
        outgoing.isStreaming = true
        trunk.streaming.append(outgoing)
        report(outgoing, priority: 4)
        tidyLater(connection)
        enqueue(connection)
        return outgoing
    }

    // MARK: A stream's turn

    /// Lets a stream wait for what waits for its trunk already.
    func awaitTurn(_ ticket: Ticket, on link: OutgoingLink) {
        let priority = deliveries[ticket].priority
        guard let data = queueAhead(of: link, priority: priority) else { return }
        deliveries[ticket].awaitsTurn = true
        data.queue.append(ticket, priority: priority)
    }

    /// The data link whose messages a stream on `link` must not overtake; nil if there are none.
    func queueAhead(of link: OutgoingLink, priority: UInt8) -> OutgoingLink? {
        guard link.isStreaming, let data = link.connection.trunk?.dataLink(priority: priority),
            data.active != nil || !data.queue.isEmpty
        else { return nil }
        return data
    }

    /// Takes the next of a data link's queue out if it is only the place of a stream, whose turn has
    /// come, or which is no more.
    func passStream(_ next: Ticket, on link: OutgoingLink) -> Bool {
        guard deliveries.contains(next) else {
            link.queue.popFirst()
            return true
        }
        let stream = deliveries[next].link
        guard stream !== link else { return false }
        link.queue.popFirst()
        takeTurn(next)
        return true
    }

    func takeTurn(_ ticket: Ticket) {
        deliveries[ticket].awaitsTurn = false
        send(from: deliveries[ticket].link)
    }

    // MARK: Quiet

    private static let tidyInterval = Milliseconds.seconds(1)

    private func tidyLater(_ connection: PeerConnection) {
        guard let trunk = connection.trunk, trunk.tidyDue == .never else { return }
        trunk.tidyDue = now + Self.tidyInterval
        wake(connection, at: trunk.tidyDue)
    }

    /// Forgets deliveries that are done with, and closes streaming links that nothing has used for
    /// the interval, but for a few.
    func tidy(_ trunk: Trunk, _ connection: PeerConnection) {
        trunk.tidyDue = .never
        trunk.lastStreamed = trunk.lastStreamed.filter { deliveries.contains($0.value) }
        var kept = trunk.streaming.count
        for link in trunk.streaming.reversed() where link.carriesNothing {
            guard link.isSpare else {
                link.isSpare = true
                continue
            }
            guard kept > Trunk.fewStreaming, link.phase == .attached else { continue }
            kept -= 1
            closeStreaming(link)
        }
        if kept > Trunk.fewStreaming || !trunk.lastStreamed.isEmpty { tidyLater(connection) }
    }

    private func closeStreaming(_ link: OutgoingLink) {
        let session = link.link.session
        lose(link, isDetached: true)
        link.link.detach(isClosed: true)
        if session.links.allSatisfy({ $0 === link.link }) { session.end() }
        enqueue(link.connection)
    }
}
