internal import Basis
internal import EventLoop
internal import Glibc
internal import Seeded

/// A connection of the plane: bytes go from end to end as fast, and in as small pieces, as chance
/// will have it.
final class Wire {
    /// Where bytes come from and go to.
    enum End {
        case socket(Descriptor)
        case client(PlayedClient)
    }

    private var ends: [End]
    /// `pipes[0]` leads from `ends[0]` to `ends[1]`.
    private var pipes = [Pipe(), Pipe()]
    private var areClosed = [false, false]
    private var chance: Seed
    private let delay: ClosedRange<UInt64>
    private let largestPiece: Int
    /// The wire takes nothing for a while.
    var isStalled = false
    private(set) var isCut = false

    init(_ one: End, _ other: End, chance: Seed, delay: ClosedRange<UInt64>, largestPiece: Int) {
        ends = [one, other]
        self.chance = chance
        self.delay = delay
        self.largestPiece = largestPiece
    }

    /// Two sockets that are connected.
    static func pair() -> (Descriptor, Descriptor) {
        var numbers: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, kind, 0, &numbers) == 0, "no sockets left")
        return (Descriptor(number: numbers[0]), Descriptor(number: numbers[1]))
    }

    var nextDue: Instant? {
        isStalled ? nil : [pipes[0].nextDue, pipes[1].nextDue].compactMap { $0 }.min()
    }

    /// Moves what can be moved; false if nothing could.
    func turn(at now: Instant) -> Bool {
        guard !isCut, !isStalled else { return false }
        var hasMoved = false
        for end in 0...1 {
            if hear(end, at: now) { hasMoved = true }
            if deliver(to: 1 - end, at: now) { hasMoved = true }
        }
        if areClosed == [true, true] { cut() }
        return hasMoved
    }

    /// Both ends see that the other is gone; what was under way is lost.
    func cut() {
        guard !isCut else { return }
        isCut = true
        for end in ends {
            switch end {
            case .socket(let socket): socket.close()
            case .client(let client): client.lost()
            }
        }
    }

    private func hear(_ end: Int, at now: Instant) -> Bool {
        let largest = chance.once(in: 4) ? largestPiece : 65_536
        let most = min(pipes[end].room, Int.random(in: 1...largest, using: &chance))
        guard most > 0, !pipes[end].isEnded else { return false }
        var bytes: [UInt8] = []
        switch ends[end] {
        case .client(let client):
            bytes = client.said(most: most)
            if bytes.isEmpty, client.hasLeft { return ended(end) }
        case .socket(let socket):
            var result = Descriptor.Transfer.wouldBlock
            bytes = [UInt8](unsafeUninitializedCapacity: most) { room, count in
                result = socket.receive(
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(room)[..<most]))
                if case .done(let octets) = result { count = octets }
            }
            switch result {
            case .done, .wouldBlock: break
            case .ended, .failed: return ended(end)
            }
        }
        guard !bytes.isEmpty else { return false }
        let wait = Milliseconds(UInt64.random(in: delay, using: &chance))
        pipes[end].say(bytes, due: now + wait)
        return true
    }

    private func ended(_ end: Int) -> Bool {
        pipes[end].isEnded = true
        return true
    }

    private func deliver(to end: Int, at now: Instant) -> Bool {
        let pipe = 1 - end
        guard let bytes = pipes[pipe].head(at: now) else {
            guard pipes[pipe].isEnded, pipes[pipe].isEmpty, !areClosed[end] else { return false }
            areClosed[end] = true
            switch ends[end] {
            case .socket(let socket): socket.shutdownWriting()
            case .client(let client): client.lost()
            }
            return true
        }
        switch ends[end] {
        case .client(let client):
            client.hear(bytes, at: now)
            pipes[pipe].took(bytes.count)
        case .socket(let socket):
            let result = bytes.withUnsafeBytes { socket.send($0) }
            switch result {
            case .done(let octets): pipes[pipe].took(octets)
            case .wouldBlock: return false
            case .ended, .failed: pipes[pipe].took(bytes.count)
            }
        }
        return true
    }
}
