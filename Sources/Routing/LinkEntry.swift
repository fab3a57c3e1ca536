package import Addressing
package import Forwarding

/// A link that control has let attach.
package struct LinkEntry: Sendable {
    package let id: LinkID
    package let request: LinkRequest
    /// The address that it is bound to, or which an uplink's is for; nil for anonymous senders.
    package let route: RouteID?
    package let phase: Phase
    package let kind: Kind
    /// Of a link between routers: the class of its messages.
    package let priority: Int
    /// Of a link that goes on over another connection.
    package fileprivate(set) var routed: Routed?

    /// The terminus of a routed link, as its peer sees it, and the link at the other end.
    package struct Routed: Hashable, Sendable {
        package let address: String
        package fileprivate(set) var peer: LinkID?
    }

    /// `uplink` is an edge's own link to its interior router, `downlink` that of an edge here.
    package enum Kind: Sendable { case endpoint, control, trunk, uplink, downlink }

    package init(
        id: LinkID, request: LinkRequest, route: RouteID?, phase: Phase, kind: Kind = .endpoint,
        priority: Int = 4
    ) {
        self.id = id
        // What its attach said was for where it goes on, and would stay as long as the link.
        var request = request
        request.attach = nil
        self.request = request
        self.route = route
        self.phase = phase
        self.kind = kind
        self.priority = priority
    }

    package var direction: LinkDirection { request.direction }
}

extension AddressTable {
    /// A link goes on over another connection, or does so for `peer`: it is bound to no address, and
    /// counted like any other.
    @discardableResult
    package mutating func attachRouted(
        _ request: LinkRequest, address: String, peer: LinkPlace? = nil
    ) -> LinkID {
        let other = peer.flatMap { links[$0] }
        var entry = LinkEntry(
            id: LinkID(number: nextNumber()), request: request, route: nil, phase: .first)
        entry.routed = LinkEntry.Routed(address: address, peer: other?.id)
        links[LinkPlace(request.place, request.direction)] = entry
        holdings.countLink(request.connection, by: 1)
        if let peer, other != nil { links[peer]?.routed?.peer = entry.id }
        return entry.id
    }
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
