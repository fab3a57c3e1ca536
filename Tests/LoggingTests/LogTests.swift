import FoundationEssentials
import Logging
import Testing

/// A log that writes to a file of its own.
private struct FileLog {
    let log = Log()
    let path: String

    init(_ settings: Log.Settings = Log.Settings()) throws {
        path = "/tmp/martlet-log-\(UUID().uuidString)"
        var settings = settings
        settings.output = path
        try log.configure(nil, settings)
    }

    /// The lines so far.
    var lines: [String] {
        log.flush(milliseconds: 60_000)
        return Self.lines(of: path)
    }

    static func lines(of path: String) -> [String] {
        let data = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// MG-199 to MG-208.
@Suite struct `The log` {
    @Test func `writes lines in the form of the old router`() throws {
        let file = try FileLog()
        defer { file.remove() }
        file.log.write(.connectionManager, .warning, "hello")
        let line = try #require(file.lines.first)
        let form =
            /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} [+-]\d{4} CONN_MGR \(warning\) hello/
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
    }

    @Test func `leaves out timestamps and names the source as it is told`() throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false, includesSource: true))
        defer { file.remove() }
        file.log.write(.server, .info, "hello", file: "a.swift", line: 7)
        #expect(file.lines == ["SERVER (info) hello (a.swift:7)"])
    }

    @Test(arguments: [
        ("%H", #"\d\d A"#), ("%Y %%06lu", #"\d{4} \d{6} A"#), ("x%%lu", #"x\d+ A"#),
        ("%%%H", #"%\d\d A"#),
    ])
    func `takes the operator's form of timestamps`(format: String, pattern: String) throws {
        let file = try FileLog()
        defer { file.remove() }
        file.log.configureTimestamps(isUTC: true, format: format)
        file.log.write(.agent, .info, "x")
        let line = try #require(file.lines.first)
        #expect(try Regex("^" + pattern).firstMatch(in: line) != nil, "\(line)")
    }

    @Test func `has levels for each module, and the default's for the rest`() throws {
        let file = try FileLog(
            Log.Settings(levels: LogLevels("notice+").mask, includesTimestamp: false))
        defer { file.remove() }
        try file.log.configure(.agent, Log.Settings(levels: LogLevels("debug, error").mask))
        try file.log.configure(.router, Log.Settings(levels: LogLevels("none").mask))
        for level in LogLevel.allCases {
            for module in [LogModule.agent, .router, .server] {
                file.log.write(module, level, "x")
            }
        }
        #expect(
            file.lines == [
                "AGENT (debug) x", "SERVER (notice) x", "SERVER (warning) x", "AGENT (error) x",
                "SERVER (error) x", "SERVER (critical) x",
            ])
    }

    @Test func `makes no text for a line that is off`() throws {
        let file = try FileLog()
        defer { file.remove() }
        func text() -> String {
            Issue.record("made")
            return ""
        }
        file.log.write(.server, .trace, text())
        #expect(file.log.count(.server, .trace) == 1)
    }

    @Test func `cuts a text at 2048 bytes, and never within a character`() throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        defer { file.remove() }
        file.log.write(.server, .info, "x" + String(repeating: "é", count: 2_000))
        let head = "SERVER (info) "
        #expect(file.lines.first?.utf8.count == head.utf8.count + 2_047)
        #expect(file.lines.first?.contains("\u{fffd}") == false)
    }

    @Test func `opens its file anew after somebody has moved it away`() throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        let old = file.path + ".1"
        defer {
            file.remove()
            try? FileManager.default.removeItem(atPath: old)
        }
        file.log.write(.server, .info, "before")
        try FileManager.default.moveItem(atPath: file.path, toPath: old)
        file.log.reopen()
        file.log.write(.server, .info, "after")
        #expect(file.lines == ["SERVER (info) after"])
        #expect(FileLog.lines(of: old) == ["SERVER (info) before"])
    }

    @Test func `says once that its file cannot be written, and how much was lost once it can`()
        throws
    {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        defer { file.remove() }
        let link = file.path + ".link"
        let files = FileManager.default
        defer { try? files.removeItem(atPath: link) }
        try files.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
        try file.log.configure(.agent, Log.Settings(includesTimestamp: false, output: link))
        file.log.write(.agent, .info, "1")
        file.log.flush(milliseconds: 60_000)
        for number in 2...3 { file.log.write(.agent, .info, "\(number)") }
        let notice = "Cannot write to log file '\(link)': No space left on device"
        #expect(file.log.entries(limit: 0).map(\.text) == ["1", notice, "2", "3"])

        try files.removeItem(atPath: link)
        try files.createSymbolicLink(atPath: link, withDestinationPath: file.path)
        file.log.reopen()
        file.log.write(.agent, .info, "4")
        file.log.write(.agent, .info, "5")
        #expect(
            file.lines == [
                "MAIN (error) 3 lines could not be written here: No space left on device",
                "AGENT (info) 4", "AGENT (info) 5",
            ])
    }

    @Test func `says which destination cannot be opened`() {
        #expect(throws: Log.CannotOpen.self) {
            try Log().configure(nil, Log.Settings(output: "/no/such/file"))
        }
    }

    @Test(arguments: [
        ("a\n2026-01-01 SERVER (notice) Shut Down", #"a\n2026-01-01 SERVER (notice) Shut Down"#),
        ("\r\t\u{1B}[2J\u{0}\u{7F}\u{85}", #"\r\t\x1B[2J\x00\x7F\x85"#),
        ("a\u{2028}b\u{202E}c", #"a\u2028b\u202Ec"#), ("é ☃ \\", "é ☃ \\"),
    ])
    func `has one line for each entry, whoever made its text`(text: String, shown: String) throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        defer { file.remove() }
        file.log.write(.server, .info, text)
        #expect(file.lines == ["SERVER (info) " + shown])
        #expect(file.log.entries(limit: 1).map(\.text) == [text])
    }

    @Test func `remembers the newest thousand lines`() throws {
        let file = try FileLog(Log.Settings(levels: LogLevels("debug+").mask))
        defer { file.remove() }
        for number in 0..<1_500 { file.log.write(.server, .debug, "\(number)") }
        let entries = file.log.entries(limit: 0)
        #expect(entries.count == 1_000)
        #expect(entries.first?.text == "500")
        #expect(file.log.entries(limit: 2).map(\.text) == ["1498", "1499"])
    }
}

/// Lines that repeat.
@Suite struct `A line that repeats` {
    @Test func `is told by its place in the code, not by what it says`() throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        defer { file.remove() }
        for number in 0..<1_000 {
            let letters = String(number).map { String(repeating: $0, count: 3) }.joined()
            file.log.write(.routerCore, .info, "Link attached: \(letters)")
            file.log.write(.routerCore, .error, "Something else: \(letters)")
        }
        // A second begins once, at the most.
        #expect(file.lines.filter { $0.contains("Link attached") }.count <= 101)
        #expect(file.lines.filter { $0.contains("Something else") }.count >= 50)
    }

    @Test func `is limited, and what is left out is counted`() throws {
        let file = try FileLog(Log.Settings(includesTimestamp: false))
        defer { file.remove() }
        // Other lines between make no difference; debug lines are not limited.
        for number in 0..<400 {
            file.log.write(.server, .info, "[C\(number)] Connection lost")
            file.log.write(.agent, .info, "Something else \(number)")
        }
        let lost = { file.lines.filter { $0.contains("Connection lost") } }
        // It may have taken more than one second.
        #expect(lost().count < 400)
        #expect(lost().count >= 50)
        waitForNextSecond()
        file.log.write(.server, .info, "later")
        let counted = lost().compactMap { line in
            line.firstMatch(of: /\(info\) (\d+) more such lines/).flatMap { Int($0.1) }
        }
        let written = lost().filter { !$0.contains("more such lines") }.count
        #expect(written + counted.reduce(0, +) == 400)
    }

    @Test func `is never limited at other levels`() throws {
        let file = try FileLog(Log.Settings(levels: LogLevels("trace+").mask))
        defer { file.remove() }
        for _ in 0..<100 {
            file.log.write(.server, .debug, "x")
            file.log.write(.server, .critical, "y")
        }
        #expect(file.lines.count == 200)
    }

    /// Until the wall clock shows another second.
    private func waitForNextSecond() {
        let second = Int(Date().timeIntervalSince1970)
        while Int(Date().timeIntervalSince1970) == second {}
    }
}

/// MG-201, MG-202.
@Suite struct `Levels as configuration writes them` {
    @Test(
        arguments: [
            ("trace", 0b1), ("info+", 0b111_1100), ("debug,error", 0b10_0010), ("none", 0),
            ("INFO;warning:critical", 0b101_0100), ("n", 0), ("not", 0b1000), ("e+ t", 0b110_0001),
        ] as [(String, UInt8)])
    func `are or-ed, shortened, and in any letter case`(text: String, mask: UInt8) throws {
        #expect(try LogLevels(text).mask == mask)
    }

    @Test(arguments: ["default", "d", "", "e+ d"])
    func `may be the default's`(text: String) throws {
        #expect(try LogLevels(text).mask == nil)
    }

    @Test(arguments: ["loud", "info++", "+"])
    func `are refused if they are none`(text: String) {
        #expect(throws: LogLevels.Unknown.self) { try LogLevels(text) }
    }
}
