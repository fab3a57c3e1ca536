internal import EventLoop

/// Deliveries that wait on one outgoing link: the highest priority first, in order within one.
///
/// A ring for each priority that was ever used; a bit tells which hold anything.
struct DeliveryQueue: ~Copyable {
    private var middle = Ring<Ticket>()
    private var others: [RingBox?] = []
    private var occupied: UInt16 = 0
    private(set) var count = 0

    private static let middlePriority = 4

    private final class RingBox {
        var ring = Ring<Ticket>()
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ ticket: Ticket, priority: UInt8) {
        let priority = min(Int(priority), 9)
        count += 1
        occupied |= 1 << UInt16(priority)
        guard priority != Self.middlePriority else { return middle.append(ticket) }
        if others.isEmpty { others = Array(repeating: nil, count: 10) }
        let box = others[priority] ?? RingBox()
        others[priority] = box
        box.ring.append(ticket)
    }

    /// The delivery to be sent next.
    var first: Ticket? {
        guard let priority = highest else { return nil }
        return priority == Self.middlePriority ? middle.first : others[priority]?.ring.first
    }

    @discardableResult
    mutating func popFirst() -> Ticket? {
        guard let priority = highest else { return nil }
        let ticket: Ticket?
        let isEmptied: Bool
        if priority == Self.middlePriority {
            ticket = middle.popFirst()
            isEmptied = middle.isEmpty
        } else {
            ticket = others[priority]?.ring.popFirst()
            isEmptied = others[priority]?.ring.isEmpty ?? true
        }
        if isEmptied { occupied &= ~(1 << UInt16(priority)) }
        if ticket != nil { count -= 1 }
        return ticket
    }

    /// Takes out the delivery that is right and has waited longest, the very next one excepted.
    mutating func removeBehindFirst(where isRight: (Ticket) -> Bool) -> Ticket? {
        guard let next = highest else { return nil }
        for priority in 0..<10 where occupied & (1 << UInt16(priority)) != 0 {
            let start = priority == next ? 1 : 0
            let found: Ticket?
            let isEmptied: Bool
            if priority == Self.middlePriority {
                found = middle.remove(from: start, where: isRight)
                isEmptied = middle.isEmpty
            } else {
                found = others[priority]?.ring.remove(from: start, where: isRight)
                isEmptied = others[priority]?.ring.isEmpty ?? true
            }
            guard let found else { continue }
            if isEmptied { occupied &= ~(1 << UInt16(priority)) }
            count -= 1
            return found
        }
        return nil
    }

    /// Takes out one delivery, wherever it stands.
    mutating func remove(_ ticket: Ticket) {
        if first == ticket {
            popFirst()
        } else {
            _ = removeBehindFirst { $0 == ticket }
        }
    }

    /// Everything that waits, left where it is, in no order.
    var all: [Ticket] {
        var all = middle.elements
        for case .some(let box) in others { all += box.ring.elements }
        return all
    }

    /// Everything that waits, in the order of sending.
    mutating func popAll() -> [Ticket] {
        var all: [Ticket] = []
        while let ticket = popFirst() { all.append(ticket) }
        return all
    }

    private var highest: Int? {
        occupied == 0 ? nil : 15 - occupied.leadingZeroBitCount
    }
}
