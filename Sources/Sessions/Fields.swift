internal import AMQP

/// Steps through the fields of a performative, or of another composite (AMQP 1.4).
///
/// Never reads outside its bytes. Fields that the peer left out at the end read as null. It holds no
/// bytes itself: each call is given those that it was made for.
struct Fields {
    private(set) var at: Int
    private let end: Int
    private var left: Int

    /// The bytes are no composite of the kind that they should be.
    struct Undecodable: Error {}

    /// Enters the list that starts at `start`, behind a descriptor.
    init(listAt start: Int, of bytes: Span<UInt8>) throws(Undecodable) {
        guard start < bytes.count else { throw Undecodable() }
        switch bytes[start] {
        case 0x45:
            (at, end, left) = (start + 1, start + 1, 0)
        case 0xC0:
            guard start + 3 <= bytes.count else { throw Undecodable() }
            let size = Int(bytes[start + 1])
            guard size >= 1, start + 2 + size <= bytes.count else { throw Undecodable() }
            (at, end, left) = (start + 3, start + 2 + size, Int(bytes[start + 2]))
        case 0xD0:
            guard start + 9 <= bytes.count else { throw Undecodable() }
            let size = Int(Self.word(bytes, start + 1))
            guard size >= 4, size <= bytes.count - start - 5 else { throw Undecodable() }
            (at, end, left) = (start + 9, start + 5 + size, Int(Self.word(bytes, start + 5)))
        default: throw Undecodable()
        }
    }

    /// There are more fields.
    var hasMore: Bool { left > 0 }

    /// Where the list ends.
    var limit: Int { end }

    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        UInt32(bytes[at]) << 24 | UInt32(bytes[at &+ 1]) << 16 | UInt32(bytes[at &+ 2]) << 8
            | UInt32(bytes[at &+ 3])
    }

    /// The code of the next field; nil if there is none, or if it is null.
    @inline(__always)
    private mutating func code(_ bytes: Span<UInt8>) throws(Undecodable) -> UInt8? {
        guard left > 0 else { return nil }
        left &-= 1
        guard at < end else { throw Undecodable() }
        let code = bytes[at]
        at &+= 1
        return code == 0x40 ? nil : code
    }

    @inline(__always)
    private mutating func take(_ count: Int) throws(Undecodable) -> Int {
        guard end &- at >= count else { throw Undecodable() }
        defer { at &+= count }
        return at
    }

    @inline(__always)
    mutating func uint(_ bytes: Span<UInt8>) throws(Undecodable) -> UInt32? {
        guard let code = try code(bytes) else { return nil }
        switch code {
        case 0x43: return 0
        case 0x52: return UInt32(bytes[try take(1)])
        case 0x70: return Self.word(bytes, try take(4))
        default: throw Undecodable()
        }
    }

    @inline(__always)
    mutating func bool(_ bytes: Span<UInt8>) throws(Undecodable) -> Bool? {
        guard let code = try code(bytes) else { return nil }
        switch code {
        case 0x41: return true
        case 0x42: return false
        case 0x56: return bytes[try take(1)] != 0
        default: throw Undecodable()
        }
    }

    mutating func ushort(_ bytes: Span<UInt8>) throws(Undecodable) -> UInt16? {
        guard let code = try code(bytes) else { return nil }
        guard code == 0x60 else { throw Undecodable() }
        let at = try take(2)
        return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    mutating func ubyte(_ bytes: Span<UInt8>) throws(Undecodable) -> UInt8? {
        guard let code = try code(bytes) else { return nil }
        guard code == 0x50 else { throw Undecodable() }
        return bytes[try take(1)]
    }

    mutating func ulong(_ bytes: Span<UInt8>) throws(Undecodable) -> UInt64? {
        guard let code = try code(bytes) else { return nil }
        switch code {
        case 0x44: return 0
        case 0x53: return UInt64(bytes[try take(1)])
        case 0x80:
            let at = try take(8)
            return UInt64(Self.word(bytes, at)) << 32 | UInt64(Self.word(bytes, at + 4))
        default: throw Undecodable()
        }
    }

    /// Where the octets of a string, symbol or binary are.
    @inline(__always)
    mutating func octets(_ bytes: Span<UInt8>) throws(Undecodable) -> Range<Int>? {
        guard let code = try code(bytes) else { return nil }
        let size: Int
        switch code {
        case 0xA0, 0xA1, 0xA3: size = Int(bytes[try take(1)])
        case 0xB0, 0xB1, 0xB3: size = Int(Self.word(bytes, try take(4)))
        default: throw Undecodable()
        }
        let start = try take(size)
        return start..<start + size
    }

    /// The text of a string or symbol.
    mutating func text(_ bytes: Span<UInt8>) throws(Undecodable) -> String? {
        guard let range = try octets(bytes) else { return nil }
        let text = bytes.extracting(range).withUnsafeBufferPointer {
            String(validating: $0, as: UTF8.self)
        }
        guard let text else { throw Undecodable() }
        return text
    }

    /// Where the next field's whole encoding is, whatever its type.
    @inline(__always)
    mutating func any(_ bytes: Span<UInt8>) throws(Undecodable) -> Range<Int>? {
        guard left > 0 else { return nil }
        left &-= 1
        guard at < end else { throw Undecodable() }
        if bytes[at] == 0x40 {
            at &+= 1
            return nil
        }
        let start = at
        var depth = 0
        while at < end, bytes[at] == 0 {  // described: a descriptor, then the value itself
            depth += 1
            guard depth < 8 else { throw Undecodable() }
            at &+= 1
            try skipPlain(bytes)
        }
        try skipPlain(bytes)
        return start..<at
    }

    @inline(__always)
    mutating func skip(_ bytes: Span<UInt8>) throws(Undecodable) { _ = try any(bytes) }

    private mutating func skipPlain(_ bytes: Span<UInt8>) throws(Undecodable) {
        let code = bytes[try take(1)]
        switch code >> 4 {
        case 0x4: break
        case 0x5: _ = try take(1)
        case 0x6: _ = try take(2)
        case 0x7: _ = try take(4)
        case 0x8: _ = try take(8)
        case 0x9: _ = try take(16)
        case 0xA, 0xC, 0xE: _ = try take(Int(bytes[try take(1)]))
        case 0xB, 0xD, 0xF: _ = try take(Int(Self.word(bytes, try take(4))))
        default: throw Undecodable()
        }
    }
}

extension Fields {
    /// What a described value at `start` is: the number of its descriptor, 0 for one that is not
    /// known, and where the value behind the descriptor begins.
    ///
    /// A descriptor is a number, or the symbol that stands for it (AMQP 1.1.2).
    @inline(__always)
    static func descriptor(
        _ bytes: Span<UInt8>, at start: Int
    ) throws(Undecodable) -> (code: UInt64, value: Int) {
        guard start &+ 3 <= bytes.count, bytes[start] == 0 else { throw Undecodable() }
        if bytes[start &+ 1] == 0x53 { return (UInt64(bytes[start &+ 2]), start &+ 3) }
        return try longDescriptor(bytes, at: start)
    }

    private static func longDescriptor(
        _ bytes: Span<UInt8>, at start: Int
    ) throws(Undecodable) -> (code: UInt64, value: Int) {
        switch bytes[start + 1] {
        case 0x44: return (0, start + 2)
        case 0x80:
            guard start + 10 <= bytes.count else { throw Undecodable() }
            let high = UInt64(word(bytes, start + 2))
            return (high << 32 | UInt64(word(bytes, start + 6)), start + 10)
        case 0xA3: return try symbol(bytes, start + 3, count: Int(bytes[start + 2]))
        case 0xB3:
            guard start + 6 <= bytes.count else { throw Undecodable() }
            return try symbol(bytes, start + 6, count: Int(word(bytes, start + 2)))
        default: throw Undecodable()
        }
    }

    private static func symbol(
        _ bytes: Span<UInt8>, _ start: Int, count: Int
    ) throws(Undecodable) -> (code: UInt64, value: Int) {
        guard count <= bytes.count - start else { throw Undecodable() }
        let symbol = bytes.extracting(start..<start + count).withUnsafeBufferPointer {
            String(decoding: $0, as: UTF8.self)
        }
        return (Symbols.descriptors[symbol] ?? 0, start + count)
    }
}

/// Descriptors by their symbols (AMQP 2 and 3).
enum Symbols {
    static let descriptors: [String: UInt64] = [
        "amqp:open:list": 0x10, "amqp:begin:list": 0x11, "amqp:attach:list": 0x12,
        "amqp:flow:list": 0x13, "amqp:transfer:list": 0x14, "amqp:disposition:list": 0x15,
        "amqp:detach:list": 0x16, "amqp:end:list": 0x17, "amqp:close:list": 0x18,
        "amqp:error:list": 0x1D, "amqp:received:list": 0x23, "amqp:accepted:list": 0x24,
        "amqp:rejected:list": 0x25, "amqp:released:list": 0x26, "amqp:modified:list": 0x27,
        "amqp:source:list": 0x28, "amqp:target:list": 0x29, "amqp:coordinator:list": 0x30,
        "amqp:declare:list": 0x31, "amqp:discharge:list": 0x32, "amqp:declared:list": 0x33,
        "amqp:transactional-state:list": 0x34,
    ]
}
