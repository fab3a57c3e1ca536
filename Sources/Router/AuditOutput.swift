internal import Audit
internal import Configuration
internal import EventLoop
internal import TLS

/// What takes the lines of an audit trail.
private enum AuditSink {
    case file(Descriptor, size: Int)
    case systemLog(SystemLogSocket)
}

/// Where the lines of an audit trail go: to files, of which a full one is put aside under the number of its
/// last record, or to the system's log.
struct AuditOutput {
    private let settings: AuditSettings
    private let path: String
    private var chain = AuditChain(digest: Digest.sha256)
    private var sink: AuditSink?
    private var isNew = true
    private var lost: UInt64 = 0
    private var isBroken = false

    init(_ settings: AuditSettings) {
        self.settings = settings
        path = settings.path ?? SystemLogSocket.usualPath
    }

    /// The reason if it cannot be written, the first time.
    mutating func write(_ record: AuditRecord, at time: String) -> String? {
        do throws(SystemError) {
            if sink == nil { sink = try open() }
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
            return isBroken ? nil : "\(path): \(error.reason)"
        }
    }

    func sync() {
        if case .file(let descriptor, _) = sink { descriptor.sync() }
    }

    private mutating func append(_ record: AuditRecord, at time: String) throws(SystemError) {
        if case .file(_, let size) = sink, size >= settings.mostBytes { try rotate() }
        var next = chain
        let line = next.line(record, at: time, opensFile: isNew)
        switch sink {
        case .file(let descriptor, let size):
            try descriptor.writeLine(line)
            sink = .file(descriptor, size: size + line.utf8.count + 1)
        case .systemLog(let socket): try socket.write(line, program: "martletd")
        case nil: return
        }
        chain = next
        isNew = false
    }

    private mutating func open() throws(SystemError) -> AuditSink {
        if settings.isSystemLog { return .systemLog(try SystemLogSocket(path: path)) }
        var size = 0
        // Goes on behind what stands in the file, if that is a trail; one that is not is put aside.
        let text = (try? FileText.read(path)) ?? ""
        let last = text.split(separator: "\n").last.map(String.init)
        if let last, !(text.hasSuffix("\n") && chain.goOn(behind: last)) {
            try FileText.move(path, to: "\(path).broken")
        } else {
            (size, isNew) = (text.utf8.count, last == nil)
        }
        return .file(try openFile(), size: size)
    }

    private func openFile() throws(SystemError) -> Descriptor {
        let new = try Descriptor.open(path, for: .appending)
        new.keepPrivate()
        return new
    }

    private mutating func rotate() throws(SystemError) {
        close()
        try FileText.move(path, to: "\(path).\(chain.number)")
        sink = .file(try openFile(), size: 0)
    }

    private mutating func close() {
        switch sink {
        case .file(let descriptor, _): descriptor.close()
        case .systemLog(let socket): socket.close()
        case nil: break
        }
        sink = nil
        isNew = true
    }
}
