internal import Audit
internal import Configuration
internal import EventLoop
internal import Forwarding
internal import TLS

/// Where the audit trail is written: on a thread of its own, so that no message and no decision waits for
/// a disk.
struct AuditTrail: Sendable {
    private struct Entry: Sendable {
        let record: AuditRecord
        let time: String
        var isLast = false
    }

    /// Why the trail could not be written, as often as that begins.
    let failures = Mailbox<String>()
    private let entries = Mailbox<Entry>()
    private let ends = Mailbox<Bool>()
    private let written = Gauge()
    private var posted: UInt64 = 0
    /// Records for which there was no room.
    private var lost: UInt64 = 0
    /// Denials in this second, which strangers can have as many of as they like, and those left out.
    private var second = 0
    private var denials = 0
    private var omitted: UInt64 = 0

    private static let mostWaiting: UInt64 = 65_536
    private static let mostDenials = 100

    init(_ settings: AuditSettings) {
        let (entries, failures, ends, written) = (entries, failures, ends, written)
        WorkerThread(name: "martlet-audit") {
            let poller = Poller()
            poller.add(entries.wakeUp, token: 0, for: .reading)
            var output = AuditOutput(settings)
            while true {
                _ = poller.wait(milliseconds: -1)
                var batch: [Entry] = []
                entries.heard()
                entries.take(into: &batch)
                for entry in batch {
                    if let failure = output.write(entry.record, at: entry.time) {
                        failures.post(failure)
                    }
                    written.value.raise()
                }
                output.sync()
                if batch.contains(where: \.isLast) { ends.post(true) }
            }
        }.detach()
    }

    mutating func add(_ record: AuditRecord, isLast: Bool = false) {
        guard posted &- written.value.count < Self.mostWaiting else {
            lost += 1
            return
        }
        if lost > 0 {
            post(AuditRecord("records lost").with("count", lost), isLast: false)
            lost = 0
        }
        post(record, isLast: isLast)
    }

    /// One that a stranger has caused: there is a bound to them.
    mutating func add(denial record: AuditRecord) {
        let now = Clock.unixSeconds
        if now != second { (second, denials) = (now, 0) }
        denials += 1
        guard denials <= Self.mostDenials else {
            omitted += 1
            return
        }
        add(omitted > 0 ? record.with("omittedBefore", omitted) : record)
        omitted = 0
    }

    private mutating func post(_ record: AuditRecord, isLast: Bool) {
        posted += 1
        let now = Clock.wall
        let fraction = String(1_000_000 + now.microseconds).dropFirst()
        let time = TimeText.format(
            "%Y-%m-%dT%H:%M:%S", seconds: Int(now.seconds), isUTC: true)
        entries.post(Entry(record: record, time: "\(time).\(fraction)Z", isLast: isLast))
    }

    /// Writes the last record, and waits for that a while.
    mutating func end(_ record: AuditRecord) {
        add(record, isLast: true)
        let poller = Poller()
        poller.add(ends.wakeUp, token: 0, for: .reading)
        _ = poller.wait(milliseconds: 2_000)
    }
}
