internal import Basis
internal import EventLoop
internal import Forwarding

/// Requests that wait for the router's answer: each connection's in their order, and one of each
/// connection in turn.
///
/// A sender's credit bounds how many of its own can be here; `mostOctets` bounds all together.
struct RequestQueue<Request>: ~Copyable {
    /// The most that waits, with a request's own weight for each.
    static var mostOctets: Int { 64 << 20 }
    static var weight: Int { 256 }

    private struct Line {
        var requests: [(request: Request, octets: Int)] = []
        /// Those before it have had their turn.
        var first = 0
        var octets = 0

        var isEmpty: Bool { first == requests.count }

        mutating func append(_ request: Request, _ size: Int) {
            requests.append((request, size))
            octets += size
        }

        mutating func removeFirst() -> (request: Request, octets: Int)? {
            guard !isEmpty else { return nil }
            let taken = requests[first]
            first += 1
            octets -= taken.octets
            if first * 2 > requests.count {
                requests.removeFirst(first)
                first = 0
            }
            return taken
        }

        mutating func removeLast() -> (request: Request, octets: Int) {
            let taken = requests.removeLast()
            octets -= taken.octets
            return taken
        }
    }

    private var lines: [ConnectionID: Line] = [:]
    /// Who has something waiting, the next one first. One whose requests were taken out without
    /// their turn stays until it comes.
    private var turns = Ring<ConnectionID>()
    private(set) var count = 0
    private(set) var octets = 0

    init() {}

    var isEmpty: Bool { count == 0 }

    /// Puts a request behind the others of its connection. What is beyond the bound for it is
    /// returned: the newest requests of the connection that has most waiting.
    mutating func add(
        _ request: Request, from asker: ConnectionID, octets size: Int
    ) -> [Request] {
        let size = size + Self.weight
        if lines[asker] == nil { turns.append(asker) }
        lines[asker, default: Line()].append(request, size)
        octets += size
        count += 1
        var displaced: [Request] = []
        while octets > Self.mostOctets,
            let largest = lines.max(by: { $0.value.octets < $1.value.octets })?.key,
            let taken = lines[largest]?.removeLast()
        {
            octets -= taken.octets
            count -= 1
            displaced.append(taken.request)
        }
        return displaced
    }

    /// The request whose turn it is.
    mutating func next() -> Request? {
        while let asker = turns.popFirst() {
            guard let taken = lines[asker]?.removeFirst() else {
                lines[asker] = nil
                continue
            }
            octets -= taken.octets
            count -= 1
            if lines[asker]?.isEmpty ?? true { lines[asker] = nil } else { turns.append(asker) }
            return taken.request
        }
        return nil
    }

    /// Takes all of a connection's out: it is gone.
    mutating func drop(from asker: ConnectionID) -> [Request] {
        guard let line = lines.removeValue(forKey: asker) else { return [] }
        octets -= line.octets
        let dropped = line.requests[line.first...].map(\.request)
        count -= dropped.count
        return dropped
    }
}
