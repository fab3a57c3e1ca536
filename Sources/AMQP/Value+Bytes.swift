import Basis
import CProton

/// Values as bytes of the wire, decoded and encoded by Proton.
extension Value {
    /// The one value that `bytes` are.
    package init(decoding bytes: [UInt8]) throws(Malformed) {
        var offset = 0
        self = try Value(decoding: bytes.span, at: &offset)
        guard offset == bytes.count else { throw Malformed(.trailingBytes, at: offset) }
    }

    /// The value that starts at `offset`, which moves past it.
    init(decoding bytes: Span<UInt8>, at offset: inout Int) throws(Malformed) {
        var shape = ValueShape(from: offset)
        try shape.pass(bytes)
        let data = pn_data(0)
        defer { pn_data_free(data) }
        guard let data else { throw Malformed(.tooMany, at: offset) }
        let start = offset
        let length = bytes.withUnsafeBytes {
            pn_data_decode(data, $0.baseAddress.map { $0 + start }, shape.offset - start)
        }
        guard length == shape.offset - start else {
            throw Malformed(.unknownEncoding, at: start)
        }
        pn_data_rewind(data)
        pn_data_next(data)
        do throws(Malformed) {
            self = try Value(current: data, depth: 0)
        } catch {
            throw Malformed(error.reason, at: start)
        }
        offset = shape.offset
    }

    /// The value's bytes, numbers in their shortest encodings.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        if nodeCount <= Self.nodeCountMax {
            appendWhole(to: &bytes)
            return
        }
        switch self {
        case .list(let values): Self.appendCompound(0xD0, values, to: &bytes)
        case .map(let map):
            Self.appendCompound(0xD1, map.flatMap { [$0.key, $0.value] }, to: &bytes)
        case .described(let descriptor, let value):
            bytes.append(0)
            descriptor.append(to: &bytes)
            value.append(to: &bytes)
        case .null, .bool, .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .float,
            .double, .decimal32, .decimal64, .decimal128, .char, .timestamp, .uuid, .binary,
            .string, .symbol, .array:
            invariant(false, "an AMQP array has more elements than can be encoded")
        }
    }

    /// Proton's `pn_data_t` holds no more than 65,535.
    private static let nodeCountMax = ValueArray.countMax

    private var nodeCount: Int {
        switch self {
        case .list(let values): values.reduce(1) { $0 + $1.nodeCount }
        case .map(let map): map.reduce(1) { $0 + $1.key.nodeCount + $1.value.nodeCount }
        case .array(let array): array.elements.reduce(2) { $0 + $1.nodeCount }
        case .described(let descriptor, let value): 1 + descriptor.nodeCount + value.nodeCount
        case .null, .bool, .ubyte, .ushort, .uint, .ulong, .byte, .short, .int, .long, .float,
            .double, .decimal32, .decimal64, .decimal128, .char, .timestamp, .uuid, .binary,
            .string, .symbol:
            1
        }
    }

    private func appendWhole(to bytes: inout [UInt8]) {
        let data = pn_data(0)
        defer { pn_data_free(data) }
        guard let data, put(into: data) else {
            invariant(false, "Proton could not hold an AMQP value")
            return
        }
        let size = pn_data_encoded_size(data)
        invariant(size >= 0, "Proton could not encode an AMQP value")
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: size))
        bytes.withUnsafeMutableBytes {
            _ = pn_data_encode(data, $0.baseAddress.map { $0 + start }, size)
        }
    }

    /// A `list32` or `map32` too large for Proton, put together from its children (AMQP 1.6.23).
    private static func appendCompound(
        _ code: UInt8, _ children: [Value], to bytes: inout [UInt8]
    ) {
        bytes.append(code)
        let sizeAt = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
        withUnsafeBytes(of: UInt32(clamping: children.count).bigEndian) {
            bytes.append(contentsOf: $0)
        }
        for child in children { child.append(to: &bytes) }
        withUnsafeBytes(of: UInt32(clamping: bytes.count - sizeAt - 4).bigEndian) {
            bytes.replaceSubrange(sizeAt..<sizeAt + 4, with: $0)
        }
    }
}
