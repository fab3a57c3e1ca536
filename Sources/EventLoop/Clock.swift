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

    /// Whole milliseconds since 1970.
    public static var unixMilliseconds: Int {
        let wall = wall
        return wall.seconds * 1_000 + wall.microseconds / 1_000
    }

    /// Sleeps, in a program that has nothing else to do. Wraps `nanosleep`.
    public static func pause(_ time: Milliseconds) {
        var left = timespec(
            tv_sec: Int(time.count / 1_000), tv_nsec: Int(time.count % 1_000) * 1_000_000)
        nanosleep(&left, nil)
    }

    /// The processor time that the calling thread has used, in nanoseconds.
    public static var threadProcessorTime: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// The processor time that all threads of a process have used, in nanoseconds; nil if there is
    /// no such process. Wraps `clock_getcpuclockid`.
    public static func processorTime(ofProcess process: Int32) -> UInt64? {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            return nil
        }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
