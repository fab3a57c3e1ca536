internal import Basis
package import Topology

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

extension Mesh.Destination {
    /// The octets of one copy as it leaves `router`, transfer frame included.
    package func size(of message: ControlMessage, from router: RouterID) -> Int {
        let target: Envelope.Target =
            switch self {
            case .neighbours: .neighbour
            case .router: .router(0)
            case .everyone: .everyone
            }
        return Envelope(message, to: target, from: router, number: 0).size
    }
}

/// How long messages are on the wire, transfer frame included: to the octet what the router's own
/// encoder makes of numbers below 128, which is less work than to encode each.
extension ControlMessage {
    /// Without address and annotation values.
    fileprivate var encodedSize: Int {
        let frame = 8 + 20
        let sections = 3 + 10 + 3 + 6 + 21 + 18 + 9 + 3 + 9 + 7 + 3 + 9 - 2 + opcodeSize
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
        let instance = 10 + 9
        switch self {
        case .hello(_, _, let seen):
            return instance + 6 + 9 + seen.reduce(0) { $0 + $1.encodedSize }
        case .ra: return instance + 8 + 2 + 12 + 2
        case .lsu(_, _, let state):
            let inner = 9 + 4 + id.encodedSize + 6 + 3 + 8 + 2 + 7 + 9
            return instance + 8 + 2 + 4 + inner
                + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        case .lsr: return 0
        case .mau(_, _, .absolute(let all)): return 12 + 2 + 7 + 9 + 7 + 9 + Self.size(of: all)
        case .mau(_, _, .differential(let adding, let removing)):
            let removed = removing.reduce(0) { $0 + 2 + $1.utf8.count }
            return 12 + 2 + 5 + 9 + 5 + 9 + 7 + 9 + Self.size(of: adding) + removed
        case .mar: return 10 + 2
        case .summary(_, let entries):
            return 9 + 9 + entries.reduce(0) { $0 + 9 + $1.id.encodedSize + 9 + 2 + 2 }
        case .records(_, let records): return 9 + 9 + records.reduce(0) { $0 + $1.encodedSize }
        }
    }

    private static func size(of addresses: [MobileAddress]) -> Int {
        addresses.reduce(0) { $0 + 4 + $1.key.utf8.count }
    }

    private var isHello: Bool { if case .hello = self { true } else { false } }

    private var isAboutAddresses: Bool {
        switch self {
        case .mau, .mar: true
        case .hello, .ra, .lsu, .lsr, .summary, .records: false
        }
    }

    fileprivate func addressSize(_ target: Envelope.Target) -> Int {
        switch target {
        case .neighbour: isHello ? 22 : 23
        case .everyone: isAboutAddresses ? 25 : 28
        // As if all ids were equally long.
        case .router: (isAboutAddresses ? 28 : 25) + id.text.utf8.count
        }
    }
}

extension RouterRecord {
    fileprivate var encodedSize: Int {
        let state = linkState.map { state in
            2 + 9 + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        }
        let addresses = addresses.map { addresses in
            2 + 9
                + addresses.all.reduce(0) { $0 + 2 + $1.key.utf8.count + ($1.hint == nil ? 1 : 2) }
        }
        return 9 + id.encodedSize + 9 + (age.count < 128 ? 2 : 9) + (state ?? 2) + (addresses ?? 2)
    }
}

extension RouterID {
    fileprivate var encodedSize: Int { 2 + text.utf8.count }
}
