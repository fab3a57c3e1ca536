internal import AMQP
internal import Basis
internal import EventLoop

/// A sender: its messages, and what became of them.
final class Outlet {
    let link: EngineLink
    private let number: UInt64
    private let isPresettled: Bool
    private(set) var sent: UInt64 = 0
    /// When there was credit for the first time; noted where a rate is kept.
    var firstCredit: Instant?
    var accepted: UInt64 = 0
    var released: UInt64 = 0
    var rejected: UInt64 = 0
    var modified: UInt64 = 0

    /// The sections before the body's bytes, and as many of those as are given at once.
    private let message: UnsafeMutableRawBufferPointer
    private let headCount: Int
    private let bodyCount: Int
    /// Bytes of the current message's body that were not given yet.
    private var rest = 0

    /// Bytes that are given at once, and that may wait to be framed: the engine moves what is left
    /// of a delivery with each frame, so they must be few.
    private static let chunk = 65_536
    private static let unsentLimit = 131_072

    /// Attaches a sender to `address`, or to none with the address in each message.
    init(_ plan: Plan, number: Int, address: String, session: EngineSession) {
        self.number = UInt64(number)
        isPresettled = plan.isPresettled
        let head = Self.head(plan, to: plan.isAnonymous ? address : nil)
        headCount = head.count
        bodyCount = plan.size
        message = .allocate(
            byteCount: head.count + min(plan.size, Self.chunk), alignment: 8)
        message.copyBytes(from: head)
        for index in head.count..<message.count { message[index] = 0x78 }
        link = session.makeSender(name: "sender-\(number)")
        if plan.isAnonymous {
            link.target.setEmptyTarget()
        } else {
            link.target.setAddress(address)
        }
        link.source.setEmptySource()
        link.setSettlement(plan.isPresettled ? .settled : .unsettled)
        link.setOwner(Unmanaged.passUnretained(self))
        link.open()
    }

    deinit { message.deallocate() }

    /// Nothing is under way.
    func isDone(of messages: UInt64) -> Bool {
        sent == messages && rest == 0
            && (isPresettled || accepted + released + rejected + modified == sent)
    }

    /// Sends up to `due` messages in all, as far as credit and the unsent bytes allow. Gives
    /// whether it was the unsent bytes that ended it.
    func fill(upTo due: UInt64) -> Bool {
        let session = link.session
        while rest > 0 || (sent < due && link.credit > 0) {
            guard session.outgoingBytes < Self.unsentLimit else { return true }
            if rest == 0 { begin() } else { resume() }
        }
        return false
    }

    private func begin() {
        _ = link.deliver(tag: sent)
        let count = min(bodyCount, Self.chunk)
        rest = bodyCount - count
        if rest == 0 { stamp() }
        link.send(UnsafeRawBufferPointer(rebasing: message[..<(headCount + count)]))
        if rest == 0 { end() }
    }

    private func resume() {
        var count = min(rest, Self.chunk)
        // The stamp is never cut.
        if count < rest, rest - count < Stamp.size { count -= Stamp.size }
        rest -= count
        if rest == 0 { stamp() }
        link.send(UnsafeRawBufferPointer(rebasing: message[(message.count - count)...]))
        if rest == 0 { end() }
    }

    private func stamp() {
        Stamp(time: Clock.now.nanoseconds, sequence: sent, sender: number).write(toEndOf: message)
    }

    private func end() {
        let delivery = isPresettled ? link.current : nil
        link.advance()
        delivery?.settle()
        sent += 1
    }

    /// Takes note of what the router says about a delivery.
    func settle(_ delivery: EngineDelivery) {
        guard delivery.isUpdated else { return }
        switch DeliveryState(rawValue: delivery.remoteState) {
        case .accepted: accepted += 1
        case .released: released += 1
        case .rejected: rejected += 1
        case .modified: modified += 1
        default:
            guard delivery.isSettled else { return delivery.clear() }
            released += 1
        }
        delivery.settle()
    }

    /// The encoded sections up to the body's bytes (AMQP 3.2).
    private static func head(_ plan: Plan, to address: String?) -> [UInt8] {
        var head: [UInt8] = []
        if let priority = plan.priority {
            head += [0x00, 0x53, 0x70, 0xc0, 4, 2, 0x42, 0x50, priority]
        }
        if let address {
            let text = Array(address.utf8.prefix(200))
            let count = UInt8(text.count)
            head += [0x00, 0x53, 0x73, 0xc0, count + 5, 3, 0x40, 0x40, 0xa1, count] + text
        }
        head += [0x00, 0x53, 0x75, 0xb0]
        withUnsafeBytes(of: UInt32(plan.size).bigEndian) { head += $0 }
        return head
    }
}
