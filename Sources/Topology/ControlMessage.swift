/// What routers tell each other (IR 3.2), already decoded, protocol version 1.
package enum ControlMessage: Hashable, Sendable {
    /// To a neighbour: I am here, and these are the ones I hear. Only Martlets send each other a
    /// digest of what they know.
    case hello(id: RouterID, instance: Instance, seen: [RouterID], digest: UInt64? = nil)
    /// To everyone: these are the numbers of my newest link state and addresses.
    case ra(
        id: RouterID, instance: Instance, linkStateSequence: SequenceNumber,
        mobileSequence: SequenceNumber)
    /// To one router: my link state, as it asked with an LSR.
    case lsu(id: RouterID, instance: Instance, LinkState)
    /// To one router: send me your link state.
    case lsr(id: RouterID)
    /// My addresses: to everyone what changed, or to one router all of them, in parts where they are
    /// too many for one message. Those after the first are differentials, and numbered like them, for
    /// a qdrouterd.
    case mau(id: RouterID, sequence: SequenceNumber, AddressUpdate, Part = .whole)
    /// To one router: send me your addresses if they are newer than this.
    case mar(id: RouterID, haveSequence: SequenceNumber)
    /// From Martlet to Martlet, neighbours: this is what I know, so send me what is newer.
    case summary(id: RouterID, [RouterSummary])
    /// From Martlet to Martlet, neighbours: this may be news to you. `id` is who tells it.
    case records(id: RouterID, [RouterRecord])

    /// Who made the message; not who passed it on.
    package var id: RouterID {
        switch self {
        case .hello(let id, _, _, _), .ra(let id, _, _, _), .lsu(let id, _, _), .lsr(let id),
            .mau(let id, _, _, _), .mar(let id, _), .summary(let id, _), .records(let id, _):
            id
        }
    }
}

/// The neighbours of one router and what it costs to reach each.
package struct LinkState: Hashable, Sendable {
    package struct Peer: Hashable, Sendable {
        package let id: RouterID
        package let cost: Int

        package init(id: RouterID, cost: Int) {
            self.id = id
            self.cost = cost
        }
    }

    package let sequence: SequenceNumber
    /// One entry a neighbour, in any order.
    package let peers: [Peer]

    package init(sequence: SequenceNumber, peers: [Peer]) {
        self.sequence = sequence
        self.peers = peers
    }
}

/// An address that a router has local destinations for.
package struct MobileAddress: Hashable, Sendable {
    package let key: AddressKey
    /// The announcing router's treatment code (IR 4.3); nil if it did not say.
    package let hint: UInt8?

    package init(key: AddressKey, hint: UInt8?) {
        self.key = key
        self.hint = hint
    }
}

/// The body of a MAU.
package enum AddressUpdate: Hashable, Sendable {
    /// These, and no others (`exist`).
    case absolute([MobileAddress])
    /// The changes since the MAU numbered one less (`add`, `del`).
    case differential(adding: [MobileAddress], removing: [AddressKey])
}

/// Which part of all addresses of a router at one number a message holds.
package struct Part: Hashable, Sendable {
    package let index: UInt16
    /// How many follow.
    package let more: UInt16

    package init(index: UInt16, more: UInt16) {
        self.index = index
        self.more = more
    }

    package static let whole = Part(index: 0, more: 0)
}
