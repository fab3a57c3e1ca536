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
/// encoder makes, which is less work than to encode each. Costs, hints and hops are below 128, and
/// instances those of Martlets.
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
        case .hello(_, _, let seen, let digest):
            let digest = digest.map { 8 + Int(Int64(bitPattern: $0)).encodedLongSize } ?? 0
            return instance + digest + 6 + 9 + seen.reduce(0) { $0 + $1.encodedSize }
        case .ra(_, _, let links, let mobile):
            return instance + 8 + links.encodedSize + 12 + mobile.encodedSize
        case .lsu(_, _, let state):
            let sequence = state.sequence.encodedSize
            let inner = 9 + 4 + id.encodedSize + 6 + 3 + 8 + sequence + 7 + 9
            return instance + 8 + sequence + 4 + inner
                + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        case .lsr: return 0
        case .mau(_, let sequence, .absolute(let all), let part):
            let lists = all.isEmpty ? 2 : 18
            return part.encodedSize + 12 + sequence.encodedLongSize + 14 + lists
                + Self.size(of: all)
        case .mau(_, let sequence, .differential(let adding, let removing), let part):
            let removed = removing.reduce(0) { $0 + 2 + $1.text.utf8.count }
            let lists = adding.isEmpty ? 2 : 18
            return part.encodedSize + 12 + sequence.encodedLongSize + 17 + lists
                + (removing.isEmpty ? 1 : 9) + Self.size(of: adding) + removed
        case .mar(_, let have): return 10 + have.encodedLongSize
        case .summary(_, let entries):
            return 9 + 9
                + entries.reduce(0) {
                    $0 + 9 + $1.id.encodedSize + 9 + $1.linkStateSequence.encodedLongSize
                        + $1.mobileSequence.encodedLongSize
                }
        case .records(_, let records): return 9 + 9 + records.reduce(0) { $0 + $1.encodedSize }
        }
    }

    private static func size(of addresses: [MobileAddress]) -> Int {
        addresses.reduce(0) { $0 + 4 + $1.key.text.utf8.count }
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
            state.sequence.encodedLongSize + 9
                + state.peers.reduce(0) { $0 + $1.id.encodedSize + 2 }
        }
        let addresses = addresses.map { addresses in
            addresses.part.encodedFieldsSize + addresses.sequence.encodedLongSize + 9
                + addresses.all.reduce(0) {
                    $0 + 2 + $1.key.text.utf8.count + ($1.hint == nil ? 1 : 2)
                }
        }
        let age = Int(age.count).encodedLongSize
        return 9 + id.encodedSize + 9 + age + (state ?? 2) + (addresses ?? 2)
    }
}

extension Part {
    /// Keys and numbers, as in a MAU.
    fileprivate var encodedSize: Int {
        guard self != .whole else { return 0 }
        return 6 + Int(index).encodedLongSize + 6 + Int(more).encodedLongSize
    }

    fileprivate var encodedFieldsSize: Int {
        self == .whole ? 0 : Int(index).encodedLongSize + Int(more).encodedLongSize
    }
}

extension Int {
    /// As an int if it is one, else a long.
    fileprivate var encodedSize: Int {
        Int8(exactly: self) != nil ? 2 : Int32(exactly: self) != nil ? 5 : 9
    }

    fileprivate var encodedLongSize: Int { Int8(exactly: self) != nil ? 2 : 9 }
}

extension RoutingNumber {
    fileprivate var encodedSize: Int { Int(value).encodedSize }
    fileprivate var encodedLongSize: Int { Int(value).encodedLongSize }
}

extension RouterID {
    fileprivate var encodedSize: Int { 2 + text.utf8.count }
}
