import FoundationEssentials
import Glibc
import Logging
import Testing

/// A named pipe as the log's destination.
private struct Pipe {
    let path = "/tmp/martlet-log-pipe-\(UUID().uuidString)"

    init() { mkfifo(path, 0o600) }

    func openReader() -> Int32 { open(path, O_RDONLY | O_NONBLOCK) }

    /// What is in the pipe, until nothing more comes for as long as `isDone` is false.
    static func readLines(_ reader: Int32, until isDone: (String) -> Bool) -> [String] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65_536)
        while !isDone(String(decoding: bytes.suffix(200), as: UTF8.self)) {
            var watched = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, 1_000)
            let count = read(reader, &room, room.count)
            if count > 0 { bytes += room[..<count] }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func remove() { unlink(path) }
}

/// A log that nobody reads.
@Suite struct `A log that nobody reads` {
    @Test func `keeps no writer waiting, and says how many lines were lost`() throws {
        let pipe = Pipe()
        defer { pipe.remove() }
        let reader = pipe.openReader()
        defer { close(reader) }
        let log = Log()
        try log.configure(
            nil,
            Log.Settings(
                levels: LogLevels("trace+").mask, includesTimestamp: false, output: pipe.path))
        let count = 20_000
        let filler = String(repeating: "x", count: 100)
        for number in 0..<count { log.write(.server, .trace, "\(number) \(filler)") }
        // All is in memory, and it was written without a reader.
        #expect(log.entries(limit: 1).first?.text.hasPrefix("\(count - 1) ") == true)

        let lines = Pipe.readLines(reader) { $0.contains("could not be written here") }
        let told = try #require(lines.last?.firstMatch(of: /(\d+) lines could not be written/))
        let lost = try #require(Int(told.1))
        let written = lines.filter { $0.hasPrefix("SERVER (trace)") }
        #expect(lost > 0)
        #expect(written.count + lost == count)
        #expect(written.enumerated().allSatisfy { $1.hasPrefix("SERVER (trace) \($0) ") })

        log.write(.server, .trace, "again")
        let rest = Pipe.readLines(reader) { $0.contains("again") }
        #expect(rest == ["SERVER (trace) again"])
    }

    @Test func `is not waited for when the process ends`() throws {
        let pipe = Pipe()
        defer { pipe.remove() }
        let reader = pipe.openReader()
        defer { close(reader) }
        let log = Log()
        try log.configure(
            nil, Log.Settings(levels: LogLevels("trace+").mask, output: pipe.path))
        for _ in 0..<2_000 { log.write(.server, .trace, String(repeating: "x", count: 100)) }
        log.flush(milliseconds: 10)
        #expect(log.entries(limit: 0).count == 1_000)
    }

    @Test func `is not opened if it is a pipe without a reader`() throws {
        let pipe = Pipe()
        defer { pipe.remove() }
        #expect(throws: Log.CannotOpen.self) {
            try Log().configure(nil, Log.Settings(output: pipe.path))
        }
    }
}
