internal import CLinux
internal import Glibc

/// The place of a socket of this machine: a path, or a name without a file, which begins with a NUL.
struct LocalAddress: Hashable, Sendable {
    private let name: [UInt8]

    /// Nil if it is too long.
    init?(_ name: [UInt8]) {
        guard name.count < Self.longest else { return nil }
        self.name = name
    }

    /// Bytes that there is room for.
    private static let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    func use<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: name) }
        let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).unsafelyUnwrapped + name.count
        return withUnsafePointer(to: place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
        }
    }
}

/// The socket of a system's log, to which a line is a datagram (RFC 3164).
public struct SystemLogSocket: Sendable {
    /// Where programs find it.
    public static let usualPath = "/dev/log"
    /// Seconds that a line waits while the log takes none.
    private static let patience = 1
    /// Facility `authpriv`, priority `notice`.
    private static let mark = 10 << 3 | 5

    private let socket: Descriptor

    /// Wraps `socket` and `connect`.
    public init(path: String) throws(SystemError) {
        guard let address = LocalAddress(Array(path.utf8)) else {
            throw SystemError(.connect, code: ENAMETOOLONG)
        }
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_UNIX, kind, 0)
        guard number >= 0 else { throw SystemError(.connect) }
        var span = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(
            number, SOL_SOCKET, SO_SNDTIMEO, &span, socklen_t(MemoryLayout<timeval>.size))
        guard address.use({ connect(number, $0, $1) }) == 0 else {
            let error = SystemError(.connect)
            Glibc.close(number)
            throw error
        }
        socket = Descriptor(number: number)
    }

    /// Waits a second at most. Wraps `send`.
    public func write(_ line: String, program: String) throws(SystemError) {
        let time = TimeText.format("%b %e %H:%M:%S", seconds: Clock.unixSeconds)
        let text = Array("<\(Self.mark)>\(time) \(program)[\(getpid())]: \(line)".utf8)
        guard send(socket.number, text, text.count, Int32(MSG_NOSIGNAL)) == text.count else {
            throw SystemError(.write)
        }
    }

    public func close() { socket.close() }
}
