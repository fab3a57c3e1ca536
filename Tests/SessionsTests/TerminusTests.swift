import AMQP
import Testing

@testable import Sessions

@Suite struct `A terminus` {
    private func terminus(_ value: Value) throws -> Terminus {
        let bytes = value.encoded()
        return try Terminus(value.isNull ? nil : 0..<bytes.count, of: bytes.span)
    }

    private func source(_ fields: [Value]) -> Value { .described(.ulong(0x28), .list(fields)) }
    private func target(_ fields: [Value]) -> Value { .described(.ulong(0x29), .list(fields)) }

    private let full: [Value] = [
        "address", .uint(2), .symbol("never"), .uint(7), false, [.symbol("p"): 1],
        .symbol("copy"), [.symbol("f"): .described(.symbol("x"), "y")],
        .described(.ulong(0x24), []), [.symbol("o")], .symbol("cap"),
    ]

    @Test func `tells its fields`() throws {
        let terminus = try terminus(source(full))
        #expect(terminus.kind == .source)
        #expect(terminus.address == "address")
        #expect(terminus.durability == 2)
        #expect(terminus.expiry == .never)
        #expect(terminus.timeout == 7)
        #expect(!terminus.isDynamic)
        #expect(terminus.properties == [.symbol("p"): 1])
        #expect(terminus.distributionMode == .copy)
        #expect(terminus.filter == [.symbol("f"): .described(.symbol("x"), "y")])
        #expect(terminus.soleCapability == "cap")
    }

    @Test func `is kept as it came`() throws {
        for value in [
            source(full), target(["a"]), .described(.ulong(0x30), [.symbol("c")]),
            .described(.symbol("vendor:thing"), ["x", 1]), .described(.ulong(0xFFFF_FFFF_FF), "y"),
        ] {
            #expect(try terminus(value).bytes == value.encoded())
        }
        #expect(try terminus(.described(.symbol("vendor:thing"), 1)).kind == .other)
        #expect(try terminus(.described(.ulong(0x30), [])).kind == .coordinator)
    }

    @Test func `is echoed but for the default outcome (RS-31)`() throws {
        var expected = full
        expected[8] = nil
        let echo = try terminus(source(full)).echo(absentAs: .source)
        #expect(try Value(decoding: echo) == source(expected))
    }

    @Test func `is echoed with what was left out named (RS-31)`() throws {
        let named: [Value] = ["a", .uint(0), .symbol("session-end"), .uint(0), false]
        let echo = try terminus(target(["a"])).echo(absentAs: .target)
        #expect(try Value(decoding: echo) == target(named))
    }

    @Test func `that was left out is echoed without an address`() throws {
        let named: [Value] = [nil, .uint(0), .symbol("session-end"), .uint(0), false]
        #expect(try Value(decoding: Terminus.null.echo(absentAs: .source)) == source(named))
        #expect(try Value(decoding: Terminus.null.echo(absentAs: .target)) == target(named))
    }

    @Test func `that is dynamic is echoed with its address`() throws {
        let asked = source([nil, nil, nil, nil, true, [.symbol("lifetime"): 1]])
        let echo = try terminus(asked).echo(absentAs: .source, dynamicAddress: "temp.1")
        let fields: [Value] = [
            "temp.1", .uint(0), .symbol("session-end"), .uint(0), true, [.symbol("lifetime"): 1],
        ]
        #expect(try Value(decoding: echo) == source(fields))
    }

    @Test func `of fields that nobody knows is echoed with them`() throws {
        let fields = full + ["more", 42]
        var expected = fields
        expected[8] = nil
        let echo = try terminus(source(fields)).echo(absentAs: .source)
        #expect(try Value(decoding: echo) == source(expected))
    }

    @Test func `has no address that is empty, or no text`() throws {
        #expect(try terminus(source([""])).address == nil)
        #expect(try terminus(source([5])).address == nil)
        #expect(try terminus(source([.binary([0xFF])])).address == nil)
        #expect(try terminus(source([nil])).address == nil)
    }

    @Test func `is refused if it is cut short at any octet`() throws {
        let bytes = source(full).encoded()
        for count in 1..<bytes.count {
            #expect(throws: Fields.Undecodable.self, "\(count)") {
                try Terminus(0..<count, of: Array(bytes[..<count]).span)
            }
        }
    }

    @Test(
        arguments: [
            ["a", "durable"], ["a", nil, 5], ["a", nil, nil, "timeout"], ["a", nil, nil, nil, 1],
        ] as [[Value]])
    func `is refused with a field of another type`(fields: [Value]) {
        #expect(throws: Fields.Undecodable.self) { try terminus(source(fields)) }
    }

    @Test func `made by us has one capability, or none`() throws {
        let made = Terminus.made(.source, capability: "qd.router")
        #expect(try Terminus(0..<made.count, of: made.span).soleCapability == "qd.router")
        let target = Terminus.made(.target)
        #expect(try Value(decoding: target) == .described(.ulong(0x29), []))
    }
}
