internal import EventLoop

/// The process of the router under test, seen from outside.
struct RouterProcess {
    let number: Int32

    /// Processor time of all its threads so far, in nanoseconds; 0 if it is gone.
    var processorTime: UInt64 { Clock.processorTime(ofProcess: number) ?? 0 }

    /// Resident memory, in kilobytes.
    var resident: Int { status("VmRSS:") }

    /// The most resident memory that it ever had, in kilobytes.
    var peak: Int { status("VmHWM:") }

    private func status(_ name: String) -> Int {
        guard let text = try? FileText.read("/proc/\(number)/status"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) })
        else { return 0 }
        return Int(line.filter(\.isNumber)) ?? 0
    }
}
