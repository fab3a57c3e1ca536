internal import CLinux
internal import Glibc

/// How much memory the process has.
public enum ProcessMemory {
    /// Bytes of address space: `VmSize` (MG-158). Nil where the kernel does not say.
    public static var addressSpace: UInt64? { field("VmSize:") }

    /// Bytes in real memory: `VmRSS`. Nil where the kernel does not say.
    public static var resident: UInt64? { field("VmRSS:") }

    /// Bytes of the machine's memory that processes could have: `MemAvailable`.
    public static var available: UInt64? { field("MemAvailable:", in: "/proc/meminfo") }

    /// Bytes in real memory, read from the shortest place that says so: `/proc/self/statm`.
    public static var residentNow: UInt64? {
        let text: String
        do throws(SystemError) {
            text = try FileText.read("/proc/self/statm")
        } catch {
            return nil
        }
        return text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
            .map { $0 * UInt64(getpagesize()) }
    }

    /// Gives what was freed back to the system. Other threads that allocate wait meanwhile. Wraps
    /// `malloc_trim`.
    public static func giveBack() { malloc_trim(0) }

    /// Lets go of all code and constants in memory: what only the start has needed stays away, and the
    /// rest comes back from the system's cache where it is used. Wraps `dl_iterate_phdr` and
    /// `madvise`.
    public static func letCodeGo() { let_code_go() }

    /// The most that the process may have: the machine's memory, or the limit of its control group if
    /// that is less. Nil where the kernel does not say.
    public static var limit: UInt64? {
        let groups = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        let limits = groups.compactMap { number(in: $0) }
        return (limits + [field("MemTotal:", in: "/proc/meminfo")].compactMap { $0 }).min()
    }

    private static func number(in file: String) -> UInt64? {
        do throws(SystemError) {
            return UInt64(try FileText.read(file).filter { $0.isNumber })
        } catch {
            return nil
        }
    }

    private static func field(_ name: String, in file: String = "/proc/self/status") -> UInt64? {
        let text: String
        do throws(SystemError) {
            text = try FileText.read(file)
        } catch {
            return nil
        }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.split { $0 == " " || $0 == "\t" }.dropFirst().first
                .flatMap { UInt64($0) }.map { $0 * 1_024 }
        }
        return nil
    }
}
