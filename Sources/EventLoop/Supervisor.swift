public import Basis
internal import CLinux
internal import Glibc

/// Who has started the program and wants to hear how it is: systemd, or whoever else speaks its
/// protocol, lines in datagrams to a socket (sd_notify(3)).
public struct Supervisor: Sendable {
    private let address: [UInt8]
    /// How often it must hear `WATCHDOG=1`; nil for never.
    public let patience: Milliseconds?

    /// Nil where nobody wants to hear. Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    public init?() {
        guard let name = Environment.variable("NOTIFY_SOCKET"), Self.longest > name.utf8.count,
            let first = name.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        var address = Array(name.utf8)
        // An address without a file begins with a NUL.
        if first == UInt8(ascii: "@") { address[0] = 0 }
        self.address = address
        let isForUs = Environment.variable("WATCHDOG_PID").map { Int($0) == Int(getpid()) } ?? true
        let span = Environment.variable("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        patience = isForUs && span >= 1_000 ? Milliseconds(span / 1_000) : nil
    }

    /// Bytes that the address of a local socket has room for.
    private static let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Says something, if that can be at once. Wraps `sendto`.
    public func tell(_ lines: String...) {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(AF_UNIX, kind, 0)
        guard number >= 0 else { return }
        defer { Glibc.close(number) }
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: address) }
        let size =
            MemoryLayout<sockaddr_un>.offset(of: \.sun_path).unsafelyUnwrapped + address.count
        let text = Array(lines.joined(separator: "\n").utf8)
        _ = withUnsafePointer(to: place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                sendto(number, text, text.count, Int32(MSG_NOSIGNAL), place, socklen_t(size))
            }
        }
    }
}
