internal import AMQP
internal import Seeded

/// A client's link from the plane: it gives credit as it likes, drains, and settles late and in any
/// order and way.
final class PlayedReceiver: PlayedLink {
    let link: EngineLink
    let address: PlayedAddress
    let number: Int
    private let fates: Fates
    private var partial: [UInt8] = []
    private var unsettled: [(letter: Letter, delivery: EngineDelivery)] = []
    private var takesAll = false
    private(set) var isOpen = true
    var isFinished = false

    init(_ link: EngineLink, of address: PlayedAddress, number: Int, _ fates: Fates) {
        self.link = link
        self.address = address
        self.number = number
        self.fates = fates
    }

    func act(_ chance: inout Seed) {
        switch chance.below(6) {
        case 0 where link.credit < 100: link.grant(credit: 1 + chance.below(20))
        case 1 where chance.once(in: 3) && link.isRemoteActive: link.drain()
        default:
            guard !unsettled.isEmpty else {
                if link.credit == 0 { link.grant(credit: 1 + chance.below(5)) }
                return
            }
            let place = chance.once(in: 2) ? 0 : chance.below(unsettled.count)
            let entry = unsettled.remove(at: place)
            let states: [DeliveryState] = [
                .accepted, .accepted, .accepted, .released, .rejected, .modified,
            ]
            settle(entry.letter, entry.delivery, states[chance.below(states.count)])
        }
    }

    private func settle(_ letter: Letter, _ delivery: EngineDelivery, _ state: DeliveryState) {
        fates.settled(letter, by: number, state)
        delivery.update(state)
        delivery.settle()
    }

    func readable(_ delivery: EngineDelivery) {
        guard delivery.isReadable else { return }
        let pending = delivery.pending
        if pending > 0 {
            partial += [UInt8](unsafeUninitializedCapacity: pending) { room, count in
                count = link.receive(into: UnsafeMutableRawBufferPointer(room))
            }
        }
        if delivery.isAborted {
            partial = []
            return delivery.settle()
        }
        guard !delivery.isPartial else { return }
        let isSettled = delivery.isSettled
        let bytes = partial
        partial = []
        link.advance()
        guard isOpen, let letter = fates.received(bytes, by: number, of: address) else {
            return delivery.settle()
        }
        if isSettled {
            delivery.settle()
        } else if takesAll {
            settle(letter, delivery, .accepted)
        } else {
            unsettled.append((letter, delivery))
        }
        if takesAll, link.credit < 100 { link.grant(credit: 100) }
    }

    func leave(_ chance: inout Seed) {
        forsake()
        link.close()
    }

    func forsake() {
        isOpen = false
        fates.doubt(number)
    }

    func comeToRest() {
        guard isOpen else { return }
        takesAll = true
        for entry in unsettled { settle(entry.letter, entry.delivery, .accepted) }
        unsettled = []
        if link.credit < 100 { link.grant(credit: 100) }
    }
}
