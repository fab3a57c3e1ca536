internal import EventLoop

/// Lists of tickets that are no longer needed, so that a multicast message gets one without an
/// allocation.
struct SpareLists {
    private var lists: [[Ticket]] = []

    /// As many messages as a few senders have under way at once.
    private static let mostLists = 1_024
    /// Longer ones would keep memory that is seldom needed.
    private static let mostRoom = 256

    /// An empty list with room for `room` tickets.
    mutating func take(room: Int) -> [Ticket] {
        var list = lists.popLast() ?? []
        list.reserveCapacity(room)
        return list
    }

    /// Leaves `list` empty.
    mutating func giveBack(_ list: inout [Ticket]) {
        guard (1...Self.mostRoom).contains(list.capacity), lists.count < Self.mostLists else {
            return
        }
        list.removeAll(keepingCapacity: true)
        lists.append([])
        swap(&lists[lists.count - 1], &list)
    }
}
