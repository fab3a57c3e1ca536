/// A walk over encoded values that reads sizes and nothing else, before Proton decodes them.
///
/// Proton's decoder calls itself for each level of nesting and holds at most 65,535 nodes: bytes
/// from a peer are only given to it when both are in bounds here, and when each compound value is
/// exactly as long as it says.
struct ValueShape {
    /// Deeper nesting than this is refused.
    static let depthMax = 64
    /// More values than this in one are refused.
    static let countMax = 60_000

    /// Where the next value starts.
    private(set) var offset: Int
    private var count = 0

    init(from offset: Int) { self.offset = offset }

    /// Steps over one value.
    mutating func pass(_ bytes: Span<UInt8>) throws(Malformed) {
        try pass(bytes, end: bytes.count, depth: 0)
    }

    private mutating func pass(
        _ bytes: Span<UInt8>, end: Int, depth: Int
    ) throws(Malformed) {
        let code = try constructor(bytes, end: end, depth: depth)
        try content(bytes, code: code, end: end, depth: depth)
    }

    /// Steps over a constructor, descriptor and all; returns the primitive format code.
    private mutating func constructor(
        _ bytes: Span<UInt8>, end: Int, depth: Int
    ) throws(Malformed) -> UInt8 {
        var depth = depth
        var code = try number(bytes, width: 1, end: end)
        while code == 0 {
            depth += 1
            let descriptor = offset
            guard depth <= Self.depthMax else { throw Malformed(.tooDeep, at: descriptor) }
            code = try number(bytes, width: 1, end: end)
            // A described or compound descriptor is legal and of no use; Proton refuses it.
            guard code != 0, code < 0xC0 else { throw Malformed(.unknownEncoding, at: descriptor) }
            try content(bytes, code: UInt8(code), end: end, depth: depth)
            code = try number(bytes, width: 1, end: end)
        }
        return UInt8(code)
    }

    /// Steps over what follows a format code (AMQP 1.2.2: the code's upper half gives the width).
    private mutating func content(
        _ bytes: Span<UInt8>, code: UInt8, end: Int, depth: Int
    ) throws(Malformed) {
        count += 1
        guard count <= Self.countMax else { throw Malformed(.tooMany, at: offset) }
        guard depth <= Self.depthMax else { throw Malformed(.tooDeep, at: offset) }
        switch code {
        case 0x40...0x45: break
        case 0x50...0x56: try skip(1, end: end)
        case 0x60, 0x61: try skip(2, end: end)
        case 0x70...0x74: try skip(4, end: end)
        case 0x80...0x84: try skip(8, end: end)
        case 0x94, 0x98: try skip(16, end: end)
        case 0xA0, 0xA1, 0xA3: try skip(number(bytes, width: 1, end: end), end: end)
        case 0xB0, 0xB1, 0xB3: try skip(number(bytes, width: 4, end: end), end: end)
        case 0xC0, 0xC1: try compound(bytes, code: code, width: 1, end: end, depth: depth)
        case 0xD0, 0xD1: try compound(bytes, code: code, width: 4, end: end, depth: depth)
        case 0xE0: try array(bytes, width: 1, end: end, depth: depth)
        case 0xF0: try array(bytes, width: 4, end: end, depth: depth)
        default: throw Malformed(.unknownEncoding, at: offset - 1)
        }
    }

    private mutating func compound(
        _ bytes: Span<UInt8>, code: UInt8, width: Int, end: Int, depth: Int
    ) throws(Malformed) {
        let start = offset
        let valueEnd = try extent(bytes, width: width, end: end)
        let children = try number(bytes, width: width, end: valueEnd)
        let isMap = code & 0x0F == 1
        guard !isMap || children.isMultiple(of: 2) else { throw Malformed(.oddMap, at: start) }
        for _ in 0..<children { try pass(bytes, end: valueEnd, depth: depth + 1) }
        guard offset == valueEnd else { throw Malformed(.sizeMismatch, at: start) }
    }

    private mutating func array(
        _ bytes: Span<UInt8>, width: Int, end: Int, depth: Int
    ) throws(Malformed) {
        let start = offset
        let valueEnd = try extent(bytes, width: width, end: end)
        let children = try number(bytes, width: width, end: valueEnd)
        let code = try constructor(bytes, end: valueEnd, depth: depth)
        for _ in 0..<children {
            try content(bytes, code: code, end: valueEnd, depth: depth + 1)
        }
        guard offset == valueEnd else { throw Malformed(.sizeMismatch, at: start) }
    }

    /// Reads a size; returns where the value so long ends.
    private mutating func extent(
        _ bytes: Span<UInt8>, width: Int, end: Int
    ) throws(Malformed) -> Int {
        let size = try number(bytes, width: width, end: end)
        guard size <= end - offset else { throw Malformed(.truncated, at: offset) }
        return offset + size
    }

    private mutating func number(
        _ bytes: Span<UInt8>, width: Int, end: Int
    ) throws(Malformed) -> Int {
        guard width <= end - offset else { throw Malformed(.truncated, at: offset) }
        var number = 0
        for place in offset..<offset + width { number = number << 8 | Int(bytes[place]) }
        offset += width
        return number
    }

    private mutating func skip(_ width: Int, end: Int) throws(Malformed) {
        guard width <= end - offset else { throw Malformed(.truncated, at: offset) }
        offset += width
    }
}
