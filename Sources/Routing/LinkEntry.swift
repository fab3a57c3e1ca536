package import Addressing
package import Forwarding

/// A link that control has let attach.
package struct LinkEntry: Sendable {
    package let id: LinkID
    package let request: LinkRequest
    /// The address that it is bound to; nil for anonymous senders.
    package let route: RouteID?
    package let phase: Phase
    package let kind: Kind
    /// Of a link between routers: the class of its messages.
    package let priority: Int

    package enum Kind: Sendable { case endpoint, control, trunk }

    package init(
        id: LinkID, request: LinkRequest, route: RouteID?, phase: Phase, kind: Kind = .endpoint,
        priority: Int = 4
    ) {
        self.id = id
        self.request = request
        self.route = route
        self.phase = phase
        self.kind = kind
        self.priority = priority
    }

    package var direction: LinkDirection { request.direction }
}

/// Names a link among all workers' links: tickets of incoming and outgoing links may be equal.
package struct LinkPlace: Hashable, Sendable {
    let place: WorkerTicket
    let isIncoming: Bool

    package init(_ place: WorkerTicket, _ direction: LinkDirection) {
        self.place = place
        isIncoming = direction == .incoming
    }
}
