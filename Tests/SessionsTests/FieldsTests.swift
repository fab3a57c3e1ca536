import AMQP
import Testing

@testable import Sessions

@Suite struct `Fields of a composite` {
    /// A list of one value, as a short list.
    private func list(_ value: [UInt8]) -> [UInt8] { [0xC0, UInt8(value.count + 1), 1] + value }

    private func read<Read>(
        _ value: [UInt8], _ body: (inout Fields, Span<UInt8>) throws -> Read
    ) throws -> Read {
        let bytes = list(value)
        var fields = try Fields(listAt: 0, of: bytes.span)
        return try body(&fields, bytes.span)
    }

    private func uint(_ bytes: [UInt8]) throws -> UInt32? { try read(bytes) { try $0.uint($1) } }
    private func ulong(_ bytes: [UInt8]) throws -> UInt64? { try read(bytes) { try $0.ulong($1) } }
    private func bool(_ bytes: [UInt8]) throws -> Bool? { try read(bytes) { try $0.bool($1) } }
    private func ushort(_ bytes: [UInt8]) throws -> UInt16? {
        try read(bytes) { try $0.ushort($1) }
    }
    private func ubyte(_ bytes: [UInt8]) throws -> UInt8? { try read(bytes) { try $0.ubyte($1) } }
    private func text(_ bytes: [UInt8]) throws -> String? { try read(bytes) { try $0.text($1) } }
    private func any(_ bytes: [UInt8]) throws -> Range<Int>? { try read(bytes) { try $0.any($1) } }
    private func octets(_ bytes: [UInt8]) throws -> Int? {
        try read(bytes) { try $0.octets($1) }?.count
    }

    @Test(
        arguments: [
            ([0x43], 0), ([0x52, 0], 0), ([0x52, 255], 255), ([0x70, 0, 0, 0, 1], 1),
            ([0x70, 0xFF, 0xFF, 0xFF, 0xFF], .max), ([0x40], nil),
        ] as [([UInt8], UInt32?)])
    func `read a uint in each encoding`(bytes: [UInt8], number: UInt32?) throws {
        #expect(try uint(bytes) == number)
    }

    @Test(
        arguments: [
            ([0x44], 0), ([0x53, 9], 9), ([0x80] + [UInt8](repeating: 255, count: 8), .max),
            ([0x40], nil),
        ] as [([UInt8], UInt64?)])
    func `read a ulong in each encoding`(bytes: [UInt8], number: UInt64?) throws {
        #expect(try ulong(bytes) == number)
    }

    @Test(
        arguments: [
            ([0x41], true), ([0x42], false), ([0x56, 0], false), ([0x56, 1], true), ([0x40], nil),
        ] as [([UInt8], Bool?)])
    func `read a boolean in each encoding`(bytes: [UInt8], flag: Bool?) throws {
        #expect(try bool(bytes) == flag)
    }

    @Test func `read the smaller numbers`() throws {
        #expect(try ushort([0x60, 0xFF, 0xFE]) == 0xFFFE)
        #expect(try ubyte([0x50, 0xFE]) == 0xFE)
    }

    @Test(
        arguments: [
            [0xA1, 1, 0x61], [0xA3, 1, 0x61], [0xA0, 1, 0x61], [0xB1, 0, 0, 0, 1, 0x61],
            [0xB3, 0, 0, 0, 1, 0x61], [0xB0, 0, 0, 0, 1, 0x61],
        ] as [[UInt8]])
    func `read a text in each encoding`(bytes: [UInt8]) throws {
        #expect(try text(bytes) == "a")
        #expect(try octets(bytes) == 1)
    }

    @Test func `refuse a text that is not UTF-8`() {
        #expect(throws: Fields.Undecodable.self) { try read([0xA1, 1, 0xFF]) { try $0.text($1) } }
    }

    @Test(
        arguments: [
            [0xA1, 0xFF, 0x61], [0xB1, 0xFF, 0xFF, 0xFF, 0xFF, 0x61],
            [0xB0, 0x7F, 0xFF, 0xFF, 0xFF],
            [0xD0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [0xC0], [], [0], [0, 0x53], [0, 0, 0],
            [0x99], [0x10], [0, 0x53, 1, 0x10],
        ] as [[UInt8]])
    func `refuse what says more of itself than there is`(bytes: [UInt8]) {
        #expect(throws: Fields.Undecodable.self) { try read(bytes) { try $0.any($1) } }
        #expect(throws: Fields.Undecodable.self) { try read(bytes) { try $0.octets($1) } }
    }

    @Test func `refuse another type than the field's`() {
        let text: [UInt8] = [0xA1, 1, 0x61]
        #expect(throws: Fields.Undecodable.self) { try read(text) { try $0.uint($1) } }
        #expect(throws: Fields.Undecodable.self) { try read(text) { try $0.ulong($1) } }
        #expect(throws: Fields.Undecodable.self) { try read(text) { try $0.bool($1) } }
        #expect(throws: Fields.Undecodable.self) { try read(text) { try $0.ushort($1) } }
        #expect(throws: Fields.Undecodable.self) { try read(text) { try $0.ubyte($1) } }
        #expect(throws: Fields.Undecodable.self) { try read([0x43]) { try $0.text($1) } }
    }

    @Test(
        arguments: [
            [0xC0, 0, 0], [0xC0, 1], [0xC0, 5, 1, 0x40], [0xD0, 0, 0, 0, 3, 0, 0, 0],
            [0xD0, 0, 0, 0, 3, 0, 0, 0, 0], [0xD0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
            [0xC1, 1, 0],
            [], [0xD0, 0, 0, 0, 4],
        ] as [[UInt8]])
    func `are none of a list that is cut short`(bytes: [UInt8]) {
        #expect(throws: Fields.Undecodable.self) { try Fields(listAt: 0, of: bytes.span) }
    }

    @Test func `that were left out are null`() throws {
        for bytes in [[0x45], [0xC0, 1, 0], [0xD0, 0, 0, 0, 4, 0, 0, 0, 0]] as [[UInt8]] {
            var fields = try Fields(listAt: 0, of: bytes.span)
            #expect(!fields.hasMore)
            let (uint, any) = (try fields.uint(bytes.span), try fields.any(bytes.span))
            #expect(uint == nil && any == nil)
            #expect(fields.limit == bytes.count)
        }
    }

    @Test func `that are promised and do not come are refused`() throws {
        let bytes: [UInt8] = [0xD0, 0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x43]
        var fields = try Fields(listAt: 0, of: bytes.span)
        let first = try fields.uint(bytes.span)
        #expect(first == 0)
        #expect(throws: Fields.Undecodable.self) { try fields.uint(bytes.span) }
    }

    @Test(
        arguments: [
            [0x53, 0x28], [0x80, 0, 0, 0, 0, 0, 0, 0, 0x28],
            [0xA3, 16] + Array("amqp:source:list".utf8),
            [0xB3, 0, 0, 0, 16] + Array("amqp:source:list".utf8),
        ] as [[UInt8]])
    func `follow a descriptor in each encoding, whole or not at all`(bytes: [UInt8]) throws {
        let whole = [0] + bytes + [0x45]
        let descriptor = try Fields.descriptor(whole.span, at: 0)
        #expect(descriptor.code == 0x28)
        #expect(descriptor.value == whole.count - 1)
        for count in 0..<whole.count - 1 {
            let cut = Array(whole[..<count])
            #expect(throws: Fields.Undecodable.self, "\(count)") {
                try Fields.descriptor(cut.span, at: 0)
            }
        }
    }
}

@Suite struct `An encoded list` {
    @Test func `reads as it was written`() throws {
        var list = EncodedList()
        list.appendNull()
        list.append(bool: true)
        list.append(ubyte: 255)
        list.append(ushort: 0xFEDC)
        for number in [0, 1, 255, 256, .max] as [UInt32] { list.append(uint: number) }
        list.append(ulong: .max)
        list.append(string: "é")
        list.append(symbol: "s")
        list.append(AMQPError(name: "n", text: "t", info: ["k": 1]))
        let value = try Value(decoding: list.described(0x28))
        let error = Value.described(.ulong(0x1D), [.symbol("n"), "t", ["k": 1]])
        #expect(
            value
                == .described(
                    .ulong(0x28),
                    [
                        nil, true, .ubyte(255), .ushort(0xFEDC), .uint(0), .uint(1), .uint(255),
                        .uint(256), .uint(.max), .ulong(.max), "é", .symbol("s"), error,
                    ]))
    }

    @Test(arguments: [200, 249, 250, 251, 252, 253, 254, 255, 256, 300, 70_000])
    func `takes the long form where the short one ends`(size: Int) throws {
        var list = EncodedList()
        list.append(string: String(repeating: "x", count: size))
        let value = try Value(decoding: list.described(0x28))
        #expect(value == .described(.ulong(0x28), [.string(String(repeating: "x", count: size))]))
    }

    @Test func `counts beyond 255 fields`() throws {
        var list = EncodedList()
        for _ in 0..<300 { list.appendNull() }
        guard case .described(_, .list(let fields)) = try Value(decoding: list.described(1)) else {
            Issue.record("no list")
            return
        }
        #expect(fields.count == 300)
    }
}
