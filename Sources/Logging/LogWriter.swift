internal import EventLoop

/// What a destination's thread does: it alone writes there.
struct LogWriter: Sendable {
    let name: String
    let file: LogFile
    let queue: LogQueue
    let memory: LogMemory
    let alarm: LogDestination?

    /// Lines that the destination has not taken since it took one, and why.
    private struct Loss {
        var count = 0
        let reason: String
    }

    /// Works until the destination is given up.
    func run() {
        var loss: Loss?
        var letters: [LogQueue.Letter] = []
        while true {
            queue.letters.wait()
            queue.letters.heard()
            queue.letters.take(into: &letters)
            for letter in letters {
                switch letter {
                case .line(let entry, let style):
                    write(entry, style, &loss)
                    queue.left(entry)
                case .lost(let count): tellLost(count, &loss)
                case .reopen: reopen()
                case .flush(let done): done.post(())
                case .end: return file.close()
                }
            }
            tellLost(queue.takeLost(), &loss)
            letters.removeAll(keepingCapacity: true)
        }
    }

    /// A full disk ends nobody. The first line that is lost is told where it can be; how many there
    /// were, here, before the next line that is not.
    private func write(_ entry: LogEntry, _ style: LogStyle, _ loss: inout Loss?) {
        do throws(SystemError) {
            if let lost = loss {
                try put(Self.notice(of: lost.count, lost.reason), style)
                loss = nil
            }
            try put(entry, style)
        } catch {
            if loss == nil {
                loss = Loss(reason: error.reason)
                tell("Cannot write to log file '\(name)': \(error.reason)")
            }
            loss?.count += 1
        }
    }

    private func put(_ entry: LogEntry, _ style: LogStyle) throws(SystemError) {
        try file.write(entry.rendered(style), entry.level)
    }

    private func tellLost(_ count: Int, _ loss: inout Loss?) {
        guard count > 0 else { return }
        let notice = Self.notice(of: count, "they came faster than it took them")
        memory.append(notice)
        write(notice, LogStyle(), &loss)
    }

    private static func notice(of count: Int, _ reason: String) -> LogEntry {
        LogEntry(error: "\(count) lines could not be written here: \(reason)")
    }

    private func reopen() {
        do throws(SystemError) {
            try file.reopen(name)
        } catch {
            tell("Cannot open log file '\(name)' anew: \(error.reason)")
        }
    }

    private func tell(_ text: String) {
        let notice = LogEntry(error: text)
        memory.append(notice)
        alarm?.write(notice, LogStyle())
    }
}
