internal import EventLoop
internal import Synchronization

/// A destination, the lines that wait for it, and the thread that writes them: who logs never
/// waits for who reads the log.
///
/// What waits is bounded. Lines beyond the bound are lost, counted, and told in their place once
/// the destination takes lines again.
final class LogDestination: Sendable {
    private let queue: LogQueue
    private let writer: LogWriter
    private let isStarted = Atomic(false)

    /// `name` is that of the configuration. What goes wrong here is remembered in `memory` and, if
    /// that is another destination, told at `alarm`.
    init(_ file: LogFile, name: String, memory: LogMemory, alarm: LogDestination? = nil) {
        queue = LogQueue()
        writer = LogWriter(name: name, file: file, queue: queue, memory: memory, alarm: alarm)
    }

    deinit {
        if isStarted.load(ordering: .relaxed) {
            queue.letters.post(.end)
        } else {
            writer.file.close()
        }
    }

    /// Lines have no timestamps: the destination makes its own.
    var isSystemLog: Bool { writer.file == .systemLog }

    func write(_ entry: LogEntry, _ style: LogStyle) {
        guard let lost = queue.admit(entry) else { return }
        if lost > 0 { post(.lost(lost)) }
        post(.line(entry, style))
    }

    /// Opens the file anew, after the lines that wait.
    func reopen() { post(.reopen) }

    /// Waits until all lines so far are written, but no longer than so many milliseconds. False if
    /// they are not.
    @discardableResult
    func flush(milliseconds: Int32) -> Bool {
        let done = Mailbox<Void>()
        post(.flush(done))
        return done.wait(milliseconds: milliseconds)
    }

    private func post(_ letter: LogQueue.Letter) {
        queue.letters.post(letter)
        guard !isStarted.exchange(true, ordering: .relaxed) else { return }
        let writer = writer
        WorkerThread(name: "martlet-log") { writer.run() }.detach()
    }
}

/// What a destination has to do yet.
final class LogQueue: Sendable {
    enum Letter: Sendable {
        case line(LogEntry, LogStyle)
        /// So many lines came here that there was no room for.
        case lost(Int)
        case reopen
        case flush(Mailbox<Void>)
        case end
    }

    /// Octets that may wait: some thousand usual lines. When they do, half must go before more is
    /// taken, so that losses are few and long.
    private static let limit = 1 << 20

    private struct Room {
        var waiting = 0
        var isFull = false
        var lost = 0
    }

    let letters = Mailbox<Letter>()
    private let room = Guarded(Room())

    /// There is room for the line, after so many that were lost; nil if it is lost too.
    func admit(_ entry: LogEntry) -> Int? {
        room.withLock { room in
            if room.waiting >= (room.isFull ? Self.limit / 2 : Self.limit) {
                room.isFull = true
                room.lost += 1
                return nil
            }
            room.isFull = false
            room.waiting += entry.weight
            defer { room.lost = 0 }
            return room.lost
        }
    }

    /// The line waits no longer.
    func left(_ entry: LogEntry) { room.withLock { $0.waiting -= entry.weight } }

    /// How many lines were lost after all that was taken, once that has left.
    func takeLost() -> Int {
        room.withLock { room in
            guard room.waiting == 0 else { return 0 }
            defer { room.lost = 0 }
            return room.lost
        }
    }
}

extension LogEntry {
    /// Octets that it fills while it waits, about.
    fileprivate var weight: Int { text.utf8.count + 200 }
}
