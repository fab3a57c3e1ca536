/// How much memory the process has.
public enum ProcessMemory {
    /// Bytes of address space: `VmSize` (MG-158). Nil where the kernel does not say.
    public static var addressSpace: UInt64? { field("VmSize:") }

    /// Bytes in real memory: `VmRSS`. Nil where the kernel does not say.
    public static var resident: UInt64? { field("VmRSS:") }

    /// Bytes of the machine's memory that processes could have: `MemAvailable`.
    public static var available: UInt64? { field("MemAvailable:", in: "/proc/meminfo") }

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
