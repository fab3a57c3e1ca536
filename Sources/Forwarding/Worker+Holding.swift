internal import EventLoop

/// What has hold of messages and of credit: nothing has when no message is under way.
package struct Holding: Equatable, Sendable {
    package var deliveries = 0
    package var groups = 0
    /// Senders' deliveries whose credit was not given back, and those that wait at receivers or for
    /// their settlement.
    package var taken = 0
    package var waiting = 0
    package var unsettled = 0
    /// Octets held for links that are paused, counted against their senders, and of messages that
    /// cannot be routed yet.
    package var octets = 0
    /// Links that are paused, stream, or wait for control to look an address up.
    package var underWay = 0

    package init() {}

    package static func + (one: Holding, other: Holding) -> Holding {
        var sum = one
        sum.deliveries += other.deliveries
        sum.groups += other.groups
        sum.taken += other.taken
        sum.waiting += other.waiting
        sum.unsettled += other.unsettled
        sum.octets += other.octets
        sum.underWay += other.underWay
        return sum
    }
}

extension Worker {
    package var holding: Holding {
        var holding = Holding()
        holding.deliveries = deliveries.count
        holding.groups = groups.count
        for ticket in incomingLinks.tickets {
            let link = incomingLinks[ticket]
            guard link.phase == .attached, link.kind != .routed else { continue }
            holding.taken += link.outstanding
            holding.octets += link.heldBytes + link.waitingBytes + link.gathered.count
            holding.underWay +=
                link.isPaused || link.streaming != nil || link.unresolved != nil ? 1 : 0
        }
        for ticket in outgoingLinks.tickets {
            let link = outgoingLinks[ticket]
            holding.waiting += link.queue.count + Int(link.load.approaching.count)
            holding.unsettled += link.unsettled
            holding.underWay += link.active == nil ? 0 : 1
        }
        holding.underWay += waitingForRoute.count
        return holding
    }
}
