/// What a run came to.
struct Report {
    var failure: String?
    var seconds = 0.0
    var size = 0
    var sent: UInt64 = 0
    var got: UInt64 = 0
    var accepted: UInt64 = 0
    var released: UInt64 = 0
    var rejected: UInt64 = 0
    var modified: UInt64 = 0
    var misplaced: UInt64 = 0
    /// Copies that were neither received nor returned to their sender.
    var lost: UInt64 = 0
    var latencies = Latencies()
    /// The longest time between two arrivals, in microseconds.
    var longestSilence: UInt64 = 0
    /// Processor time of the load generator, in nanoseconds.
    var loadProcessorTime: UInt64 = 0

    /// The router's process: processor time in nanoseconds, resident memory in kilobytes.
    private(set) var router: (processorTime: UInt64, before: Int, after: Int, peak: Int)?

    init(failure: String?) { self.failure = failure }

    mutating func measure(
        _ process: RouterProcess, processorTime: UInt64, residentBefore: Int
    ) {
        router = (processorTime, residentBefore, process.resident, process.peak)
    }

    var isGood: Bool { failure == nil && lost == 0 && misplaced == 0 }

    private var perSecond: Double { seconds > 0 ? Double(got) / seconds : 0 }
    private var megabytesPerSecond: Double { perSecond * Double(size) / 1e6 }

    /// Microseconds of the router's processor time for each message received.
    private var processorPerMessage: Double {
        guard let router, got > 0 else { return 0 }
        return Double(router.processorTime) / 1e3 / Double(got)
    }

    var json: String {
        var object = JSONObject()
        object.add("seconds", seconds)
        object.add("sent", sent)
        object.add("got", got)
        object.add("accepted", accepted)
        object.add("released", released)
        object.add("rejected", rejected)
        object.add("modified", modified)
        object.add("misplaced", misplaced)
        object.add("lost", lost)
        object.add("messagesPerSecond", perSecond)
        object.add("megabytesPerSecond", megabytesPerSecond)
        object.add("p50", latencies.percentile(0.5))
        object.add("p99", latencies.percentile(0.99))
        object.add("p999", latencies.percentile(0.999))
        object.add("longest", latencies.longest)
        object.add("longestSilence", longestSilence)
        object.add("loadProcessorSeconds", Double(loadProcessorTime) / 1e9)
        if let router {
            object.add("processorSeconds", Double(router.processorTime) / 1e9)
            object.add("processorMicrosecondsPerMessage", processorPerMessage)
            object.add("residentBefore", router.before)
            object.add("residentAfter", router.after)
            object.add("residentPeak", router.peak)
        }
        if let failure { object.add("failure", failure) }
        return object.text
    }

    var line: String {
        var text = "\(got) of \(sent) messages in \(seconds.rounded(to: 3)) s: "
        text += "\(Int(perSecond))/s, \(megabytesPerSecond.rounded(to: 1)) MB/s; "
        text += "latency p50 \(latencies.percentile(0.5)) µs, "
        text += "p99 \(latencies.percentile(0.99)) µs, longest \(latencies.longest) µs"
        if let router {
            text += "; router \(processorPerMessage.rounded(to: 3)) µs a message, "
            text += "\(router.after) kB resident (\(router.before) before, \(router.peak) at most)"
        }
        let returned = released + rejected + modified
        if returned > 0 { text += "; \(returned) returned" }
        if misplaced > 0 { text += "; \(misplaced) OUT OF ORDER OR TWICE" }
        if lost > 0 { text += "; \(lost) LOST" }
        if let failure { text += "; \(failure)" }
        return text
    }
}
