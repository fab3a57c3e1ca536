/// Deliveries of one direction of a session that are not settled, each with the number by which
/// the driver knows it, and that of the link that it travels on: no link is retained for it.
public struct Unsettled {
    struct Entry {
        let link: UInt32
        var context: UInt64
    }

    private var entries = NumberTable<Entry>()

    init() {}

    public var count: Int { entries.count }

    /// The driver's number for a delivery; nil if it is settled, or never was.
    public func context(of delivery: DeliveryID) -> UInt64? {
        entries[delivery.number]?.context
    }

    /// True if the delivery is a new one.
    mutating func set(_ delivery: DeliveryID, on link: Link, context: UInt64) -> Bool {
        entries.set(delivery.number, to: Entry(link: link.number, context: context)) == nil
    }

    /// False if there is no such delivery.
    @discardableResult
    mutating func remove(_ delivery: DeliveryID) -> Bool {
        entries.remove(delivery.number) != nil
    }

    /// Takes every delivery out: each with its driver's number, in the order of the deliveries.
    public mutating func removeAll() -> [(DeliveryID, UInt64)] {
        var all: [(DeliveryID, UInt64)] = []
        entries.forEach { number, entry in
            all.append((DeliveryID(number: number), entry.context))
        }
        entries = NumberTable()
        return Self.inOrder(all)
    }

    /// The deliveries of one link, in the order of their numbers, each with the driver's number.
    public func deliveries(of link: Link) -> [(DeliveryID, UInt64)] {
        guard link.mostUnsettled > 0 else { return [] }
        var found: [(DeliveryID, UInt64)] = []
        entries.forEach { number, entry in
            if entry.link == link.number {
                found.append((DeliveryID(number: number), entry.context))
            }
        }
        return Self.inOrder(found)
    }

    /// The deliveries from `first` to `last`, in order: a stranger's range may be wider than all
    /// that there is, so it is never counted through.
    func deliveries(
        from first: DeliveryID, through last: DeliveryID
    ) -> [(DeliveryID, UInt64)] {
        let span = last.number &- first.number
        var found: [(DeliveryID, UInt64)] = []
        entries.forEach { number, entry in
            guard number &- first.number <= span else { return }
            found.append((DeliveryID(number: number), entry.context))
        }
        return Self.inOrder(found)
    }

    private static func inOrder(_ found: [(DeliveryID, UInt64)]) -> [(DeliveryID, UInt64)] {
        guard let first = found.first?.0.number else { return found }
        // Serial numbers: each is less than half the circle from any other.
        return found.sorted {
            Int32(bitPattern: $0.0.number &- first) < Int32(bitPattern: $1.0.number &- first)
        }
    }
}

extension Session {
    /// Calls `body` for each delivery that a disposition names and that is not settled, with the
    /// driver's number. `body` may settle deliveries.
    @inline(__always)
    public func forEach(
        in disposition: Disposition, _ body: (DeliveryID, UInt64) -> Void
    ) {
        let span = disposition.last.number &- disposition.first.number
        let isSent = disposition.isOfReceiver
        guard Int(span) > 64, Int(span) > (isSent ? sent.count : received.count) else {
            for step in 0...span {
                let delivery = DeliveryID(number: disposition.first.number &+ step)
                let context = isSent ? sent.context(of: delivery) : received.context(of: delivery)
                if let context { body(delivery, context) }
            }
            return
        }
        let (first, last) = (disposition.first, disposition.last)
        let found =
            isSent
            ? sent.deliveries(from: first, through: last)
            : received.deliveries(from: first, through: last)
        for (delivery, _) in found {
            // What was done about an earlier one may have settled this one.
            let context = isSent ? sent.context(of: delivery) : received.context(of: delivery)
            if let context { body(delivery, context) }
        }
    }
}
