import AMQP
import Testing

@testable import Commands

@Suite struct `A table` {
    private let table = Table(
        "Title", heads: ["name", "n"], rows: [["b\"c", "10"], ["a", ""], ["long name"]])

    @Test func `has columns as wide as their widest cells`() {
        #expect(
            table.text() == """
                Title
                  name       n
                  ===============
                  b"c        10
                  a          
                  long name  

                """)
    }

    @Test func `has every cell that is not empty in quotes as CSV`() {
        #expect(
            table.csv == """
                Title
                "name","n"
                "b""c","10"
                "a",
                "long name",

                """)
    }

    @Test func `stays in its lines, whatever others call themselves`() {
        let forged = Table("", heads: ["name", "n"], rows: [["a\n  root  1", "\u{1B}[2J"]])
        #expect(forged.text().split(separator: "\n").last == #"  a\n  root  1  \x1B[2J"#)
    }

    @Test func `cuts the cells of one column where lines would be too long`() {
        let long = "start/" + String(repeating: "é", count: 200) + "/end"
        let table = Table(
            "", heads: ["n", "addr", "m"], rows: [["1", long, "2"], ["3", "b", "4"]])
        let text = table.fitted(byCutting: "addr").text()
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.unicodeScalars.count <= 100 })
        #expect(lines.contains { $0.unicodeScalars.count >= 97 })
        #expect(text.contains("  1  start/é") && text.contains("é…é") && text.contains("/end  2"))
        #expect(table.text().contains(long))
        #expect(table.fitted(byCutting: "addr").csv.contains(long))
        let narrow = Table("", heads: ["addr"], rows: [["short"]])
        #expect(narrow.fitted(byCutting: "addr").text() == narrow.text())
    }

    @Test func `is its title alone without rows`() {
        let empty = Table("Title", heads: ["name"], rows: [])
        #expect(empty.text() == "Title\n")
        #expect(empty.csv == "Title\n")
    }

    @Test func `is sorted by code points, equal rows in their order`() {
        let rows = [["b", "1"], ["B", "2"], ["", "3"], ["b", "4"]]
        let sorted = Table("", heads: ["key", "n"], rows: rows).sorted(by: "key")
        #expect(sorted.rows.map { $0[1] } == ["3", "2", "1", "4"])
    }

    @Test func `has colour only if asked`() {
        #expect(!table.text().contains("\u{1B}"))
        #expect(table.text(TextStyle(hasColour: true)).contains("\u{1B}[1mTitle\u{1B}[0m\n"))
    }
}

@Suite struct `A cell` {
    @Test(arguments: [
        (Value.null, ""), (.bool(true), "True"), (.ulong(.max), "\(UInt64.max)"), (.int(-1), "-1"),
        (.string("x"), "x"), (.double(1), "1.0"), (.list(["a", 1]), "['a', 1]"),
        (.map(["k": nil]), "{'k': None}"),
    ])
    func `shows a value`(value: Value, text: String) {
        #expect(Cell.text(value) == text)
    }

    @Test(arguments: [
        (0, "000:00:00:00"), (59, "000:00:00:59"), (86_399, "000:23:59:59"),
        (90_061, "001:01:01:01"), (86_400_000, "1000:00:00:00"),
    ])
    func `shows a span of time`(seconds: Int64, text: String) {
        #expect(Cell.longTime(seconds) == text)
    }

    @Test(arguments: [
        (0, "0"), (1_023, "1023"), (1_024, "1.00 KiB"), (10_240, "10.0 KiB"),
        (102_400, "100 KiB"), (257_949_696, "246 MiB"), (5_368_709_120, "5.00 GiB"),
    ])
    func `shows a size`(bytes: Int64, text: String) {
        #expect(Cell.bytes(bytes) == text)
    }

    @Test(arguments: [
        ("", ""), ("1", "1"), ("999", "999"), ("1000", "1,000"), ("1234567", "1,234,567"),
    ])
    func `shows thousands`(digits: String, text: String) {
        #expect(Cell.commas(digits) == text)
    }

    @Test(arguments: [
        (0, "Thursday Jan 01 00:00:00 1970 GMT"), (951_782_400, "Tuesday Feb 29 00:00:00 2000 GMT"),
        (1_795_508_939, "Tuesday Nov 24 08:28:59 2026 GMT"),
        (4_107_542_399, "Sunday Feb 28 23:59:59 2100 GMT"),
    ])
    func `shows a day`(seconds: Int64, text: String) {
        #expect(CalendarTime(seconds: seconds).day == text)
    }

    @Test(arguments: [
        ("M0a.b", "mobile", "a.b", "0"), ("Lqdhello", "local", "qdhello", ""),
        ("RB", "router", "B", ""), ("Cx", "link-in", "x", ""), ("Fx", "link-out", "x", ""),
        ("Hx", "edge", "x", ""), ("zx", "unknown: z", "x", ""), ("", "", "", ""),
    ])
    func `tells an address's class, text and phase`(
        key: String, name: String, text: String, phase: String
    ) {
        let key = AddressKey(key)
        #expect(key.className == name)
        #expect(key.text == text)
        #expect(key.phase == phase)
    }
}

@Suite struct `A screen` {
    @Test func `shows as many lines as it has, each cleared to its end`() {
        #expect(Screen.frame("a\nb\nc\n", rows: 2) == "\u{1B}[Ha\u{1B}[K\nb\u{1B}[K\u{1B}[J")
        #expect(
            Screen.frame("a\nb\nc\n", rows: 2, showsEnd: true)
                == "\u{1B}[Hb\u{1B}[K\nc\u{1B}[K\u{1B}[J")
    }
}
