import CProton
import Testing

@testable import AMQP

@Suite struct `AMQP values` {
    static let samples: [Value] = [
        nil, true, false, .ubyte(200), .ushort(60_000), .uint(0), .uint(255), .uint(256),
        .ulong(0), .ulong(255), .ulong(.max), .byte(-1), .short(-300), .int(-128), .int(128),
        .long(-128), .long(.min), .float(1.5), .double(-0.25), .decimal32(7), .decimal64(8),
        .decimal128(UInt128.max - 1), .char(0x1F600), .timestamp(1_700_000_000_000),
        .uuid(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF), .binary([]), .binary([0, 255]),
        "", "grüß dich", .string(String(repeating: "x", count: 300)), .symbol("qd.router"),
        [], [1, "a", nil, [true, []]], [:], [.symbol("a"): 1, "b": ["c": nil]],
        .array(.symbols(["a", "b"])), .array(ValueArray(of: .uint, [])),
        .array(ValueArray(of: .bool, [true, false])),
        .array(ValueArray(of: .list, [[1, 2], []])),
        .array(ValueArray(of: .int, [1, 2], descriptor: .symbol("d"))),
        .described(.ulong(0x77), [nil, 1, nil]),
        .described(.symbol("a"), .described(.symbol("b"), "c")),
    ]

    @Test(arguments: samples)
    func `come back from their bytes as they were`(value: Value) throws {
        #expect(try Value(decoding: value.encoded()) == value)
    }

    @Test(arguments: samples)
    func `come back from Proton's data as they were`(value: Value) {
        #expect(Value.throughData(value) == value)
    }

    @Test(
        arguments: [
            (Value.uint(0), [0x43]), (.uint(7), [0x52, 7]), (.uint(256), [0x70, 0, 0, 1, 0]),
            (.ulong(0), [0x44]), (.ulong(7), [0x53, 7]), (.int(-1), [0x54, 0xFF]),
            (.int(128), [0x71, 0, 0, 0, 128]), (.long(-1), [0x55, 0xFF]), (true, [0x41]),
            ("a", [0xA1, 1, 97]), (.symbol("a"), [0xA3, 1, 97]), ([], [0x45]),
            ([1], [0xD0, 0, 0, 0, 6, 0, 0, 0, 1, 0x54, 1]),
        ] as [(Value, [UInt8])])
    func `are written in their shortest encoding`(value: Value, bytes: [UInt8]) {
        #expect(value.encoded() == bytes)
    }

    @Test func `decode from short compound encodings too`() throws {
        #expect(try Value(decoding: [0xC0, 3, 1, 0x54, 9]) == [9])
        #expect(try Value(decoding: [0xC1, 5, 2, 0xA3, 1, 97, 0x41]) == [.symbol("a"): true])
        #expect(
            try Value(decoding: [0xE0, 4, 2, 0x50, 1, 2])
                == .array(ValueArray(of: .ubyte, [.ubyte(1), .ubyte(2)])))
        #expect(
            try Value(decoding: [0xE0, 2, 3, 0x43])
                == .array(ValueArray(of: .uint, [.uint(0), .uint(0), .uint(0)])))
    }

    @Test func `too many for Proton are encoded all the same`() {
        let rows = Value.list((0..<300).map { row in .list((0..<300).map { .integer(row * $0) }) })
        let bytes = rows.encoded()
        let error = #expect(throws: Malformed.self) { try Value(decoding: bytes) }
        #expect(error?.reason == .tooMany)
        #expect(bytes[0] == 0xD0)
        #expect(bytes[5..<9] == [0, 0, 1, 44])
    }

    @Test(
        arguments: [
            ([], .truncated), ([0xA1, 5, 97], .truncated), ([0x70, 0], .truncated),
            ([0x00], .truncated),
            ([0x3F], .unknownEncoding), ([0x00, 0xC0, 1, 0, 0x40], .unknownEncoding),
            ([0xC1, 2, 1, 0x40], .oddMap), ([0xC0, 3, 1, 0x40, 0x40], .sizeMismatch),
            ([0xC0, 1, 1, 0x40], .truncated), ([0xA1, 1, 0xFF], .notText),
            ([0x40, 0x40], .trailingBytes),
            ([0xD0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], .truncated),
            ([0xF0, 0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x40], .tooMany),
        ] as [([UInt8], Malformed.Reason)])
    func `refuse malformed bytes and say why`(bytes: [UInt8], reason: Malformed.Reason) {
        let error = #expect(throws: Malformed.self) { try Value(decoding: bytes) }
        #expect(error?.reason == reason)
    }

    @Test func `refuse to nest without end`() {
        let levels = 10_000
        var lists: [UInt8] = []
        for level in (0..<levels).reversed() {
            let size = UInt32(level * 9 + 5)
            lists += [0xD0] + withUnsafeBytes(of: size.bigEndian) { Array($0) } + [0, 0, 0, 1]
        }
        let error = #expect(throws: Malformed.self) { try Value(decoding: lists + [0x40]) }
        #expect(error?.reason == .tooDeep)
        let described = [UInt8](repeating: 0, count: 100_000)
        #expect(throws: Malformed.self) { try Value(decoding: described) }
    }

    @Test(arguments: UInt64(1)...200)
    func `never crash on changed bytes`(seed: UInt64) {
        var state = seed
        func draw() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var bytes = Value.list(Self.samples).encoded()
        for _ in 0..<1 + draw() % 4 {
            bytes[Int(draw() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: draw())
        }
        if let value = try? Value(decoding: bytes) { _ = value.encoded() }
    }

    @Test func `read as numbers whatever their width`() {
        #expect(Value.smallest.allSatisfy { $0.integer == 3 })
        #expect(Value.ulong(.max).integer == nil)
        #expect(Value.bool(true).integer == nil)
        #expect(Value.integer(1 << 40) == .long(1 << 40))
    }

    @Test func `of maps are found by string and by symbol`() {
        var map: ValueMap = ["a": 1, .symbol("b"): 2]
        #expect(map["a"] == 1)
        #expect(map["b"] == 2)
        map["b"] = 3
        map["a"] = nil
        map["c"] = 4
        #expect(map == [.symbol("b"): 3, "c": 4])
    }
}

extension Value {
    static let smallest: [Value] = [
        .ubyte(3), .ushort(3), .uint(3), .ulong(3), .byte(3), .short(3), .int(3), .long(3),
    ]
}

extension Value {
    /// What is read from a fresh `pn_data_t` after putting `value` there.
    static func throughData(_ value: Value) -> Value? {
        let data = pn_data(0)
        defer { pn_data_free(data) }
        guard let data, value.put(into: data) else { return nil }
        return Value(reading: data)
    }
}
