public import Basis
internal import CLinux
internal import Glibc

/// Who has started the program and wants to hear how it is: systemd, or whoever else speaks its
/// protocol, lines in datagrams to a socket (sd_notify(3)).
public struct Supervisor: Sendable {
    private let address: LocalAddress
    /// How often it must hear `WATCHDOG=1`; nil for never.
    public let patience: Milliseconds?

    /// Nil where nobody wants to hear. Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    public init?() {
        guard let name = Environment.variable("NOTIFY_SOCKET"), let first = name.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        var bytes = Array(name.utf8)
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        guard let address = LocalAddress(bytes) else { return nil }
        self.address = address
        let isForUs = Environment.variable("WATCHDOG_PID").map { Int($0) == Int(getpid()) } ?? true
        let span = Environment.variable("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        patience = isForUs && span >= 1_000 ? Milliseconds(span / 1_000) : nil
    }

    /// Says something, if that can be at once. Wraps `sendto`.
    public func tell(_ lines: String...) {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(AF_UNIX, kind, 0)
        guard number >= 0 else { return }
        defer { Glibc.close(number) }
        let text = Array(lines.joined(separator: "\n").utf8)
        _ = address.use { sendto(number, text, text.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }
}
