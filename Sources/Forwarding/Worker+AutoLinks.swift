internal import AMQP
internal import EventLoop
internal import Sessions

/// Links that the router attaches to containers by itself (RS-231 to RS-237).
extension Worker {
    func attachAutoLink(_ ticket: Ticket, _ order: AutoLinkOrder) {
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        guard connection.phase == .open else { return }
        let user = order.sharesSession ? OwnSessions.User.autoLinks : .autoLink(order.number)
        guard
            let session = connection.ownSessions.session(
                for: user, opening: { openSession(on: connection) })
        else {
            return post(
                .autoLinkLost(order.number, connection.id, Self.noSession, withSession: false))
        }
        let link = session.makeLink(
            name: trunkLinkName(), isSender: order.direction == .outgoing)
        link.attach(
            Link.Answer(
                source: Terminus.made(.source, address: link.isSender ? nil : order.address),
                target: Terminus.made(.target, address: link.isSender ? order.address : nil)))
        if link.isSender {
            let outgoing = addOutgoing(
                link, connection, kind: .consumer, isAnnotated: !connection.plan.stripsOutgoing)
            (outgoing.autoLink, outgoing.isFallback) = (order.number, order.isFallback)
        } else {
            let incoming = addIncoming(link, connection, kind: .targeted)
            (incoming.autoLink, incoming.isFallback) = (order.number, order.isFallback)
        }
        enqueue(connection)
    }

    private static let noSession = AMQPError(
        name: "amqp:resource-limit-exceeded",
        text: "the container allows no further sessions")

    /// The auto link is wanted no more.
    func detachAutoLink(_ ticket: Ticket, _ number: UInt64) {
        guard connections.contains(ticket) else { return }
        let connection = connections[ticket]
        for ticket in connection.outgoing where outgoingLinks[ticket].autoLink == number {
            let link = outgoingLinks[ticket]
            link.autoLink = nil
            link.link.detach(isClosed: true)
            lose(link, isDetached: true)
        }
        for ticket in connection.incoming where incomingLinks[ticket].autoLink == number {
            let link = incomingLinks[ticket]
            link.autoLink = nil
            link.link.detach(isClosed: true)
            lose(link, isDetached: true)
        }
        enqueue(connection)
    }

    /// A link of ours was answered; false if it is no auto link.
    func autoLinkAnswered(_ link: Link) -> Bool {
        guard let number = link.autoLink, let attach = link.attach else { return false }
        // The detach of a link that is refused follows (RS-452).
        let isTaken =
            link.isSender ? attach.target.address != nil : attach.source.kind != .null
        guard isTaken else { return true }
        if let outgoing = link.outgoing {
            answered(
                number, link, outgoing.connection, outgoing.ticket, outgoing.counters,
                outgoing.load, isAnnotated: outgoing.isAnnotated)
        } else if let incoming = link.incoming {
            answered(
                number, link, incoming.connection, incoming.ticket, incoming.counters,
                OutletLoad(), isAnnotated: false)
        }
        return true
    }

    private func answered(
        _ number: UInt64, _ link: Link, _ connection: PeerConnection, _ ticket: Ticket,
        _ counters: LinkCounters, _ load: OutletLoad, isAnnotated: Bool
    ) {
        post(
            .autoLinkAnswered(
                number,
                LinkRequest(
                    connection: connection.id,
                    place: WorkerTicket(worker: handle.number, ticket: ticket),
                    direction: link.isSender ? .outgoing : .incoming, name: link.name,
                    source: TerminusReport(link.attach?.source ?? .null),
                    target: TerminusReport(link.attach?.target ?? .null), load: load,
                    capacity: connection.plan.linkCapacity, isAnnotated: isAnnotated,
                    counters: counters)))
    }

    /// The container has let go of a link, or of its session. What becomes of the links of a
    /// connection that is lost, control knows by itself.
    func autoLinkEnded(_ link: Link, _ error: AMQPError?) {
        guard let number = link.autoLink else { return }
        let connection: PeerConnection
        if let outgoing = link.outgoing {
            outgoing.autoLink = nil
            connection = outgoing.connection
        } else if let incoming = link.incoming {
            incoming.autoLink = nil
            connection = incoming.connection
        } else {
            return
        }
        guard connections.contains(connection.ticket) else { return }
        let isOver = link.session.remote == .detached
        post(.autoLinkLost(number, connection.id, error, withSession: isOver))
    }
}

extension Link {
    /// The number of the auto link that it serves.
    fileprivate var autoLink: UInt64? { outgoing?.autoLink ?? incoming?.autoLink }
}
