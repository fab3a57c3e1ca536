internal import AMQP
internal import Seeded

/// A client's link to the plane: it sends whole messages and messages in parts, gives some up, and
/// settles some before it knows what became of them.
final class PlayedSender: PlayedLink {
    let link: EngineLink
    /// Nil for one whose messages name their address themselves.
    let address: PlayedAddress?
    let number: Int
    private let fates: Fates
    private var count = 0
    private var current: Current?
    /// Those that were sent and are not settled.
    private var open: [Int: (letter: Letter, delivery: EngineDelivery)] = [:]
    private(set) var isOpen = true
    var isFinished = false

    private struct Current {
        let letter: Letter
        let delivery: EngineDelivery
        var rest: ArraySlice<UInt8>
    }

    init(_ link: EngineLink, to address: PlayedAddress?, number: Int, _ fates: Fates) {
        self.link = link
        self.address = address
        self.number = number
        self.fates = fates
    }

    func act(_ addresses: [PlayedAddress], _ chance: inout Seed) {
        if current != nil { return goOn(&chance) }
        if chance.once(in: 10) { return settleEarly(&chance) }
        guard link.credit > 0, link.isRemoteActive, !link.isDraining else { return }
        begin(addresses, &chance)
        goOn(&chance)
    }

    private func begin(_ addresses: [PlayedAddress], _ chance: inout Seed) {
        count += 1
        let size =
            switch chance.below(20) {
            case 0: chance.below(400_000)
            case 1...4: chance.below(20_000)
            default: chance.below(300)
            }
        let letter = fates.begin(
            sender: number, place: count,
            address: address ?? anyAddress(addresses, &chance),
            isPresettled: chance.once(in: 4), size: size,
            priority: chance.once(in: 8) ? UInt8(chance.below(10)) : 4)
        letter.wasAsked = address != nil
        let delivery = link.deliver(tag: UInt64(count))
        delivery.context = count
        current = Current(
            letter: letter, delivery: delivery,
            rest: letter.encoded(namesAddress: address == nil)[...])
        open[count] = (letter, delivery)
    }

    private func anyAddress(_ addresses: [PlayedAddress], _ chance: inout Seed) -> PlayedAddress {
        let distributed = addresses.filter { $0.kind != .routed }
        return distributed[chance.below(distributed.count)]
    }

    private func goOn(_ chance: inout Seed) {
        guard var now = current else { return }
        if chance.once(in: 25) { return abort(now) }
        let isLast = chance.once(in: 2) || now.rest.count < 64
        let part = isLast ? now.rest : now.rest.prefix(1 + chance.below(now.rest.count))
        part.withUnsafeBytes { link.send($0) }
        now.rest = now.rest.dropFirst(part.count)
        current = now
        if now.rest.isEmpty { finish(now) }
    }

    private func finish(_ now: Current) {
        current = nil
        now.letter.progress = .whole
        link.advance()
        if now.letter.isPresettled {
            now.delivery.settle()
            open[now.delivery.context] = nil
        }
    }

    private func abort(_ now: Current) {
        current = nil
        now.letter.progress = .aborted
        open[now.letter.place] = nil
        now.delivery.abort()
    }

    private func settleEarly(_ chance: inout Seed) {
        guard let (place, entry) = open.sorted(by: { $0.key < $1.key }).first,
            current?.letter !== entry.letter
        else { return }
        entry.letter.isSettledEarly = true
        entry.delivery.settle()
        open[place] = nil
    }

    // MARK: What it is told

    func updated(_ delivery: EngineDelivery) {
        guard delivery.isUpdated else { return }
        let state = DeliveryState(rawValue: delivery.remoteState)
        let place = delivery.context
        guard delivery.isSettled || state.isTerminal, let entry = open[place] else {
            return delivery.clear()
        }
        if let now = current, now.letter === entry.letter {
            // Told before it was all sent: the rest is spared.
            now.letter.progress = .aborted
            current = nil
            delivery.abort()
        } else {
            fates.told(entry.letter, state)
            delivery.settle()
        }
        open[place] = nil
    }

    func creditChanged() {
        if link.isDraining, current == nil { link.drained() }
    }

    // MARK: Its end

    func leave(_ chance: inout Seed) {
        forsake()
        link.close()
    }

    func forsake() {
        isOpen = false
        for entry in open.values { entry.letter.isForsaken = true }
        if let now = current { now.letter.progress = .aborted }
        current = nil
    }

    func comeToRest(_ chance: inout Seed) {
        guard isOpen, let now = current else { return }
        if chance.once(in: 3) { return abort(now) }
        now.rest.withUnsafeBytes { link.send($0) }
        finish(now)
    }
}
