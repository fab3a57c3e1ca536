package import Basis

extension Mesh {
    /// What happened.
    package enum Event: Hashable, Sendable {
        /// The router runs. Comes first, and once.
        case started
        /// The instant of the last ``Effect/wake(at:)`` has come. Too early or too often is harmless.
        case timerFired
        /// What neighbours said waits to be received: until the next beat it means nothing that they are
        /// silent.
        case fellBehind
        /// A new connection's control link is up in both directions.
        /// `cost` is the larger of both ends' costs (IR 1.2); `takesRecords` says that the other end
        /// is a Martlet.
        case trunkOpened(TrunkID, cost: Int, takesRecords: Bool = false)
        /// The control link or its connection is gone.
        case trunkClosed(TrunkID)
        /// A control message of protocol version 1 for this router: addressed to it or to everyone.
        case received(ControlMessage, Arrival)
        /// A control message of a later protocol version, which cannot be understood.
        case receivedTooNew(version: Int, from: RouterID)
        /// A synchronised address got its first local destination (IR 5.3).
        case localAddressAdded(MobileAddress)
        /// A synchronised address lost its last local destination.
        case localAddressRemoved(key: AddressKey)
        /// The router goes down soon: its links become the dearest there are, and its addresses nobody's.
        case leaving
    }

    /// How a control message came.
    package struct Arrival: Hashable, Sendable {
        package let trunk: TrunkID
        /// The routers that it passed, oldest first, this one not among them (IR 2.1).
        package let trace: [RouterID]
        /// It was addressed to everyone, not to this router alone.
        package let isFlooded: Bool

        package init(trunk: TrunkID, trace: [RouterID], isFlooded: Bool) {
            self.trunk = trunk
            self.trace = trace
            self.isFlooded = isFlooded
        }
    }

    /// What is to be done, in this order.
    package enum Effect: Hashable, Sendable {
        case send(ControlMessage, to: Destination)
        /// The message just received goes on, its trace extended by this router, on these trunks.
        case relay(on: [TrunkID])
        case neighbourUp(RouterID, TrunkID)
        /// The neighbour is now bound to another trunk; the former one is not used any more.
        case neighbourMoved(RouterID, from: TrunkID, to: TrunkID)
        case neighbourLost(RouterID, TrunkID)
        /// The neighbour is heard on another trunk and cannot be at the end of this one, or nothing is
        /// heard on it: cut the connection, so that what was sent on it is accounted for now.
        case trunkDead(TrunkID)
        /// The router goes on in another life than before: its next one must be later than this.
        case lifeBegan(Instance)
        /// The router is reachable, or is reached in another way than before.
        case routerReachable(RouterID, Path)
        /// Its addresses stay mapped, but no message can be sent there now.
        case routerUnreachable(RouterID)
        /// Nothing is left of the router; its addresses were unmapped before.
        case routerForgotten(RouterID)
        case radiusChanged(Int)
        /// The trees of other origins may differ from now on: take ``Mesh/originTrees`` anew.
        case originTreesChanged
        case addressMapped(MobileAddress, RouterID)
        case addressUnmapped(key: AddressKey, RouterID)
        /// Replaces the wake-up asked for before.
        case wake(at: Instant)
        case log(Fact)
    }

    /// Whom a control message is for.
    package enum Destination: Hashable, Sendable {
        /// The routers at the other ends, one copy each, and nobody beyond them: `_local/…`.
        case neighbours(on: [TrunkID])
        /// `_topo/0/<id>/…`, leaving by this trunk.
        case router(RouterID, via: TrunkID)
        /// `_topo/0/all/…`, one copy on each of these trunks, which may be none.
        case everyone(on: [TrunkID])
    }

    /// How messages for a router leave this one.
    package struct Path: Hashable, Sendable {
        package let trunk: TrunkID
        /// The neighbour at the end of the trunk; the router itself if it is one.
        package let nextHop: RouterID
        package let cost: Int
        package let hops: Int

        package init(trunk: TrunkID, nextHop: RouterID, cost: Int, hops: Int) {
            self.trunk = trunk
            self.nextHop = nextHop
            self.cost = cost
            self.hops = hops
        }
    }
}
