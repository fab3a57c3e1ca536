internal import Topology

/// A control message under way.
final class Envelope {
    enum Target {
        case neighbour
        case everyone
        case router(Int)
    }

    let message: ControlMessage
    let target: Target
    /// The routers passed, the sender of this hop included, by name in what is flooded.
    let trace: [RouterID]
    /// And by number, in what is for one router.
    let passed: [Int32]
    var hops: Int { max(trace.count, passed.count) }
    /// In octets, as encoded.
    let size: Int

    init(_ message: ControlMessage, to target: Target, from router: RouterID, number: Int) {
        self.message = message
        self.target = target
        trace = [router]
        passed = [Int32(truncatingIfNeeded: number)]
        size = message.encodedSize + message.addressSize(target) + 2 * router.text.utf8.count + 8
    }

    /// The same message as `router` passes it on.
    init(_ envelope: Envelope, through router: RouterID, number: Int) {
        message = envelope.message
        target = envelope.target
        if case .everyone = target {
            trace = envelope.trace + [router]
            passed = []
        } else {
            trace = []
            passed = envelope.passed + [Int32(truncatingIfNeeded: number)]
        }
        size = envelope.size + 4 + router.text.utf8.count
    }
}

/// How long messages are on the wire, transfer frame included (IR 11.3).
extension ControlMessage {
    /// Without address and annotation values.
    fileprivate var encodedSize: Int {
        let frame = 8 + 20
        let sections = 3 + 10 + 3 + 6 + 21 + 18 + 9 + 3 + 9 + 7 + 3 + 9 + 12 + opcodeSize
        let common = 3 + 9 + 6 + id.encodedSize + 7 + 3 + 4 + 2
        return frame + sections + common + bodySize
    }

    private var opcodeSize: Int {
        switch self {
        case .hello: 7
        case .ra: 4
        case .lsu, .lsr, .mau, .mar: 5
        case .summary, .records: 9
        }
    }

    private var bodySize: Int {
        let instance = 10 + 5
        switch self {
        case .hello(_, _, let seen):
            return instance + 6 + 9 + seen.reduce(0) { $0 + $1.encodedSize }
        case .ra: return instance + 8 + 5 + 12 + 5
        case .lsu(_, _, let state):
            let inner = 9 + 4 + id.encodedSize + 6 + 3 + 8 + 5 + 7 + 9
            return instance + 8 + 5 + 4 + inner
                + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        case .lsr: return 0
        case .mau(_, _, .absolute(let all)): return 12 + 2 + 7 + 9 + 7 + 9 + Self.size(of: all)
        case .mau(_, _, .differential(let adding, let removing)):
            let removed = removing.reduce(0) { $0 + 2 + $1.utf8.count }
            return 12 + 2 + 5 + 9 + 5 + 9 + 7 + 9 + Self.size(of: adding) + removed
        case .mar: return 10 + 2
        case .summary(_, let entries):
            return 9 + 9 + entries.reduce(0) { $0 + 3 + $1.id.encodedSize + 9 + 2 + 2 }
        case .records(_, let records): return 9 + 9 + records.reduce(0) { $0 + $1.encodedSize }
        }
    }

    private static func size(of addresses: [MobileAddress]) -> Int {
        addresses.reduce(0) { $0 + 4 + $1.key.utf8.count }
    }

    fileprivate func addressSize(_ target: Envelope.Target) -> Int {
        switch target {
        case .neighbour: 22
        case .everyone: 29
        case .router: 30 + id.text.utf8.count
        }
    }
}

extension RouterRecord {
    fileprivate var encodedSize: Int {
        let state = linkState.map { state in
            2 + 3 + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        }
        let addresses = addresses.map { addresses in
            2 + 3 + addresses.all.reduce(0) { $0 + 4 + $1.key.utf8.count }
        }
        return 3 + id.encodedSize + 9 + 2 + (state ?? 2) + (addresses ?? 2)
    }
}

extension RouterID {
    fileprivate var encodedSize: Int { 2 + text.utf8.count }
}
