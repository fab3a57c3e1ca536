internal import AMQP
internal import EventLoop

/// A receiver: what it got, and whether the order was right.
final class Inlet {
    private let link: EngineLink
    private let window: Int
    private(set) var got: UInt64 = 0
    /// Messages that came a second time, or after a later one of the same sender.
    private(set) var misplaced: UInt64 = 0
    /// The least sequence number that each sender may come with.
    private var next: [UInt64]
    private let room: UnsafeMutableRawBufferPointer

    private static let chunk = 65_536

    /// Attaches a receiver and gives it its first credit.
    convenience init(_ plan: Plan, number: Int, address: String, session: EngineSession) {
        let link = session.makeReceiver(name: "receiver-\(number)")
        link.source.setAddress(address)
        link.target.setEmptyTarget()
        link.open()
        self.init(plan, on: link)
    }

    /// Receives on a link that is attached, and gives it its first credit.
    init(_ plan: Plan, on link: EngineLink) {
        window = plan.window
        next = Array(repeating: 0, count: plan.pairs)
        room = .allocate(byteCount: Self.chunk, alignment: 8)
        self.link = link
        link.setOwner(Unmanaged.passUnretained(self))
        link.grant(credit: plan.window)
    }

    deinit { room.deallocate() }

    /// Takes in what has come of the current delivery; gives the stamp if that is all of it.
    func receive(_ delivery: EngineDelivery) -> Stamp? {
        guard delivery.isReadable else { return nil }
        let isPartial = delivery.isPartial
        while true {
            // The stamp is read in one piece: its length stays in the engine until the end.
            let pending = delivery.pending
            let isLast = !isPartial && pending <= Self.chunk
            let count = isLast ? pending : min(pending - Stamp.size, Self.chunk)
            guard isLast || count > 0 else { return nil }
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            let read = link.receive(into: piece)
            if isLast {
                delivery.update(.accepted)
                delivery.settle()
                return take(Stamp(endOf: UnsafeRawBufferPointer(rebasing: piece[..<read])))
            }
        }
    }

    private func take(_ stamp: Stamp?) -> Stamp? {
        got += 1
        let credit = link.credit
        if credit < window / 2 { link.grant(credit: window - credit) }
        guard let stamp, stamp.sender < next.count else { return nil }
        let sender = Int(stamp.sender)
        if stamp.sequence < next[sender] { misplaced += 1 }
        next[sender] = stamp.sequence + 1
        return stamp
    }
}
