import AMQP
import Testing

@testable import Commands

@Suite struct `JSON text` {
    @Test(arguments: [
        (Value.null, "null"), (.bool(true), "true"), (.int(-5), "-5"),
        (.ulong(.max), "\(UInt64.max)"),
        (.double(1), "1.0"), (.double(1e16), "1e+16"), (.float(0.5), "0.5"),
        (.string("a\"b\\\n\u{1}"), #""a\"b\\\n\u0001""#), (.string("é😀"), #""\u00e9\ud83d\ude00""#),
        (.symbol("word"), "\"word\""), (.list([]), "[]"), (.map([:]), "{}"),
        (.map(["a": 1, "b": ["x", nil]]), #"{"a": 1, "b": ["x", null]}"#),
    ])
    func `has one line per value if asked so`(value: Value, text: String) throws {
        #expect(try JSONText.encode(value, indent: nil) == text)
    }

    @Test func `is indented, in the order of the map`() throws {
        let value: Value = [["name": "b", "list": [1, 2], "empty": []], [:]]
        #expect(
            try JSONText.encode(value) == """
                [
                  {
                    "name": "b",
                    "list": [
                      1,
                      2
                    ],
                    "empty": []
                  },
                  {}
                ]
                """)
    }

    @Test func `has each key once`() throws {
        let value = Value.map(ValueMap([("a", 1), ("b", 2), ("a", 3)]))
        #expect(try JSONText.encode(value, indent: nil) == #"{"a": 3, "b": 2}"#)
    }

    @Test func `has no form for binary`() {
        #expect(throws: Failure.self) { try JSONText.encode(.binary([1])) }
    }

    @Test(arguments: [
        ("1", Value.long(1)), ("-2.5", .double(-2.5)), ("true", .bool(true)), ("null", .null),
        ("9223372036854775808", .ulong(1 << 63)), (" 0\n", .long(0)),
        ("\"a\"", .string("a")), ("[1, []]", .list([.long(1), .list([])])),
        (#"{"b": {"c": "d"}, "a": false}"#, .map(["a": false, "b": ["c": "d"]])),
    ])
    func `is read as AMQP values`(text: String, value: Value) throws {
        #expect(try JSONText.decode(text) == value)
    }

    @Test(arguments: ["", "{", "[1,", "zork", "\"a"])
    func `is refused when broken`(text: String) {
        #expect(throws: Failure.self) { try JSONText.decode(text) }
    }

    @Test func `has its depth limited`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: Failure.self) { try JSONText.decode(text) }
    }
}
