public import Basis
internal import CLinux
internal import Glibc

/// The machine's clocks.
public enum Clock {
    /// The monotonic time. Wraps `clock_gettime`.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    /// Seconds and microseconds since 1970.
    public static var wall: (seconds: Int, microseconds: Int) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (time.tv_sec, time.tv_nsec / 1_000)
    }

    /// Whole seconds since 1970.
    public static var unixSeconds: Int { wall.seconds }

    /// The processor time that the calling thread has used, in nanoseconds.
    public static var threadProcessorTime: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
