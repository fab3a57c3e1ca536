internal import Basis
internal import EventLoop
internal import Forwarding

/// Requests that wait for the router's answer: each connection's in their order, and one of each
/// connection in turn, but for those that are held up.
///
/// A sender's credit bounds how many of its own can be here; `mostOctets` bounds all together.
struct RequestQueue<Request>: ~Copyable {
    /// The most that waits, with a request's own weight for each.
    static var mostOctets: Int { 64 << 20 }
    static var weight: Int { 256 }

    private struct Line {
        /// Nil for those before `start`, which have had their turn.
        private var requests: [(request: Request, octets: Int)?] = []
        private var start = 0
        private(set) var octets = 0
        /// What it waits for, if it is held up.
        var obstacle: String?

        var first: Request? { start < requests.count ? requests[start]?.request : nil }
        var all: [Request] { requests[start...].compactMap { $0?.request } }

        mutating func append(_ request: Request, _ size: Int) {
            requests.append((request, size))
            octets += size
        }

        mutating func removeFirst() -> (request: Request, octets: Int)? {
            guard start < requests.count, let taken = requests[start].take() else { return nil }
            start += 1
            octets -= taken.octets
            if start * 2 > requests.count {
                requests.removeFirst(start)
                start = 0
            }
            return taken
        }

        mutating func removeLast() -> (request: Request, octets: Int)? {
            guard start < requests.count, let taken = requests.removeLast() else { return nil }
            octets -= taken.octets
            return taken
        }
    }

    private var lines: [ConnectionID: Line] = [:]
    /// Who has something waiting and is not held up, the next one first. One whose requests were taken
    /// out without their turn stays until it comes.
    private var turns = Ring<ConnectionID>()
    private var held: Set<ConnectionID> = []
    private(set) var count = 0
    private(set) var octets = 0

    init() {}

    /// Somebody's turn can come.
    var hasTurns: Bool { !turns.isEmpty }
    /// Somebody is held up.
    var hasHeld: Bool { !held.isEmpty }

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

    /// The request whose turn it is. A connection whose next request has an obstacle is held up, and
    /// with it the others behind that, until `release` says that the obstacle is gone.
    mutating func next(unless obstacle: (Request) -> String?) -> Request? {
        while let asker = turns.popFirst() {
            guard let request = lines[asker]?.first else {
                lines[asker] = nil
                continue
            }
            if let obstacle = obstacle(request) {
                lines[asker]?.obstacle = obstacle
                held.insert(asker)
                continue
            }
            if let taken = lines[asker]?.removeFirst() {
                octets -= taken.octets
                count -= 1
            }
            if lines[asker]?.first == nil { lines[asker] = nil } else { turns.append(asker) }
            return request
        }
        return nil
    }

    /// Lets those go on whose obstacle is gone.
    mutating func release(where isGone: (String) -> Bool) {
        for asker in held where lines[asker]?.obstacle.map(isGone) ?? true {
            held.remove(asker)
            lines[asker]?.obstacle = nil
            turns.append(asker)
        }
    }

    /// Takes all of a connection's out: it is gone.
    mutating func drop(from asker: ConnectionID) -> [Request] {
        held.remove(asker)
        guard let line = lines.removeValue(forKey: asker) else { return [] }
        octets -= line.octets
        let dropped = line.all
        count -= dropped.count
        return dropped
    }
}
