internal import Basis
internal import CLinux
internal import Glibc

/// Waits for many descriptors at once. Wraps epoll.
///
/// A descriptor is known to its owner by a token, never by a pointer, so that an event for one
/// that was closed earlier in the same batch can be told and dropped.
public struct Poller: ~Copyable {
    /// What to wait for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        @inlinable
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let reading = Interest(rawValue: 1)
        public static let writing = Interest(rawValue: 2)
    }

    /// What became possible. Errors and hang-ups count as readable: reading tells.
    public struct Ready: Sendable {
        public let token: UInt64
        public let isReadable: Bool
        public let isWritable: Bool
    }

    private let descriptor: Descriptor
    private let room: UnsafeMutablePointer<epoll_event>
    private static let roomSize = 256

    public init() {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        invariant(number >= 0, "the kernel gave no epoll instance")
        descriptor = Descriptor(number: number)
        room = .allocate(capacity: Self.roomSize)
    }

    deinit {
        descriptor.close()
        room.deallocate()
    }

    /// Begins to watch. Wraps `epoll_ctl` with `EPOLL_CTL_ADD`.
    public borrowing func add(_ watched: Descriptor, token: UInt64, for interest: Interest) {
        control(EPOLL_CTL_ADD, watched, token: token, interest)
    }

    /// Changes what is watched for. Wraps `epoll_ctl` with `EPOLL_CTL_MOD`.
    public borrowing func change(_ watched: Descriptor, token: UInt64, for interest: Interest) {
        control(EPOLL_CTL_MOD, watched, token: token, interest)
    }

    /// Ends the watch; to be called before the descriptor is closed. Wraps `epoll_ctl` with
    /// `EPOLL_CTL_DEL`.
    public borrowing func remove(_ watched: Descriptor) {
        var event = epoll_event()
        _ = epoll_ctl(descriptor.number, EPOLL_CTL_DEL, watched.number, &event)
    }

    private borrowing func control(
        _ operation: Int32, _ watched: Descriptor, token: UInt64, _ interest: Interest
    ) {
        var event = epoll_event()
        event.data.u64 = token
        if interest.contains(.reading) { event.events |= EPOLLIN.rawValue }
        if interest.contains(.writing) { event.events |= EPOLLOUT.rawValue }
        _ = epoll_ctl(descriptor.number, operation, watched.number, &event)
    }

    /// Waits until something is ready or `milliseconds` have passed (-1: for ever), and gives how
    /// many are. Wraps `epoll_wait`.
    public borrowing func wait(milliseconds: Int32) -> Int {
        let count = epoll_wait(descriptor.number, room, Int32(Self.roomSize), milliseconds)
        return count > 0 ? Int(count) : 0
    }

    /// One of those that the last wait found.
    public borrowing func ready(at index: Int) -> Ready {
        let event = room[index]
        let readable = EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        return Ready(
            token: event.data.u64,
            isReadable: event.events & readable != 0,
            isWritable: event.events & EPOLLOUT.rawValue != 0)
    }
}
