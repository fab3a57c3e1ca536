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
            var file = AuditFile(settings)
            while true {
                _ = poller.wait(milliseconds: -1)
                var batch: [Entry] = []
                entries.heard()
                entries.take(into: &batch)
                for entry in batch {
                    if let failure = file.write(entry.record, at: entry.time) {
                        failures.post(failure)
                    }
                    written.value.raise()
                }
                file.sync()
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

/// The files of an audit trail. A full one is put aside under the number of its last record.
struct AuditFile {
    private let settings: AuditSettings
    private var chain = AuditChain(digest: Digest.sha256)
    private var descriptor: Descriptor?
    private var size = 0
    private var isNew = true
    private var lost: UInt64 = 0
    private var isBroken = false

    init(_ settings: AuditSettings) {
        self.settings = settings
    }

    /// The reason if it cannot be written, the first time.
    mutating func write(_ record: AuditRecord, at time: String) -> String? {
        do throws(SystemError) {
            if descriptor == nil { try open() }
            if lost > 0 {
                try append(AuditRecord("records lost").with("count", lost), at: time)
                lost = 0
            }
            try append(record, at: time)
            isBroken = false
            return nil
        } catch {
            close()
            lost += 1
            defer { isBroken = true }
            return isBroken ? nil : "\(settings.path): \(error.reason)"
        }
    }

    func sync() { descriptor?.sync() }

    private mutating func append(_ record: AuditRecord, at time: String) throws(SystemError) {
        if size >= settings.mostBytes { try rotate() }
        guard let descriptor else { return }
        var next = chain
        let line = next.line(record, at: time, opensFile: isNew)
        try descriptor.writeLine(line)
        chain = next
        size += line.utf8.count + 1
        isNew = false
    }

    /// Goes on behind what stands in the file, if that is a trail; one that is not is put aside.
    private mutating func open() throws(SystemError) {
        let text = (try? FileText.read(settings.path)) ?? ""
        let last = text.split(separator: "\n").last.map(String.init)
        if let last, !(text.hasSuffix("\n") && chain.goOn(behind: last)) {
            try FileText.move(settings.path, to: "\(settings.path).broken")
        } else {
            (size, isNew) = (text.utf8.count, last == nil)
        }
        let new = try Descriptor.open(settings.path, for: .appending)
        new.keepPrivate()
        descriptor = new
    }

    private mutating func rotate() throws(SystemError) {
        close()
        try FileText.move(settings.path, to: "\(settings.path).\(chain.number)")
        descriptor = try Descriptor.open(settings.path, for: .appending)
        descriptor?.keepPrivate()
    }

    private mutating func close() {
        descriptor?.close()
        descriptor = nil
        (size, isNew) = (0, true)
    }
}
