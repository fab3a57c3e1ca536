internal import AMQP

/// A message of the plane, and all that is known of what became of it.
package final class Letter {
    package enum Progress { case begun, whole, aborted }

    let number: Int
    /// Which attach of which sender it was sent on, and its place among that one's messages.
    let sender: Int
    let place: Int
    let address: PlayedAddress
    let isPresettled: Bool
    let size: Int
    let priority: UInt8
    package var progress = Progress.begun
    /// The sender has settled it before it knew what became of it.
    var isSettledEarly = false
    /// The sender can hear no more of it: its link or connection is gone.
    var isForsaken = false
    /// A way that it may have been on was cut.
    var isDoubtful = false
    /// What the sender was told; nil until then.
    var outcome: DeliveryState?
    var receipts: [Receipt] = []

    /// Its sender had credit for its address alone.
    package var wasAsked = false

    /// It came to a receiver.
    struct Receipt {
        let receiver: Int
        /// What the receiver said; nil until then, or if it came settled.
        var state: DeliveryState?
        /// What it said may not have come to its router.
        var isDoubtful = false
    }

    init(
        number: Int, sender: Int, place: Int, address: PlayedAddress, isPresettled: Bool, size: Int,
        priority: UInt8
    ) {
        self.number = number
        self.sender = sender
        self.place = place
        self.address = address
        self.isPresettled = isPresettled
        self.size = size
        self.priority = priority
    }

    /// The octets of its body tell which message it is, and whether one is missing or wrong.
    var body: [UInt8] {
        var body = [UInt8](repeating: 0, count: max(8, size))
        for index in 0..<8 { body[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        for index in 8..<max(8, size) {
            body[index] = UInt8(truncatingIfNeeded: (index &* 31) ^ number)
        }
        return body
    }

    static func number(of body: [UInt8]) -> Int? {
        guard body.count >= 8 else { return nil }
        return (0..<8).reduce(0) { $0 | Int(body[$1]) << (8 * $1) }
    }

    /// With its address in it if its link names none.
    package func encoded(namesAddress: Bool) -> [UInt8] {
        Message(
            header: Message.Header(priority: priority),
            properties: namesAddress ? Message.Properties(to: address.text) : nil,
            body: .data([body])
        ).encoded()
    }
}

/// Where the plane's messages go.
package struct PlayedAddress: Hashable {
    package enum Kind: String, CaseIterable {
        case closest, balanced, multicast
        /// One link goes on to a container's.
        case routed

        static let distributed = [closest, balanced, multicast]
    }

    let kind: Kind
    let number: Int

    var text: String { "\(kind.rawValue)/\(number)" }

    package init(kind: Kind, number: Int) {
        self.kind = kind
        self.number = number
    }

    /// Nil for a text that is no address of the plane's.
    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])),
            let number = Int(parts[1])
        else { return nil }
        self.init(kind: kind, number: number)
    }
}
