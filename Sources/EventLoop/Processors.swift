internal import Glibc

/// The machine and the process, in numbers.
public enum Processors {
    /// How many processors are on. Wraps `sysconf`.
    public static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Wraps `getpid`.
    public static var processID: Int { Int(getpid()) }
}
