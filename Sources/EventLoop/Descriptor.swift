internal import CLinux
internal import Glibc

/// An open file, socket or event of the kernel's.
///
/// A plain number: whoever owns it closes it, once.
public struct Descriptor: Hashable, Sendable {
    public let number: Int32

    @inlinable
    public init(number: Int32) { self.number = number }

    /// Lets the process open as many files as the system allows it at most: a connection is a file,
    /// and the usual limit of 1,024 is meant for other programs. Wraps `setrlimit`.
    public static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many files the process may have open. Wraps `getrlimit`.
    public static var limit: UInt64 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(limit.rlim_cur)
    }

    /// How many files the process has open. Linux has told it since 6.2 without listing them. Wraps
    /// `stat`.
    public static var openCount: UInt64 {
        var status = stat()
        if stat("/proc/self/fd", &status) == 0, status.st_size > 0 {
            return UInt64(status.st_size)
        }
        return UInt64((try? FileText.names(in: "/proc/self/fd").count) ?? 0)
    }

    /// Gives it back to the kernel. Wraps `close`.
    public func close() { _ = Glibc.close(number) }

    /// What a read or a write came to.
    public enum Transfer: Sendable {
        case done(Int)
        /// The kernel has nothing, or no room, just now.
        case wouldBlock
        /// The peer has ended its direction.
        case ended
        case failed(SystemError)
    }

    /// Reads what is there. Wraps `recv`.
    public func receive(into room: UnsafeMutableRawBufferPointer) -> Transfer {
        let count = recv(number, room.baseAddress, room.count, 0)
        if count > 0 { return .done(count) }
        if count == 0 { return .ended }
        return switch errno {
        case EAGAIN, EINTR: .wouldBlock
        default: .failed(SystemError(.read))
        }
    }

    /// The first byte that is there, which stays there. Wraps `recv` with `MSG_PEEK`.
    public func peek(_ byte: inout UInt8) -> Transfer {
        let count = recv(number, &byte, 1, Int32(MSG_PEEK))
        if count > 0 { return .done(count) }
        if count == 0 { return .ended }
        return switch errno {
        case EAGAIN, EINTR: .wouldBlock
        default: .failed(SystemError(.read))
        }
    }

    /// Writes what fits. Wraps `send`.
    public func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        let count = Glibc.send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return .done(count) }
        return switch errno {
        case EAGAIN, EINTR: .wouldBlock
        default: .failed(SystemError(.write))
        }
    }

    /// Ends our direction, so that the peer sees the end of the stream. Wraps `shutdown`.
    public func shutdownWriting() { _ = shutdown(number, Int32(SHUT_WR)) }
}
