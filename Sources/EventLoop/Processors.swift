internal import Glibc

/// The machine and the process, in numbers.
public enum Processors {
    /// How many processors the process may use. Wraps `sched_getaffinity` by `sysconf`.
    public static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Wraps `getpid`.
    public static var processID: Int { Int(getpid()) }
}
